"""Asks for the rows that a plan needs, and for the rows and people that rules name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.desired.state import State
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Severity, WtstateError
from reconciler.model.live import LiveDatabase, Person, Rows, Workspace
from reconciler.model.properties.base import EVERYTHING
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.rows import Listed, each_row
from reconciler.planning.asking import Lookups, Question, joined, joined_filter, key_of, looked_up_in, sought
from reconciler.planning.guards import consent
from reconciler.planning.identity import Child, identify
from reconciler.planning.match import DatabaseMatch, Matched, match
from reconciler.planning.questions import lookups, questions
from reconciler.planning.reading import Reading
from reconciler.planning.scope import Scope
from reconciler.planning.sieve import Sieve
from reconciler.survey.find import Found, find_memory, late_rows, left_over, missing_memory, see_databases, under
from reconciler.survey.mentions import mentioned
from reconciler.survey.remembering import Glance

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
    history: bool = False,
    glance: Glance | None = None,
) -> Reading:
    """Everything that a plan needs to know of the workspace, read in the fewest requests.

    ``children`` are the databases under the parent page where they were just listed; else they are listed here.
    ``on_twin`` says that databases that are not found may be made without asking, and that search need not be asked.
    ``widen`` may ask for more rows and properties than a plan does; ``history`` asks for every batch there ever was.
    A ``glance`` leaves out what is needed only where something is to be done (`Reading.sight`).
    """
    parent, searches = workspace.parent_id, not on_twin
    listed = children if children is not None else await under(client, parent)
    found = await find_memory(client, state, listed, parent=parent, searches=searches, history=history, glance=glance)
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
        asked = await widen(found, matched, {key: replace(each, keeps=None) for key, each in asked.items()})

    def wanted(rows: Mapping[str, Rows]) -> Lookups:
        return lookups(state, matched, found.memory, scope, rows)

    rows, asked = await _rows(client, matched, asked, wanted)
    content = await _content(client, asked, rows)
    late = await late_rows(client, state, found)
    named = await mentioned(client, state, matched, found.memory, scope)
    looked_up = await _look_up(client, matched, wanted(rows), {key: (rows[key], asked[key]) for key in asked})
    return Reading(
        workspace=workspace,
        state=state,
        memory=found.memory,
        matched=matched,
        archive=found.archive,
        sight=found.sight,
        own_archives=found.own,
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


async def _rows(
    client: Client,
    matched: Matched,
    asked: Mapping[str, Question],
    wanted: Callable[[Mapping[str, Rows]], Lookups],
) -> tuple[dict[str, Rows], dict[str, Question]]:
    """The rows of each database, and the questions as they were asked.

    A database in which others look something up is asked after those, so that what is looked up travels in its one
    question. Where databases look things up in each other, the rest is asked at once and looked up by `_look_up`.
    Where others may name rows of a database, all that are read are kept.
    """
    rows: dict[str, Rows] = {}
    sent: dict[str, Question] = {}
    waiting = {key: asked.get(key) for key in matched.databases}
    named = {f.to for pair in matched.databases.values() for f in pair.desired.fields.values() if f.to}
    while waiting:
        free = [key for key in waiting if not _lookers(matched, key) & waiting.keys() - {key}] or list(waiting)
        found = wanted(rows)
        for key in free:
            question = joined(waiting.pop(key), matched.databases[key], _texts_of(found, key))
            if question is not None:
                sent[key] = replace(question, keeps=None) if key in named else question
        now = [key for key in free if key in sent]
        answers = await asyncio.gather(*(_answer(client, matched.databases[key], sent[key]) for key in now))
        rows |= dict(zip(now, answers, strict=True))
    return {key: rows[key] for key in matched.databases if key in rows}, sent


def _lookers(matched: Matched, key: str) -> set[str]:
    """The databases whose rows may name rows of ``key``."""
    return {
        other
        for other, pair in matched.databases.items()
        if any(declared.to == key and (declared.link or declared.match) for declared in pair.desired.fields.values())
    }


def _texts_of(wanted: Lookups, key: str) -> dict[str, set[str] | None]:
    return {name: texts for (place, name), texts in wanted.items() if place == key}


async def _answer(client: Client, pair: DatabaseMatch, question: Question) -> Rows:
    if pair.live is None:
        return Rows()
    if question.keeps is None:
        return await read.query(client, pair.live, filter=question.filter, property_ids=question.property_ids)
    sieve, listed = Sieve(question.keeps, question.shared), Listed()
    async for row in each_row(
        client, pair.live, filter=question.filter, property_ids=question.property_ids, listed=listed
    ):
        sieve.take(row)
    return sieve.rows(incomplete=listed.incomplete)


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
    wanted: Lookups,
    known: Mapping[str, tuple[Rows, Question]],
) -> _LookedUp:
    """``known`` are the rows that were read already: what their questions did not look up is asked for."""
    found = _LookedUp(indexes={}, people={}, names={}, titles={}, row_ids={})
    if ("", "") in wanted:
        people = await read.people(client)
        found.people.update(_by_name(people))
        found.names.update({p.id: p.name or p.email for p in people if p.name or p.email})
    for key in sorted({place for place, _ in wanted if place}):
        pair = matched.databases.get(key)
        if pair is not None and pair.live is not None:
            texts = {n: texts for (k, n), texts in wanted.items() if k == key}
            await _index(client, pair, pair.live, texts, found, known.get(key))
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
    known: tuple[Rows, Question] | None,
) -> None:
    """One question for all texts that are looked up in one database, unless its ``known`` rows tell."""
    key = key_of(pair, live)
    props = {name: looked_up_in(pair, live, name) for name in wanted}
    filters = [sought(prop, wanted[name]) for name, prop in props.items() if prop is not None]
    if known and known[1].tells(wanted, [prop.id for prop in (*props.values(), key) if prop is not None]):
        answer = known[0]
    else:
        ids = {prop.id for prop in props.values() if prop is not None} | {key.id, live.title_property.id}
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
