"""Consents: ``--allow GUARD:ADDRESS`` lifts one guard at one address, is said in the plan and kept with the batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from reconciler.model.finding import Finding, Severity
from reconciler.planning.effects import Task


@dataclass(frozen=True)
class Guarded:
    """What a guard says of the tasks that it holds back."""

    finding: Finding
    holds: tuple[Task, ...]


def lifted(finding: Finding) -> Finding:
    """The finding as a note, once a person consented: what happens is still said."""
    return replace(finding, severity=Severity.INFO, next=f"consented to with --allow {finding.consent}")


def judged(findings: Iterable[Finding], allow: Collection[str]) -> list[Finding]:
    """The findings, those that are consented to as notes."""
    return [lifted(f) if f.consent and f.consent in allow else f for f in findings]


def held_back(
    guarded: Iterable[Guarded], tasks: Sequence[Task], allow: Collection[str]
) -> tuple[list[Task], list[Finding]]:
    """The tasks that no guard holds back, and what the guards say."""
    said: list[Finding] = []
    gone: set[int] = set()
    for guard in guarded:
        (finding,) = judged([guard.finding], allow)
        said.append(finding)
        if finding.severity is Severity.ERROR:
            gone |= {id(task) for task in guard.holds}
    return [task for task in tasks if id(task) not in gone], said


def given(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The consents that lifted something, sorted."""
    return tuple(sorted({f.consent for f in findings if f.consent and f.severity is Severity.INFO}))


def idle(allow: Iterable[str], findings: Iterable[Finding], recorded: Collection[str]) -> list[Finding]:
    """One error for each consent that lifts nothing and that no batch recorded: likely a slip of the hand.

    ``recorded`` are consents that earlier batches used: the same command may be run again.
    """
    said = tuple(findings)
    used = set(given(said)) | set(recorded)
    open_ = sorted({f.consent for f in said if f.consent} - used)
    return [_idle(consent, open_) for consent in allow if consent not in used]


def _idle(consent: str, open_: Sequence[str]) -> Finding:
    near = get_close_matches(consent, open_, n=3, cutoff=0.4) or list(open_[:3])
    listed = "; the guards that hold something back take " + ", ".join(near) if near else ""
    return Finding(
        code="consent-unused",
        what=f"--allow {consent} lifts nothing: no guard of that name holds back that address{listed}",
        why="a consent that fits nothing was meant for something else",
        next="copy the words from the plan, or leave the option out",
    )
