"""From what rehearsals came to, to the proof: what is counted, what failed, which action is to blame. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.memory.entry import Entry
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.planning.plan import Plan
from reconciler.planning.proved import Proof
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step
from reconciler.proof.census import Everything, Missed, Touched

_SHOWN = 3
"""Of what one action would lose, as much is said one by one."""
BOTH = ("kind", "harsh")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Ids of what the rehearsal made are other ones each time, and a plan is the same bytes everywhere."""


@dataclass(frozen=True)
class Act:
    """One rehearsal: what was there, what is there, what is missed.

    ``stopped`` is what ended it before its end, ``refused`` what Notion would not take, ``left`` kind and address of
    what a second plan would still do, ``asked`` the assumptions on which an answer hung.
    """

    reading: str
    before: Everything
    after: Everything
    touched: Touched
    entries: tuple[Entry, ...]
    lost: tuple[Missed, ...]
    strays: tuple[Missed, ...]
    refused: tuple[Finding, ...]
    stopped: Finding | None
    left: tuple[tuple[str, str], ...]
    asked: frozenset[str]


def verdict(plan: Plan, acts: Sequence[Act], *, sources: Mapping[str, str], probed: frozenset[str]) -> Proof:
    """The proof of a plan from its rehearsals, the kind one first; it is that one whose values are counted.

    ``sources`` gives data source ids by database key, ``probed`` are assumptions that are none any more.

    Under the harsh reading Notion may refuse a step or not do it: the run then stops safely or leaves it to the next
    plan, and it is counted that nothing is lost and nothing else changes.
    """
    kind = acts[0]
    fields = _fields(kind)
    values = [value for entry in kind.entries if entry.kind != "record" for value in entry.values]
    archived = [value for value in values if not properties.of(value.type).empty(value.old)]
    owners = _Owners.of(plan, sources)
    return Proof(
        readings=BOTH,
        touched=sum(1 for place in kind.before.values if _is_touched(kind, place)),
        lost=max(len(act.lost) for act in acts),
        edges=(_edges(kind.before, fields), _edges(kind.after, fields)),
        fields=len(fields),
        archived=len(archived),
        restorable=sum(1 for value in archived if value.restorable),
        rests_on=tuple(sorted({name for act in acts for name in act.asked} - probed)),
        undone=tuple(sorted({address for act in acts[1:] for address in _undone(act) if address})),
        failures=tuple(dict.fromkeys(finding for act in acts for finding in _failures(plan, act, owners))),
    )


# -- counting ------------------------------------------------------------------------------------------------------


def _is_touched(act: Act, place: tuple[str, str]) -> bool:
    """Whether the plan changes, moves or takes away a value that is there."""
    page, property_id = place
    source = act.before.rows.get(page, "")
    return act.before.values[place].kept and (
        place in act.touched.written
        or property_id in act.touched.properties
        or page in act.touched.moved
        or page in act.touched.trashed
        or (source, "in_trash") in act.touched.words
    )


def _fields(act: Act) -> frozenset[str]:
    """The relation fields that the plan touches, or makes."""
    touched = {property_id for _, property_id in act.touched.written} | act.touched.properties
    touched |= {property_id for page, property_id in act.before.values if page in act.touched.moved}
    known = {property_id for table in act.before.tables.values() for property_id in table.schema}
    return frozenset(
        property_id
        for everything in (act.before, act.after)
        for table in everything.tables.values()
        for property_id, (_, kind, *_) in table.schema.items()
        if kind == "relation" and (property_id in touched or property_id not in known)
    )


def _edges(everything: Everything, fields: frozenset[str]) -> int:
    return sum(
        len(held.value)
        for (_, property_id), held in everything.values.items()
        if held.type == "relation" and property_id in fields
    )


