"""The twin of a rehearsal, read before and after: tables whole, rows where they may have changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from reconciler.memory import codec
from reconciler.memory.entry import Entry
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.model import properties
from reconciler.model.live import LiveProperty
from reconciler.model.properties import common
from reconciler.notion import shapes
from reconciler.planning.survivor import survivor_of
from reconciler.proof.census import Everything, Held, Table
from reconciler.proof.seen import Seen
from reconciler.twin import Changes, Twin, source_ids

_GONE = "\0"
"""Stands for the content of a page that is no longer what it was: equal to none, and no beginning of any."""
_MORE = "\1"
"""Stands for what was added to the content of a page."""


@dataclass(frozen=True)
class Stage:
    """A twin and what was seen of it before the run. ``known`` are the properties that were seen, by page.

    ``archives`` are the data source ids of the archives that are there.
    """

    twin: Twin
    archives: AbstractSet[str]
    before: Everything
    known: Mapping[str, frozenset[str]]


def set_up(
    twin: Twin,
    seen: Seen,
    content: Mapping[str, Any],
    *,
    archives: AbstractSet[str],
    sensitive: AbstractSet[str] = frozenset(),
    owed: AbstractSet[tuple[str, str]] = frozenset(),
) -> Stage:
    """Everything that was seen, but the archives; ``content`` are the blocks that were read, by page id.

    Rows of ``sensitive`` data sources have no names here, so that none can be said. ``owed`` are values by page and
    property (id or name) that a run which was cut off is still to write: what is there is Notion's own doing, and is
    not counted.
    """
    named = {page: title for page, title in seen.titles.items() if seen.sources[page] not in sensitive}
    before = Everything(titles=named)
    for source in source_ids(twin):
        if source not in archives:
            before.tables[source] = _table(twin, source, before.mirrors)
    there = {source for source, table in before.tables.items() if not table.words["in_trash"]}
    before.rows.update({p: source for p, source in seen.sources.items() if source in there and p not in seen.trashed})
    known: defaultdict[str, set[str]] = defaultdict(set)
    for place in seen.values:
        if place[0] in before.rows and owed.isdisjoint({place, (place[0], seen.values[place][1])}):
            known[place[0]].add(place[1])
            before.values[place] = _held(seen, place, before)
    before.content.update(
        {p: json.dumps(blocks, sort_keys=True) for p, blocks in content.items() if blocks and p in before.rows}
    )
    frozen = {page: frozenset(ids) for page, ids in known.items()}
    return Stage(twin=twin, archives=archives, before=before, known=frozen)


def _held(seen: Seen, place: tuple[str, str], before: Everything) -> Held:
    kind, name, value = seen.values[place]
    table = before.tables[before.rows[place[0]]]
    return Held(type=kind, value=value, said=f"{table.title} / {before.name(place[0])} / {name}")


def _table(twin: Twin, source: str, mirrors: dict[str, str]) -> Table:
    answer = twin.call("GET", f"data_sources/{source}")
    database = twin.call("GET", f"databases/{answer['parent']['database_id']}")
    live = shapes.data_source(answer)
    words = {
        "title": shapes.plain(database["title"]),
        "description": live.description,
        "icon": live.icon,
        "is_locked": database["is_locked"],
        "in_trash": live.in_trash,
    }
    for prop in live.properties:
        mirror = common.fields(prop.config.get("mirror")).get("id")
        if mirror:
            mirrors[prop.id] = str(mirror)
    schema = {p.id: (p.name, p.type, _config(p), p.description) for p in live.properties}
    return Table(title=live.title, words=words, schema=schema)


def _config(found: LiveProperty) -> str:
    """A configuration as text; what Notion itself keeps in step with other properties' names is left out."""
    match found.type:
        case "formula":
            return ""
        case "relation":
            mirror = common.fields(found.config.get("mirror")).get("id")
            return json.dumps([found.config.get("data_source_id"), mirror])
        case "rollup":
            kept = {word: value for word, value in found.config.items() if not word.endswith(("name", "property"))}
            return json.dumps(kept, sort_keys=True)
        case _:
            return json.dumps(found.config, sort_keys=True)


