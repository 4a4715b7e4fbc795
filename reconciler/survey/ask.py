"""Asks for the rows that a plan needs, and for the rows and people that rules name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.desired.state import State
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Severity, WtstateError
from reconciler.model.live import LiveDatabase, LiveProperty, Person, Rows, Workspace
from reconciler.model.properties.base import EVERYTHING, Filter
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.planning.asking import Question, joined_filter, keyed
from reconciler.planning.build import Reading
from reconciler.planning.guards import consent
from reconciler.planning.guards.share import counted
from reconciler.planning.identity import Child, identify
from reconciler.planning.match import DatabaseMatch, Matched, match
from reconciler.planning.questions import lookups, questions
from reconciler.planning.scope import Scope
from reconciler.survey.find import Found, find_memory, late_rows, left_over, missing_memory, see_databases, under
from reconciler.survey.mentions import mentioned

Widen = Callable[[Found, Matched, Mapping[str, Question]], Awaitable[Mapping[str, Question]]]
"""From what was found and what a plan would ask to what is asked instead: at least as much, for who looks further."""


async def survey(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
    widen: Widen | None = None,
) -> Reading:
    """Everything that a plan needs to know of the workspace, read in the fewest requests.

    ``children`` are the databases under the parent page where they were just listed; else they are listed here.
    ``on_twin`` says that databases that are not found may be made without asking, and that search need not be asked.
    ``widen`` may ask for more rows and properties than a plan does.
    """
    listed = children if children is not None else await under(client, workspace.parent_id)
    found = await find_memory(client, state, listed, parent=workspace.parent_id, searches=not on_twin)
    seen = await see_databases(client, state, found, page=workspace.parent_id, searches=not on_twin)
    live, said = identify(state, seen, found.memory, scope, creates=on_twin)
    lacking = consent.judged(missing_memory(state, found), scope.allow)
    if any(f.severity is Severity.ERROR for f in lacking):
        # A run would make a new archive, and the next one would believe that nothing was ever done here.
        raise WtstateError([f for f in lacking if f.severity is Severity.ERROR])
    matched = match(state, live, found.memory)
    cut_off = await left_over(client, found)
    asked: Mapping[str, Question] = questions(state, matched, found.memory, scope, cut_off)
    if widen is not None:
        asked = await widen(found, matched, asked)
    rows = await _rows(client, matched, asked)
    content = await _content(client, asked, rows)
    late = await late_rows(client, state, found.memory)
    named = await mentioned(client, state, matched, found.memory, scope)
    whole = {key: (rows[key], question) for key, question in asked.items() if question.filter is None}
    looked_up = await _look_up(client, matched, lookups(state, matched, found.memory, scope, rows), whole)
    return Reading(
        workspace=workspace,
        state=state,
        memory=found.memory,
        matched=matched,
        archive=found.archive,
        rows=rows,
        indexes=looked_up.indexes,
        people=looked_up.people,
        names=looked_up.names,
        titles=looked_up.titles,
        row_ids=looked_up.row_ids,
        content=content,
        left_over=cut_off,
        findings=(*said, *lacking, *late, *named),
    )


async def count_whole(client: Client, reading: Reading, keys: Iterable[str]) -> Reading:
    """The reading with what the databases hold in all: one request for every 100 of their rows."""
    held = dict(reading.held)
    for key in sorted(keys):
        live = reading.matched.databases[key].live
        if live is not None:
            rows = await read.query(client, live, filter=None, property_ids=None)
            held[key] = counted(rows, {p.id: p.type for p in live.properties})
    return replace(reading, held=held)


async def _rows(client: Client, matched: Matched, asked: Mapping[str, Question]) -> dict[str, Rows]:
    answers = await asyncio.gather(*(_answer(client, matched.databases[key], q) for key, q in asked.items()))
    return dict(zip(asked, answers, strict=True))


async def _answer(client: Client, pair: DatabaseMatch, question: Question) -> Rows:
    if pair.live is None:
        return Rows()
    return await read.query(client, pair.live, filter=question.filter, property_ids=question.property_ids)


async def _content(
    client: Client, asked: Mapping[str, Question], rows: Mapping[str, Rows]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The page content of rows whose database goes; by database key and page id, pages without content left out."""
    content: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for key, question in asked.items():
        if not question.content:
            continue
        pages = rows[key].rows
        blocks = await asyncio.gather(*(read.block_children(client, row.id, recursive=True) for row in pages))
        content[key] = {row.id: found for row, found in zip(pages, blocks, strict=True) if found}
    return content


