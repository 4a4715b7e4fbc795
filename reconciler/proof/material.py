"""What a rehearsal is seeded with: what was read, save rows that the plan let go and no step of it can reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

from reconciler.model.properties import common
from reconciler.notion.snapshot import Recorder, recording
from reconciler.planning.plan import Plan
from reconciler.planning.reading import Reading
from reconciler.planning.restore.build import Restoring
from reconciler.planning.steps import kinds

_BY_ROW = (
    kinds.OpenArchive,
    kinds.OpenBatch,
    kinds.WriteEntry,
    kinds.CheckRows,
    kinds.WriteRow,
    kinds.CreateRow,
    kinds.ReadBack,
    kinds.SaveMemory,
    kinds.Release,
)
"""Steps that change no row but those that they name: the archive's, and rows of the plan."""


@contextmanager
def material(plan: Plan, reading: Reading | Restoring, recorder: Recorder) -> Iterator[Recorder]:
    """The answers that a rehearsal of the plan needs, for the length of a block.

    A row that no rule acts on is in no step. It can change in a rehearsal only where a schema does, or a database as a
    whole; a plan with such a step is rehearsed with every row that was read.
    """
    kept = _kept(plan, reading)
    if not kept:
        yield recorder
        return
    with recording() as needed:
        needed.keep(_without(recorder.answered(), kept))
        yield needed


def _kept(plan: Plan, reading: Reading | Restoring) -> dict[str, frozenset[str]]:
    """The rows that are needed, by data source, of those data sources of which others are not."""
    if not isinstance(reading, Reading) or reading.held or not all(isinstance(s, _BY_ROW) for s in plan.steps):
        return {}
    found = {}
    for key, rows in reading.rows.items():
        live = reading.matched.databases[key].live
        if rows.let_go and live is not None:
            found[live.data_source_id] = frozenset(row.id for row in rows.rows)
    return found


def _without(
    answered: Iterable[Mapping[str, Any]], kept: Mapping[str, AbstractSet[str]]
) -> Iterator[Mapping[str, Any]]:
    for each in answered:
        _, _, below = str(each["request"]["path"]).strip("/").partition("data_sources/")
        needed = kept.get(common.dashed(below.removesuffix("/query"))) if below.endswith("/query") else None
        if needed is None:
            yield each
            continue
        answer = each["answer"]
        results = [one for one in answer.get("results") or () if common.dashed(str(one.get("id"))) in needed]
        yield {**each, "answer": {**answer, "results": results}}