def outcome(stage: Stage, changed: Changes, *, archives: AbstractSet[str]) -> Everything:
    """The workspace after the run: what was seen before, with whatever may have changed read anew.

    ``archives`` are the archives' data sources, which the run may have made.
    """
    before = stage.before
    after = replace(
        before,
        tables={},
        rows=dict(before.rows),
        values=dict(before.values),
        content=dict(before.content),
        mirrors={},
        taken={},
    )
    for source in source_ids(stage.twin):
        if source not in archives:
            after.tables[source] = _table(stage.twin, source, after.mirrors)
    altered = {source for source, table in before.tables.items() if after.tables.get(source) != table}
    again = {page for page, source in before.rows.items() if source in altered or page in changed.pages}
    for page in sorted(again):
        _row(stage, page, changed.pages.get(page, frozenset()), after)
    after.rows.update({page: source for page, source in changed.made.items() if source in after.tables})
    for page in changed.moved - before.rows.keys() - changed.made.keys():
        answer = stage.twin.call("GET", f"pages/{page}")
        if not answer["in_trash"] and answer["parent"].get("data_source_id") in after.tables:
            after.rows[page] = str(answer["parent"]["data_source_id"])
    for page in changed.content:
        if page not in changed.made:
            _content(stage, page, changed, after)
    return after


def _row(stage: Stage, page: str, changed: frozenset[str], after: Everything) -> None:
    """A row's values that were seen before, changed since, or are of new columns, as they are now."""
    before = stage.before
    answer = stage.twin.call("GET", f"pages/{page}")
    known = stage.known.get(page, frozenset())
    for property_id in known:
        del after.values[page, property_id]
    now = str(answer["parent"].get("data_source_id", ""))
    table = after.tables.get(now)
    if table is None or (answer["in_trash"] and not table.words["in_trash"]):
        del after.rows[page]
        return
    after.rows[page] = now
    was = before.tables[before.rows[page]].schema
    wanted = known | {common.decoded(each) for each in changed}
    for property_id, found in shapes.page_values(answer).items():
        if property_id in wanted or property_id not in was:
            said = f"{table.title} / {before.name(page)} / {table.schema[property_id][0]}"
            value = _whole(stage.twin, page, property_id, found)
            after.values[page, property_id] = Held(type=found.type, value=value, said=said)


def _whole(twin: Twin, page: str, property_id: str, found: shapes.PageValue) -> Any:
    """A value, from the property's endpoint where the page's answer cuts it."""
    kind = properties.of(found.type)
    if not kind.truncated(found.entry):
        return found.value
    items: list[Mapping[str, Any]] = []
    last: Mapping[str, Any] = {}
    for last in _answers(twin, f"pages/{page}/properties/{common.encoded(property_id)}"):
        items += common.entries(last.get("results"))
    return kind.value(shapes.whole(found.entry, items, last))


def _answers(twin: Twin, path: str) -> Iterator[dict[str, Any]]:
    """Every page of a list."""
    cursor: str | None = None
    while True:
        answer = twin.call("GET", path, query={"page_size": "100", **({"start_cursor": cursor} if cursor else {})})
        yield answer
        cursor = answer.get("next_cursor") if answer.get("has_more") else None
        if not cursor:
            return


def _content(stage: Stage, page: str, changed: Changes, after: Everything) -> None:
    """Marks a page's content as added to, or as not what it was."""
    answer = stage.twin.call("GET", f"pages/{page}")
    if answer["parent"].get("data_source_id") in stage.archives:
        return
    was = stage.before.content.setdefault(page, "")
    stage.before.rows.setdefault(page, str(answer["parent"].get("data_source_id", "")))
    after.rows.setdefault(page, stage.before.rows[page])
    if page not in changed.rewritten:
        after.content[page] = f"{was[:-1]}{_MORE}"
    else:
        taken = _lines_taken(stage, page, was)
        after.content[page] = was if taken else _GONE
        after.taken[page] = taken


def _lines_taken(stage: Stage, page: str, was: str) -> frozenset[str]:
    """The rows to which lines linked that a merge had written in a page, where only such lines are gone from it."""
    there = [_said(b) for each in _answers(stage.twin, f"blocks/{page}/children") for b in each["results"]]
    blocks = [_said(block) for block in common.entries(json.loads(was))] if was else []
    gone = [block for block in blocks if block not in there]
    survivors = frozenset(survivor_of(block) for block in gone)
    if [block for block in blocks if block in there] != there or None in survivors:
        return frozenset()
    return frozenset(survivor for survivor in survivors if survivor is not None)


def _said(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block without the time and the person of its last edit."""
    return {word: said for word, said in block.items() if word not in ("last_edited_time", "last_edited_by")}


def entries_made(twin: Twin, changed: Changes, *, archives: AbstractSet[str]) -> tuple[Entry, ...]:
    """The archives' entries that the run wrote, decoded, which checks their digests. Raises `WtstateError`."""
    found = []
    for page, source in changed.made.items():
        if source not in archives:
            continue
        answer = twin.call("GET", f"pages/{page}")
        kind = common.fields(common.fields(answer["properties"].get("kind")).get("select")).get("name")
        if kind not in MEMORY_KINDS and not answer["in_trash"]:
            blocks = [block for each in _answers(twin, f"blocks/{page}/children") for block in each["results"]]
            found.append(codec.decode(answer["properties"], blocks))
    return tuple(found)
