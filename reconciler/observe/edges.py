"""Relations: that they lead where they are declared to, both ways, and to rows that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.state import Field
from reconciler.model import address as addresses
from reconciler.model.live import LiveProperty, Rows
from reconciler.observe.evidence import Evidence
from reconciler.observe.verify_report import Group, Result, Status, counted, listed
from reconciler.planning.match import DatabaseMatch

_Edge = tuple[str, str]
"""(page id of a row of the owner's side, page id of a row of the mirror's side)."""


@dataclass(frozen=True)
class _Relation:
    """A declared relation with the live property that it is, and the database that it leads to."""

    declared: Field
    live: LiveProperty
    pair: DatabaseMatch
    target: DatabaseMatch | None

    @property
    def address(self) -> str:
        return addresses.of_field(self.declared.database, self.declared.name)

    def told(self, check: str, status: Status, what: str, details: Iterable[str] = ()) -> Result:
        """A result about the relation."""
        return Result(Group.RELATIONS, check, self.address, status, what, listed(details))


def relations(evidence: Evidence) -> Iterator[Result]:
    """Of each declared relation: its target, its edges, and where it is two-way, whether both sides agree."""
    for key in evidence.state.databases:
        pair = evidence.matched.databases.get(key)
        if pair is None or pair.live is None:
            continue
        for name, declared in pair.desired.fields.items():
            live = pair.fields.get(name)
            if declared.type != "relation":
                continue
            if live is None or live.type != "relation":
                address = addresses.of_field(key, name)
                yield Result(Group.RELATIONS, "target", address, Status.FAIL, "there is no such relation")
                continue
            target = evidence.matched.databases.get(declared.to or "")
            yield from _checked(_Relation(declared, live, pair, target), evidence)


def _checked(relation: _Relation, evidence: Evidence) -> Iterator[Result]:
    target = relation.target.live if relation.target else None
    to = relation.declared.to or ""
    if target is None:
        yield relation.told("target", Status.FAIL, f"the database {to!r} that it leads to is not there")
        return
    if relation.live.config.get("data_source_id") != target.data_source_id:
        other = evidence.matched.key_of(str(relation.live.config.get("data_source_id")))
        where = repr(other) if other else "a database that the state does not declare"
        yield relation.told("target", Status.FAIL, f"it leads to {where}, not to {to!r}")
        return
    yield relation.told("target", Status.OK, f"it leads to {to!r}")
    yield _edges(relation, evidence)
    if relation.declared.two_way is not None:
        yield _mirror(relation, evidence)


def _edges(relation: _Relation, evidence: Evidence) -> Result:
    """Whether each edge leads to a row of the target; rows without any are counted."""
    mine, theirs = _rows(relation.declared.database, evidence), _rows(relation.declared.to or "", evidence)
    if mine.incomplete or theirs.incomplete:
        return relation.told("edges", Status.WARN, f"not every row was read: {mine.incomplete or theirs.incomplete}")
    there = {row.id for row in theirs.rows}
    dangling, alone, edges = [], 0, 0
    for row in mine.rows:
        linked = row.values.get(relation.live.id) or []
        alone += not linked
        edges += len(linked)
        lost = sum(1 for page in linked if page not in there)
        if lost:
            dangling.append(
                f"{evidence.name(row.id)}: {counted(lost, 'link')} to no row of {relation.declared.to} that can be seen"
            )
    counts = f"{counted(edges, 'edge')}, {counted(alone, 'row')} without one"
    if dangling:
        lose = "row has links" if len(dangling) == 1 else "rows have links"
        what = f"{len(dangling)} {lose} that lead nowhere ({counts})"
        return relation.told("edges", Status.FAIL, what, sorted(dangling))
    return relation.told("edges", Status.OK, counts)


def _mirror(relation: _Relation, evidence: Evidence) -> Result:
    """Whether the two sides are mirrors of each other, and say the same."""
    name, target = relation.declared.two_way or "", relation.target
    other = (target.fields.get(name) or (target.live.by_name(name) if target.live else None)) if target else None
    at = addresses.of_field(relation.declared.to or "", name)
    if other is None or other.type != "relation":
        return relation.told("mirror", Status.FAIL, f"its mirror {at} is not there")
    if _mirrored(relation.live) != other.id or _mirrored(other) != relation.live.id:
        return relation.told("mirror", Status.FAIL, f"{at} is not its mirror")
    mine, theirs = _rows(relation.declared.database, evidence), _rows(relation.declared.to or "", evidence)
    if mine.incomplete or theirs.incomplete:
        return relation.told("mirror", Status.WARN, f"not every row was read: {mine.incomplete or theirs.incomplete}")
    ids = {row.id for row in mine.rows}, {row.id for row in theirs.rows}
    here = {(row.id, page) for row in mine.rows for page in row.values.get(relation.live.id) or [] if page in ids[1]}
    back = {(page, row.id) for row in theirs.rows for page in row.values.get(other.id) or [] if page in ids[0]}
    if here == back:
        return relation.told("mirror", Status.OK, f"it and {at} mirror each other: {counted(len(here), 'edge')}")
    apart = sorted(
        (*_one_sided(here - back, relation.address, evidence), *_one_sided(back - here, at, evidence)),
    )
    return relation.told("mirror", Status.FAIL, f"it and {at} differ in {counted(len(apart), 'edge')}", apart)


def _mirrored(prop: LiveProperty) -> str:
    mirror: Mapping[str, str] = prop.config.get("mirror") or {}
    return str(mirror.get("id") or "")


def _one_sided(edges: Iterable[_Edge], side: str, evidence: Evidence) -> Iterator[str]:
    for row, page in edges:
        yield f"{evidence.name(row)} ↔ {evidence.name(page)}: only {side} says so"


def _rows(key: str, evidence: Evidence) -> Rows:
    return evidence.reading.rows.get(key, Rows())
