"""Where an apply comes from: ``[policy] apply_from`` names the branches, and their files must be committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.finding import Finding
from reconciler.planning.guards.said import liftable

ADDRESS = "policy"


@dataclass(frozen=True)
class Checkout:
    """What git says of the state's files: the branches that the commit in use is the tip of (the checked-out one
    first, without the remote's name), the files that differ from it, and why git could not be asked ("" if it could).
    """

    branches: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unknown: str = ""


def guard(checkout: Checkout, allowed: Sequence[str]) -> Iterator[Finding]:
    """Refuses a checkout that is of none of the ``allowed`` branches, or that was edited since; () allows all."""
    if not allowed:
        return
    named = " or ".join(map(repr, allowed))
    if checkout.unknown:
        yield _refused(f"[policy] apply_from names {named}, and git cannot say what this is: {checkout.unknown}")
    elif not set(checkout.branches) & set(allowed):
        here = ", ".join(map(repr, checkout.branches)) or "a commit that is the tip of no branch"
        yield _refused(f"[policy] apply_from names {named}, and this is {here}")
    elif checkout.changed:
        listed = ", ".join(checkout.changed[:3]) + (" …" if len(checkout.changed) > 3 else "")
        yield _refused(f"{len(checkout.changed)} of the state's files are not as committed: {listed}")


def _refused(what: str) -> Finding:
    return liftable(
        "apply-from",
        ADDRESS,
        what,
        "apply from that branch, with everything committed, or consent",
        why="what is applied is what was reviewed",
    )
