"""Two-way relations: a column that holds exactly the inverse of another, and how its edges can be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reconciler.twin.export.identity import Row
from reconciler.twin.export.infer import Column
from reconciler.twin.export.links import Edges
from reconciler.twin.export.tables import Table
from reconciler.twin.export.targets import Place, base_name

MAX_REFERENCES = 100
"""Relation references in one request (https://developers.notion.com/reference/request-limits); a write replaces the
whole value, so a row cannot be given more."""


@dataclass(frozen=True)
class Pairs:
    """Which columns are the two sides of one relation: owner to mirror; and what was close."""

    mirrors: Mapping[Place, Place]
    warnings: tuple[str, ...] = ()


def pair(
    tables: Sequence[Table],
    columns: Mapping[Place, Column],
    edges: Mapping[Place, Edges],
    stub_rows: Collection[Row] = (),
) -> Pairs:
    """Pairs columns of two tables with exactly inverse edges. Each column is in one pair at most; of several
    candidates the one named like the other's table wins, then the first. A database's relation to itself stays one-way:
    Notion makes those one-way. ``stub_rows`` were not in the export, so what they link to is not known and not asked.
    """

    def unlike(here: Place, there: Place) -> tuple[bool, bool]:
        title, name = tables[there[0]].title, columns[here].name
        return name != title, base_name(name) != title

    candidates = _exact_inverses(edges, stub_rows)
    mirrors: dict[Place, Place] = {}
    warnings: list[str] = []
    used: set[Place] = set()
    for owner, mirror in sorted(candidates, key=lambda p: (*min(unlike(*p), unlike(*p[::-1])), p)):
        if owner in used or mirror in used:
            continue
        mirrors[owner] = mirror
        used |= {owner, mirror}
        rivals = sorted({place for p in candidates if {owner, mirror} & {*p} for place in p} - {owner, mirror})
        if rivals:
            left, right, *others = (f"{tables[p[0]].title!r}.{columns[p].name!r}" for p in (owner, mirror, *rivals))
            warnings.append(f"{left} is made two-way with {right}; {', '.join(others)} would be an exact inverse too")
    return Pairs(dict(sorted(mirrors.items())), tuple(warnings))


def completed(edges: Mapping[Place, Edges], mirrors: Mapping[Place, Place]) -> dict[Place, Edges]:
    """``edges`` where both sides of a pair know what either shows (they differ in edges of stub rows alone)."""
    whole = dict(edges)
    for owner, mirror in mirrors.items():
        for here, there in ((owner, mirror), (mirror, owner)):
            rows = [list(row) for row in edges[here].rows]
            for to, row in sorted(edges[there].pairs() - {(to, row) for row, to in edges[here].pairs()}):
                rows[row].append(to)
            whole[here] = Edges(edges[here].target, tuple(tuple(row) for row in rows))
    return whole


def _exact_inverses(edges: Mapping[Place, Edges], stub_rows: Collection[Row]) -> list[tuple[Place, Place]]:
    pairs = {
        place: frozenset(
            (row, to)
            for row, to in relation.pairs()
            if (place[0], row) not in stub_rows and (relation.target, to) not in stub_rows
        )
        for place, relation in edges.items()
    }
    inverses = {place: frozenset((to, row) for row, to in found) for place, found in pairs.items()}
    return [
        (owner, mirror)
        for owner in sorted(edges)
        for mirror in sorted(edges)
        if owner[0] < mirror[0] == edges[owner].target
        and edges[mirror].target == owner[0]
        and inverses[owner] == pairs[mirror] != frozenset()
    ]


@dataclass(frozen=True)
class Writes:
    """What to write, by side: for each column the rows to write and the rows they link to, whole values."""

    of: Mapping[Place, Mapping[int, tuple[int, ...]]]
    impossible: frozenset[Place] = frozenset()
    """Columns with an edge that no request can make: both its rows, or the one of a one-way relation, have too many."""


def writes(edges: Mapping[Place, Edges], mirrors: Mapping[Place, Place]) -> Writes:
    """Each edge once: at the owner, or at the mirror where the owner's row has more edges than a request may hold."""
    of: dict[Place, dict[int, tuple[int, ...]]] = {}
    impossible: set[Place] = set()
    for place, relation in edges.items():
        if place in mirrors.values():
            continue
        here = {row: links for row, links in enumerate(relation.rows) if links}
        big = {row for row, links in here.items() if len(links) > MAX_REFERENCES}
        of[place] = {row: links for row, links in here.items() if row not in big}
        if not big:
            continue
        if place not in mirrors:
            impossible.add(place)
            continue
        back: defaultdict[int, list[int]] = defaultdict(list)
        for row, links in here.items():
            for to in links:
                back[to].append(row)
        there = {to: tuple(rows) for to, rows in back.items() if big.intersection(rows)}
        if any(len(rows) > MAX_REFERENCES for rows in there.values()):
            impossible |= {place, mirrors[place]}
        of[mirrors[place]] = there
    return Writes({p: rows for p, rows in of.items() if p not in impossible}, frozenset(impossible))