# -- what failed, and by which action ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Owners:
    """The addresses of what touches a value: by page and property, by property or page alone, by database."""

    addresses: Mapping[tuple[str, str], tuple[str, ...]]

    @classmethod
    def of(cls, plan: Plan, sources: Mapping[str, str]) -> _Owners:
        """The owners of what a plan's steps touch."""
        found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for step in plan.steps:
            for key in _keys(step):
                found[key] += step.addresses
            found[sources.get(step.database, ""), ""] += step.addresses
        return cls({key: tuple(dict.fromkeys(several)) for key, several in found.items()})

    def blame(self, missed: Missed) -> str:
        """The address of the action to blame, "" where none touches it."""
        for key in ((missed.page, missed.property), ("", missed.property), (missed.page, ""), (missed.source, "")):
            if any(key) and self.addresses.get(key):
                return self.addresses[key][0]
        return ""


def _keys(step: Step) -> Iterator[tuple[str, str]]:
    """What a step touches, as `_Owners` looks it up."""
    match step:
        case kinds.WriteRow():
            yield from ((step.row, write.property) for write in step.writes)
            yield (step.row, "")
        case kinds.Move():
            yield (step.move.row, "")
        case kinds.AppendLine():
            yield (step.line.row, "")
        case kinds.TakeLine() | kinds.TrashPage() | kinds.Untrash():
            yield (step.row or "", "")
        case kinds.PatchSchema():
            yield from (("", change.property_id) for change in step.changes if change.property_id)
            yield from (("", written.property_id) for written in step.options)
        case kinds.WriteEntry():
            yield from ((value.row, value.property_id) for value in step.entry.values)


def _failures(plan: Plan, act: Act, owners: _Owners) -> Iterator[Finding]:
    if act.reading == "kind":
        yield from _unfinished(plan, act)
    for said, missed in (("would be lost", act.lost), ("would change outside of the plan", act.strays)):
        for address, several in _by_address(missed, owners).items():
            shown = "; ".join(each.said for each in several[:_SHOWN])
            more = f"; and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
            yield _failed(plan, act, address, f"{said}: {shown}{more}")


def _unfinished(plan: Plan, act: Act) -> Iterator[Finding]:
    """What keeps a run from its end, or another one from finding nothing to do."""
    if act.stopped is not None:
        yield _failed(
            plan, act, act.stopped.address, f"it would end before it is done: {_ID.sub('…', act.stopped.what)}"
        )
    for refused in act.refused:
        said = _ID.sub("…", refused.what)
        yield _failed(plan, act, refused.address, f"a step would be refused ({refused.code}): {said}", ours=False)
    # What waits for this plan is said to be blocked, and the plan after this one does it: a value may name a row that
    # this plan makes.
    waits = {finding.address for finding in plan.blocked if finding.code in ("needs", "unknown-reference")}
    for kind, address in dict.fromkeys(each for each in act.left if each[1] not in waits):
        yield _failed(plan, act, address, f"it does not converge: a second plan would still find {kind} to do")


def _undone(act: Act) -> Iterator[str]:
    """The addresses of what a run would leave: refused, or still found by a second plan."""
    yield from (finding.address for finding in act.refused)
    yield from (address for _, address in act.left)
    if act.stopped is not None:
        yield act.stopped.address


def _by_address(missed: Iterable[Missed], owners: _Owners) -> dict[str, list[Missed]]:
    found: defaultdict[str, list[Missed]] = defaultdict(list)
    for each in missed:
        found[owners.blame(each)].append(each)
    return dict(sorted(found.items()))


def _failed(plan: Plan, act: Act, address: str, what: str, *, ours: bool = True) -> Finding:
    """``ours`` says that a plan should never come to this, whatever the files and the workspace are."""
    where = next((action.where for action in plan.actions if action.address == address), None)
    without = f"plan without it: --except {address}" if address else "apply less at a time with --only ADDRESS"
    return Finding(
        code="proof-failed",
        address=address,
        what=f"in a rehearsal on a twin ({act.reading} reading) {what}",
        why="apply would do to the workspace what the rehearsal did",
        next=f"{without}; and report it: this is a fault of wtstate" if ours else f"mend it, or {without}",
        where=where,
    )
