"""Asks for the rows that a plan needs, and for the rows and people that rules name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.desired.state import State
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.live import LiveRow, Rows, Workspace
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.planning.build import Reading
from reconciler.planning.databases import Child, identify
from reconciler.planning.match import DatabaseMatch, Matched, match
from reconciler.planning.questions import Question, key_filter, lookups, questions
from reconciler.planning.scope import Scope
from reconciler.survey.find import find_memory, missing_memory, see_databases, under


async def survey(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> Reading:
    """Everything that a plan needs to know of the workspace, read in the fewest requests.

    ``children`` are the databases under the parent page where they were just listed; else they are listed here.
    ``on_twin`` says that databases that are not found may be made without asking, and that search need not be asked.
    """
    listed = children if children is not None else await under(client, workspace.parent_id)
    found = await find_memory(client, state, listed, searches=not on_twin)
    seen = await see_databases(client, state, found, searches=not on_twin)
    live, said = identify(state, seen, found.memory, scope, creates=on_twin)
    lacking = [f for f in missing_memory(state, found) if not scope.allowed("memory-missing", f.address)]
    live = {key: database for key, database in live.items() if key not in {f.address for f in lacking}}
    matched = match(state, live, found.memory)
    asked = questions(state, matched, found.memory, scope)
    rows = await _rows(client, matched, asked)
    content = await _content(client, asked, rows)
    ids, names = await _lookups(client, matched, lookups(state, matched, found.memory, scope))
    return Reading(
        workspace=workspace,
        state=state,
        memory=found.memory,
        matched=matched,
        archive=found.archive,
        rows=rows,
        ids=ids,
        names=names,
        content=content,
        findings=(*said, *lacking),
    )


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


async def _lookups(
    client: Client, matched: Matched, wanted: Mapping[str, set[str]]
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Ids by database key and row key (people under ""), and names of rows by page id."""
    ids: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for place, keys in wanted.items():
        if not place:
            people = await read.people(client)
            ids[place] = {normal(p.email): p.id for p in people if p.email}
            continue
        pair = matched.databases.get(place)
        if pair is None or pair.live is None:
            continue
        prop = pair.fields.get(pair.desired.key_field or "") or pair.live.title_property
        answer = await read.query(
            client,
            pair.live,
            filter=key_filter(prop, keys),
            property_ids=sorted({prop.id, pair.live.title_property.id}),
        )
        kind = properties.of(prop.type)
        named: dict[str, list[LiveRow]] = {}
        for row in answer.rows:
            named.setdefault(normal(kind.text(row.values.get(prop.id))), []).append(row)
        ids[place] = {text: several[0].id for text, several in named.items() if len(several) == 1}
        names |= {row.id: text for text, several in named.items() for row in several}
    return ids, names
