"""The findings of guards, and those that several modules say: one function a code.

A *blocked* finding is an error about one address; the rest of the plan goes on. Correctness guards cannot be lifted;
those that can name the consent to paste.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from reconciler.model.finding import Finding, Location, Severity


def blocked(code: str, address: str, what: str, fix: str, *, where: Location | None = None, why: str = "") -> Finding:
    """A finding that holds back the action at ``address``."""
    return Finding(code=code, address=address, what=what, next=fix, where=where, why=why)


def liftable(
    code: str,
    address: str,
    what: str,
    fix: str,
    *,
    where: Location | None = None,
    why: str = "",
    guard: str = "",
) -> Finding:
    """A finding that holds back an action until a person consents; its next step ends with the words to paste.

    ``guard`` is the consent's name where it is not the code.
    """
    consent = f"{guard or code}:{address}"
    return Finding(
        code=code,
        address=address,
        what=what,
        next=f"{fix}: --allow {shlex.quote(consent)}",
        where=where,
        why=why,
        consent=consent,
    )


def note(code: str, address: str, what: str, fix: str = "", *, where: Location | None = None, why: str = "") -> Finding:
    """Something to know; nothing is held back."""
    return Finding(code=code, address=address, what=what, next=fix, where=where, why=why, severity=Severity.INFO)


def manual(code: str, address: str, what: str, fix: str, *, where: Location | None = None, why: str = "") -> Finding:
    """Something that only a person can do, in the app; its code begins with ``manual-``."""
    return Finding(
        code=f"manual-{code}", address=address, what=what, next=fix, where=where, why=why, severity=Severity.WARN
    )


def both_live(address: str, new: str, old: Sequence[str], *, where: Location | None) -> Finding:
    """The new name and a former one are both there, so a rename would hide which one is meant."""
    names = ", ".join(repr(name) for name in old)
    return blocked(
        "both-live",
        address,
        f"{new!r} is live, and so is {names}, which it says it was",
        "rename or drop one of them, or take the former name out of `was`",
        where=where,
        why="a rename onto a name that is taken would leave two things where one is meant",
    )


def name_taken(address: str, name: str, taken_by: str, *, where: Location | None) -> Finding:
    """Another property holds the name (Notion's names are unique without case)."""
    return blocked(
        "name-taken",
        address,
        f"the name {name!r} is taken by the property {taken_by!r}",
        f"if they are one field, add was = [{taken_by!r}] to it; else rename the other one",
        where=where,
        why="Notion's property names are unique without regard to case",
    )


def incomplete(address: str, what: str, *, where: Location | None) -> Finding:
    """Not everything that the action depends on could be read."""
    return blocked(
        "incomplete-read",
        address,
        f"not all of its rows could be read: {what}",
        "run again; if it stays so, narrow the rule",
        where=where,
        why="what was not read cannot be archived, so nothing that depends on it is removed",
    )


def hosted_files(address: str, rows: int, why: str, *, where: Location | None) -> Finding:
    """Files that Notion hosts would be dropped or overwritten, and cannot be copied; ``why`` in a clause."""
    hold = "row holds" if rows == 1 else "rows hold"
    return blocked(
        "hosted-files",
        address,
        f"{rows} {hold} files that Notion hosts, and the archive cannot take them: {why}",
        "leave the field as it is, or move the files out first",
        where=where,
        why="their addresses die within the hour, so what is not copied is lost",
    )


def needs(address: str, missing: Sequence[str], *, where: Location | None, done: bool = False) -> Finding:
    """Something that this action builds on is blocked or not part of this run; ``done``: it must be over first."""
    if done:
        return blocked(
            "needs",
            address,
            f"it needs {', '.join(sorted(missing))} to be done before",
            "apply that, then plan again",
            where=where,
        )
    return blocked(
        "needs",
        address,
        f"it needs {', '.join(sorted(missing))}, which is blocked or left out",
        "mend or include that first",
        where=where,
    )
