"""What the rehearsal of a plan came to, in words that every form of a plan shares."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.planning.proved import Proof
from reconciler.render.counting import count


def proof_parts(proof: Proof) -> Iterator[str]:
    """The parts of the one line that says it: "converges", "0 of 412 touched values lost" and so on."""
    yield "converges" if proof.holds else f"fails: {count(len(proof.failures), 'finding')}"
    yield f"{proof.lost:,} of {count(proof.touched, 'touched value')} lost"
    if proof.fields:
        before, after = proof.edges
        yield f"{before:,} → {count(after, 'edge')} in {count(proof.fields, 'field')}"
    if proof.archived:
        yield f"{proof.restorable:,} of {count(proof.archived, 'archived value')} restorable"
    yield "both readings"
    if proof.undone:
        yield f"the harsh one leaves {count(len(proof.undone), 'action')} to do"
    if proof.rests_on:
        yield f"rests on {count(len(proof.rests_on), 'unprobed assumption')}"