@dataclass(frozen=True)
class _LookedUp:
    """Page ids by (database key, field) and text, ids of people by e-mail address and name, names by page id."""

    indexes: dict[tuple[str, str], dict[str, tuple[str, ...]]]
    people: dict[str, str]
    names: dict[str, str]
    titles: dict[str, str]
    row_ids: dict[str, frozenset[str]]


async def _look_up(
    client: Client,
    matched: Matched,
    wanted: Mapping[tuple[str, str], set[str] | None],
    whole: Mapping[str, tuple[Rows, Question]],
) -> _LookedUp:
    """``whole`` are databases whose rows were all read already: they are asked again only for other properties."""
    found = _LookedUp(indexes={}, people={}, names={}, titles={}, row_ids={})
    if ("", "") in wanted:
        people = await read.people(client)
        found.people.update(_by_name(people))
        found.names.update({p.id: p.name or p.email for p in people if p.name or p.email})
    for key in sorted({place for place, _ in wanted if place}):
        pair = matched.databases.get(key)
        if pair is not None and pair.live is not None:
            texts = {n: texts for (k, n), texts in wanted.items() if k == key}
            await _index(client, pair, pair.live, texts, found, whole.get(key))
    return found


def _by_name(people: Sequence[Person]) -> dict[str, str]:
    """Ids by e-mail address, and by name where one person alone bears it."""
    names = Counter(normal(person.name) for person in people)
    by_name = {normal(p.name): p.id for p in people if p.name and names[normal(p.name)] == 1}
    return by_name | {normal(p.email): p.id for p in people if p.email}


async def _index(
    client: Client,
    pair: DatabaseMatch,
    live: LiveDatabase,
    wanted: Mapping[str, set[str] | None],
    found: _LookedUp,
    whole: tuple[Rows, Question] | None,
) -> None:
    """One question for all texts that are looked up in one database, whichever fields they name."""
    key = pair.fields.get(pair.desired.key_field or "") or live.title_property
    props = {name: pair.fields.get(name) or live.by_name(name) if name else key for name in wanted}
    filters = [_asked(prop, wanted[name]) for name, prop in props.items() if prop is not None]
    ids = {prop.id for prop in props.values() if prop is not None} | {key.id, live.title_property.id}
    known = whole[1].property_ids if whole else ()
    if whole and (known is None or ids <= {*known, live.title_property.id}):
        answer = whole[0]
    else:
        answer = await read.query(client, live, filter=joined_filter(filters), property_ids=sorted(ids))
    if EVERYTHING in filters and not answer.incomplete:
        found.row_ids[pair.desired.key] = frozenset(row.id for row in answer.rows)
    for name, prop in props.items():
        if prop is None:
            continue
        texts: dict[str, list[str]] = {}
        for row in answer.rows:
            texts.setdefault(normal(properties.of(prop.type).text(row.values.get(prop.id))), []).append(row.id)
        found.indexes[(pair.desired.key, name)] = {text: tuple(several) for text, several in texts.items()}
    found.titles.update({row.id: row.title for row in answer.rows})
    if pair.desired.sensitive:
        return
    kind = properties.of(key.type)
    found.names.update({row.id: normal(kind.text(row.values.get(key.id))) or row.title for row in answer.rows})


def _asked(prop: LiveProperty, texts: set[str] | None) -> Filter:
    return EVERYTHING if texts is None else keyed(prop, texts)
