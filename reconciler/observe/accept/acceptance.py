"""Which differences are accepted, what the files say then, and what cannot be accepted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from reconciler.model import address as addresses
from reconciler.model.finding import Finding, WtstateError
from reconciler.observe.accept import values
from reconciler.observe.accept.draft import Draft, Refusal
from reconciler.observe.accept.schema import Taking
from reconciler.observe.drift.differences import ORDER, Difference, Gap
from reconciler.observe.drift.read import Compared
from reconciler.observe.drift.report import Side
from reconciler.observe.drift.values import ValueDifference

_TAKEN = frozenset({Side.PEOPLE, Side.BOTH, Side.UNKNOWN})


@dataclass(frozen=True)
class Acceptance:
    """What the files are to say: ``tables`` of all of them together, ``renames`` as `Draft` has them; ``addresses`` are
    those that were accepted, as they are called then."""

    tables: Mapping[str, Any]
    renames: tuple[tuple[tuple[str, ...], str], ...]
    addresses: tuple[str, ...]


def accept(tables: Mapping[str, Any], asked: Sequence[str], found: Compared) -> Acceptance:
    """What the files say with everything at the asked addresses as it is live; ``tables`` are what all files say now.

    Raises `WtstateError`: ``nothing-drifted`` for an address at which nobody changed anything, ``cannot-accept`` for
    what cannot be taken into the files.
    """
    draft = Draft.of(tables)
    findings = [_nothing(address, found) for address in asked if not (_schema(address, found) or _rows(address, found))]
    schema = [one for one in found.schema if any(one in _schema(address, found) for address in asked)]
    rows = [one for one in found.values if any(one in _rows(address, found) for address in asked)]
    taking = Taking(draft, found.evidence.matched)
    for one in schema:
        if one.word == "name" and not one.option and one.declared is not Gap.UNSAID:
            draft.awaited[one.database, str(one.declared)] = str(one.now)
    told: dict[str, None] = {}
    for difference in sorted(schema, key=_turn):
        try:
            taking.take(difference)
            told[_after(difference, found)] = None
        except Refusal as refused:
            if difference.declared is not Gap.UNSAID or difference.address in asked:
                findings.append(_refused(difference.address, refused))
    for address, name in dict.fromkeys((one.address, one.field) for one in rows):
        try:
            several = [one for one in rows if (one.address, one.field) == (address, name)]
            values.take(draft, several, found.evidence)
            told[address] = None
        except Refusal as refused:
            findings.append(_refused(address, refused))
    if findings:
        raise WtstateError(findings)
    draft.shorten(tables)
    return Acceptance(draft.tables, tuple(draft.renames), tuple(told))


def _schema(address: str, found: Compared) -> list[Difference]:
    return [one for one in found.schema if one.side in _TAKEN and addresses.covers(address, one.address)]


def _rows(address: str, found: Compared) -> list[ValueDifference]:
    return [one for one in found.values if one.side in _TAKEN and addresses.covers(address, one.address)]


def _turn(one: Difference) -> int:
    """A field's type first, which settles its words; options before their order; its name last: by it it is found."""
    if one.option:
        return 2
    return {"type": 0, ORDER: 3, "name": 4}.get(one.word, 1)


def leftovers(accepted: Acceptance, before: Compared, after: Compared) -> list[str]:
    """What still speaks against an acceptance once the files say it, in sentences; none is as it must be.

    ``before`` is what was compared with the files as they were, ``after`` with the files as they would be.
    """
    here = accepted.addresses
    drifted: list[Difference | ValueDifference] = []
    for address in here:
        drifted += [*_schema(address, after), *_rows(address, after)]
    rules = [one for one in after.values if one.address in here and one.side is not Side.SETTLED]
    said = [f"{one.address} would differ still" for one in drifted]
    said += [f"{one.address} sets {one.field} of rows that hold something else, as of {one.row}" for one in rules]
    known = {(action.kind, _renamed(action.address, accepted)) for action in before.evidence.plan.actions}
    fresh = [a for a in after.evidence.plan.actions if (a.kind, a.address) not in known]
    said += [f"a plan would {action.kind} at {action.address}" for action in fresh]
    held = {(finding.code, _renamed(finding.address, accepted)) for finding in before.evidence.plan.blocked}
    new = [f for f in after.evidence.plan.blocked if (f.code, f.address) not in held]
    return list(dict.fromkeys([*said, *(f"{f.address} would be blocked ({f.code}): {f.what}" for f in new)]))


def _renamed(address: str, accepted: Acceptance) -> str:
    """An address as it is called once the acceptance's fields have their names."""
    for path, new in accepted.renames:
        if path[0] == "databases":
            old = addresses.of_field(path[1], path[3])
            if addresses.covers(old, address):
                return addresses.of_field(path[1], new) + address[len(old) :]
    return address


def _after(one: Difference, found: Compared) -> str:
    """The address of the field, option or database as it is called once it is accepted."""
    if one.of == "" or one.now is Gap.ABSENT:
        return one.address
    live = found.evidence.matched.databases[one.database].live
    prop = live.by_id(one.of) if live else None
    if prop is None:
        return one.address
    option = next((o["name"] for o in prop.config.get("options", ()) if o["id"] == one.option and one.option), None)
    place = addresses.of_field(one.database, prop.name)
    return addresses.of_option(one.database, prop.name, option) if option else place


def _nothing(address: str, found: Compared) -> Finding:
    """Why there is nothing to accept at an address."""
    everything: list[tuple[str, Side]] = [(one.address, one.side) for one in (*found.schema,)]
    everything += [(one.address, one.side) for one in found.values]
    sides = {side for there, side in everything if addresses.covers(address, there)}
    close = get_close_matches(address, sorted({there for there, side in everything if side in _TAKEN}), n=1)
    blocked = next((f for f in found.evidence.plan.blocked if f.address == address), None)
    what, then = "nobody changed anything there since it was last applied", "wtstate drift shows what people changed"
    if Side.SETTLED in sides:
        what = "it is a correction that is done: people may change what it wrote, and nothing acts on it"
        then = "nothing to do; or take the correction out of the files"
    elif sides:
        what, then = "only the files changed there", "wtstate apply; or undo the change in the files"
    elif blocked is not None:
        what, then = f"what is live cannot be compared: {blocked.what}", blocked.next
    elif close:
        then = f"did you mean {close[0]}? wtstate drift shows what people changed"
    return Finding(code="nothing-drifted", address=address, what=what, next=then)


def _refused(address: str, refused: Refusal) -> Finding:
    return Finding(
        code="cannot-accept", address=address, what=f"it cannot be taken into the files: {refused.what}",
        next=refused.next,
    )  # fmt: skip
