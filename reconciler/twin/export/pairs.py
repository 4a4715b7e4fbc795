"""Two-way relations: a column that holds exactly the inverse of another, and how its edges can be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def pair(tables: Sequence[Table], columns: Mapping[Place, Column], edges: Mapping[Place, Edges]) -> Pairs:
    """Pairs columns of two tables with exactly inverse edges. Each column is in one pair at most; of several
    candidates the one named like the other's table wins, then the first. A database's relation to itself stays one-way:
    Notion makes those one-way."""
    pairs = {place: relation.pairs() for place, relation in edges.items()}
    mirrors: dict[Place, Place] = {}
    warnings: list[str] = []
    used: set[Place] = set()
    for owner in edges:
        if owner in used:
            continue
        inverse = frozenset((to, row) for row, to in pairs[owner])
        candidates = [
            place
            for place in edges
            if place not in used
            and place[0] == edges[owner].target != owner[0]
            and edges[place].target == owner[0]
            and pairs[place] == inverse
        ]
        if not candidates:
            continue
        home = tables[owner[0]].title
        best = min(
            candidates, key=lambda place: (columns[place].name != home, base_name(columns[place].name) != home, place)
        )
        if len(candidates) > 1:
            names = ", ".join(repr(columns[place].name) for place in candidates)
            warnings.append(
                f"{home!r}.{columns[owner].name!r}: {names} of {tables[best[0]].title!r} are each its exact inverse; "
                f"made two-way with {columns[best].name!r}"
            )
        mirrors[owner] = best
        used |= {owner, best}
    return Pairs(mirrors, tuple(warnings))


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
