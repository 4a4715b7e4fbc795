"""What a rehearsal is seeded with: what was read, save rows that the plan let go and no step of it can reach; and the
relations that come back with what leaves the trash, which no answer tells of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

from reconciler.model import properties
from reconciler.model.live import LiveProperty
from reconciler.model.properties import common
from reconciler.notion.snapshot import Recorder, recording
from reconciler.planning.plan import Plan
from reconciler.planning.reading import Reading
from reconciler.planning.restore.build import Restoring
from reconciler.planning.steps import kinds

_ID = re.compile(rb'"id"\s*:\s*"([0-9A-Fa-f-]{32,36})"')
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
    kept, hidden = _kept(plan, reading), reading.hidden if isinstance(reading, Restoring) else {}
    if not kept and not hidden:
        yield recorder
        return
    with recording() as needed:
        answered = recorder.answered(lambda request, answer: _needless(request, answer, kept))
        needed.keep(_with_hidden(_without(answered, kept), hidden))
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


def _asked(request: Mapping[str, Any]) -> str:
    """The data source whose rows a request asks for; "" where it asks for something else."""
    _, _, below = str(request["path"]).strip("/").partition("data_sources/")
    return common.dashed(below.removesuffix("/query")) if below.endswith("/query") else ""


def _needless(request: Mapping[str, Any], answer: bytes, kept: Mapping[str, AbstractSet[str]]) -> bool:
    """Whether nothing in the answer is needed: it is one of rows, and has the id of none that is."""
    needed = kept.get(_asked(request))
    return needed is not None and needed.isdisjoint(common.dashed(each.decode()) for each in _ID.findall(answer))


def _without(
    answered: Iterable[Mapping[str, Any]], kept: Mapping[str, AbstractSet[str]]
) -> Iterator[Mapping[str, Any]]:
    for each in answered:
        needed = kept.get(_asked(each["request"]))
        if needed is None:
            yield each
            continue
        answer = each["answer"]
        results = [one for one in answer.get("results") or () if common.dashed(str(one.get("id"))) in needed]
        yield {**each, "answer": {**answer, "results": results}}


def _with_hidden(
    answered: Iterable[Mapping[str, Any]], hidden: Mapping[str, Iterable[LiveProperty]]
) -> Iterator[Mapping[str, Any]]:
    """Schemas with relations that they had: Notion shows none to what is in the trash, and a restore writes them."""
    for each in answered:
        _, _, source = str(each["request"]["path"]).strip("/").partition("data_sources/")
        added = {prop.name: _relation(prop) for prop in hidden.get(common.dashed(source), ())}
        if not added:
            yield each
            continue
        yield {**each, "answer": {**each["answer"], "properties": {**each["answer"]["properties"], **added}}}


def _relation(prop: LiveProperty) -> dict[str, Any]:
    """A relation as Notion answers it in a schema."""
    told = properties.of(prop.type).schema(prop.config)
    mirror = prop.config.get("mirror")
    if mirror:
        named = {"synced_property_id": common.encoded(mirror["id"]), "synced_property_name": mirror["name"]}
        told["relation"]["dual_property"] = named
    said = {"id": common.encoded(prop.id), "name": prop.name, "type": prop.type, "description": prop.description}
    return {**said, **told}
