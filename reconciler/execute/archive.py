"""Executors of the steps that keep: the archive, the batch's entry, archived values, the memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.execute import copies, looks
from reconciler.execute.first import only_archive
from reconciler.execute.ground import Ground, Refused
from reconciler.execute.lease import Tenancy
from reconciler.execute.settle import nothing_new
from reconciler.memory import codec, hosted, schema
from reconciler.memory.applied import Words, carried, words_of
from reconciler.memory.batches import open_batch as left_open
from reconciler.memory.batches import plan_lines
from reconciler.memory.before import blocks
from reconciler.memory.entry import ArchivedValue, Entry, stamped, timestamp
from reconciler.memory.memory import Batch, Binding, Memory, changed
from reconciler.memory.records import written_record
from reconciler.memory.text import dumps, plain
from reconciler.model import properties
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase
from reconciler.notion import read
from reconciler.notion.listing import items
from reconciler.planning.declared_words import declared_words
from reconciler.planning.identity import targets
from reconciler.planning.match import match
from reconciler.planning.rules import standing
from reconciler.planning.steps import kinds


async def open_batch(step: kinds.OpenBatch, ground: Ground, *, batch: Batch) -> None:
    """Makes or completes the archive and writes the batch's entry, with what the run is about to change.

    A batch that a run left open goes on, and what this run is about to change is added to it.
    """
    made = await complete_archive(step, ground)
    ground.tenancy = Tenancy(
        run=batch.id, client=ground.client, clock=ground.clock, terms=ground.terms, source=ground.archive_source
    )
    await ground.tenancy.take(ground.memory)
    if made is not None:
        await only_archive(made, step, ground, ground.tenancy)
    going_on = left_open(ground.memory)
    ground.batch = _joined(going_on, batch) if going_on else batch
    ground.resumes = going_on is not None
    kept = blocks(step.before) if step.before or going_on is None else []
    if going_on is None:
        first, *rest = kept
        await remember(ground, replace(ground.memory, batches={**ground.memory.batches, batch.id: batch}), page=first)
    else:
        rest = kept
    for more in rest:
        page = ground.memory.entries[f"{schema.BATCH} {ground.batch.id}"]
        await ground.send("PATCH", f"blocks/{page}/children", body={"children": more}, look=looks.appended(page, more))


def _joined(going_on: Batch, batch: Batch) -> Batch:
    """The batch that goes on, with what the new run does of its plan besides.

    What both plan is said as the first did: the second archives only what the first had left.
    """
    said = plan_lines(going_on)
    known = {(line.kind, line.address) for line in said}
    lines = (*said, *(line for line in plan_lines(batch) if (line.kind, line.address) not in known))
    addresses = dict.fromkeys((*going_on.addresses, *batch.addresses))
    consents = tuple(sorted({*going_on.consents, *batch.consents}))
    return replace(going_on, plan="\n".join(map(str, lines)), addresses=tuple(addresses), consents=consents)


async def complete_archive(step: kinds.OpenBatch, ground: Ground) -> dict[str, Any] | None:
    """Makes the archive, and gives it as Notion answers it; or gives an older one what it lacks."""
    ground.archive_source, answer = await _completed(step, ground)
    return answer


async def open_own(step: kinds.OpenArchive, ground: Ground) -> None:
    """Makes or completes an archive that a database has for itself."""
    step = step if step.archive is not None else replace(step, archive=await _made_before(step, ground))
    ground.own_archives[step.title], made = await _completed(step, ground)
    known = str(made["id"]) if made is not None else step.archive.id if step.archive else ""
    if ground.memory.archives.get(step.title) != known:
        archives = {**ground.memory.archives, step.title: known}
        await remember(ground, replace(ground.memory, archives=archives))


async def _made_before(step: kinds.OpenArchive, ground: Ground) -> LiveDatabase | None:
    """An archive of that title on its page that a run made which was cut off before it could remember it."""
    for child in await read.databases_under(ground.client, step.parent):
        if child.title == step.title:
            found = await read.database(ground.client, child.id)
            if schema.is_archive(found) and schema.belongs_to(found, ground.state.workspace.owner):
                return found
    return None


def _source(entry: Entry, ground: Ground) -> str:
    """The data source of the archive that keeps the entry."""
    desired = ground.state.databases.get(entry.database)
    return ground.own_archives.get((desired.archive if desired else None) or "", ground.archive_source)


async def _completed(step: kinds.OpenBatch | kinds.OpenArchive, ground: Ground) -> tuple[str, dict[str, Any] | None]:
    """The data source id of an archive that is there and whole, and Notion's answer where it had to be made."""
    workspace = ground.state.workspace.owner
    if step.archive is None:
        body = schema.create_body(step.title, step.parent, workspace)
        look = looks.made_database(
            step.parent, step.title, lambda live: schema.is_archive(live) and schema.belongs_to(live, workspace)
        )
        answer = await ground.send("POST", "databases", body=body, look=look)
        return str(answer["data_sources"][0]["id"]), answer
    source = step.archive.data_source_id
    lacking = schema.missing(step.archive)
    if lacking:
        look = looks.schema(source, lambda live: not schema.missing(live))
        await ground.send("PATCH", f"data_sources/{source}", body={"properties": lacking}, look=look)
    marked = schema.description_body(step.archive, workspace)
    if marked:
        await ground.send(
            "PATCH", f"databases/{step.archive.id}", body=marked, look=looks.words(step.archive.id, marked)
        )
    return source, None


def page_body(source: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The body of a page in an archive."""
    return {"parent": {"type": "data_source_id", "data_source_id": source}, "properties": properties}


async def write_entry(step: kinds.WriteEntry, ground: Ground) -> None:
    """Writes the entry, reads it back whole and compares; `Refused` when what is there is not what was sent."""
    if ground.batch is None:
        raise RuntimeError("an entry is written before its batch")
    entry = stamped(step.entry, batch=ground.batch.id, moment=ground.client.time)
    source = _source(entry, ground)
    if ground.resumes:
        lacking = await _not_kept(entry, ground)
        if lacking is None:
            return
        entry = lacking
    shown: list[dict[str, Any]] = []
    if hosted.copies(entry):
        entry, shown = await copies.uploaded(entry, ground)
    encoded = codec.encode(entry)
    answer = await ground.send(
        "POST",
        "pages",
        body=page_body(source, encoded.properties) | {"children": encoded.first},
        look=looks.entry(source, encoded.properties),
        serves=step.addresses,
    )
    for more in encoded.rest:
        await ground.send(
            "PATCH",
            f"blocks/{answer['id']}/children",
            body={"children": more},
            look=looks.appended(answer["id"], more),
            serves=step.addresses,
        )
    await copies.attached(answer["id"], shown, ground)
    if not await _reads_back(answer, entry, ground):
        raise Refused(
            Finding(
                code="archive-differs",
                address=step.addresses[0],
                what="the archive does not hold what was written to it",
                next="run again; nothing was removed or overwritten",
            )
        )
    ground.entries += 1
    if entry.kind != "record":
        ground.values += sum(1 for value in entry.values if not properties.of(value.type).empty(value.old))


async def _reads_back(page: dict[str, Any], entry: Entry, ground: Ground) -> bool:
    """Whether the page holds the entry, and the copies of files that it tells of."""
    there = await copies.page_blocks(page["id"], ground)
    return codec.decode(page["properties"], there) == entry and await copies.hold_the_same(entry, there, ground)


async def _decoded(page: Mapping[str, Any], ground: Ground) -> Entry | None:
    """The entry that a page holds, None where it is torn: in its text, or in the copies of files that it tells of."""
    there = await copies.page_blocks(page["id"], ground)
    try:
        entry = codec.decode(page["properties"], there)
    except WtstateError:
        return None
    return entry if await copies.hold_the_same(entry, there, ground) else None


async def _not_kept(entry: Entry, ground: Ground) -> Entry | None:
    """What of the entry this batch has not kept yet; None where it has everything.

    A run that was cut off may have written it, under words of then (titles and names have changed since), or with
    values that are not planned any more. A torn entry goes to the trash.
    """
    asked = {"filter": {"property": "title", "title": {"equals": entry.record_id}}}
    kept: list[Entry] = []
    for page in await items(ground.client, "POST", f"data_sources/{_source(entry, ground)}/query", body=asked):
        old = await _decoded(page, ground)
        if old is not None:
            kept.append(old)
            continue
        path, body = f"pages/{page['id']}", {"in_trash": True}
        await ground.send("PATCH", path, body=body, look=nothing_new(path, body))
    there = [old for old in kept if old.kind == entry.kind]
    if not there:
        return entry
    known = {_identity(value) for old in there for value in old.values}
    rows = {row for old in there for row in old.content}
    values = tuple(value for value in entry.values if _identity(value) not in known)
    content = {row: blocks for row, blocks in entry.content.items() if row not in rows}
    left = replace(entry, values=values, content=content)
    places = {place for place, _ in hosted.hosted(left)}
    left = hosted.with_copies(left, [copy for copy in hosted.copies(entry) if copy.place in places])
    return left if values or content else None


def _identity(value: ArchivedValue) -> tuple[str, str, str, str]:
    """What makes two archived values one: whose they are, of what, and what was there."""
    return value.row, value.property_id, value.type, dumps(value.old)


async def save_memory(step: kinds.SaveMemory, ground: Ground, *, done: bool) -> None:
    """Writes what the workspace must remember and closes the batch; after a refusal it stays open for the next run.

    A merge or a change of type that was refused half-way is finished from the batch's archive entries.
    """
    if ground.batch is None:
        raise RuntimeError("the memory is saved before its batch")
    bindings = {key: b for key, b in ground.memory.bindings.items() if key not in step.forgets}
    for key in step.binds:
        place = ground.places.get(key)
        if place is not None and place.live is not None:
            bindings[key] = _binding(key, place.live, ground, without=step.unbound.get(key, frozenset()))
    batch = ground.batch.id
    settled = {**ground.memory.settled}
    settled |= {a: standing.remembered(a, digest, batch, ground.state) for a, digest in step.settles.items()}
    made = tuple(dict.fromkeys((*ground.batch.made, *((key, page) for page, key in ground.made.items()))))
    closed = replace(ground.batch, made=made, stayed=step.stayed)
    if done:
        closed = replace(closed, status="done", finished=timestamp(ground.now()))
    batches = {**ground.memory.batches, batch: closed}
    await remember(ground, replace(ground.memory, bindings=bindings, settled=settled, batches=batches))


async def remember(ground: Ground, new: Memory, *, page: Sequence[codec.Block] = ()) -> None:
    """Writes what differs between the memory and ``new``; the batch last, so that an open one tells of a cut.

    ``page`` are the blocks of the first entry that is made.
    """
    writes = sorted(changed(ground.memory, new), key=lambda write: written_record(write[1]).startswith("batch"))
    entries, stored = dict(ground.memory.entries), dict(ground.memory.stored)
    for page_id, columns in writes:
        if page_id is None:
            body = page_body(ground.archive_source, columns) | ({"children": list(page)} if page else {})
            look = looks.entry(ground.archive_source, columns)
            answer, page = await ground.send("POST", "pages", body=body, look=look), ()
            page_id = entries[written_record(columns)] = str(answer["id"])
        else:
            look = looks.record(page_id, columns)
            await ground.send("PATCH", f"pages/{page_id}", body={"properties": columns}, look=look)
        stored[page_id] = plain(columns["digest"]["rich_text"])
        ground.memory = replace(ground.memory, stored=dict(stored))
    ground.memory = replace(new, entries=entries, stored=stored)


def _binding(key: str, live: LiveDatabase, ground: Ground, *, without: frozenset[str]) -> Binding:
    """What the memory keeps of a database: its ids, its fields' ids, its formulas as written and as read back.

    A field that is blocked, in ``without``, is not bound: which property it is, is still to be said by a person. One
    that does not bear its name, since a rename was refused or taken back, stays what it was.
    """
    desired = targets(ground.state)[key]
    before = ground.memory.bindings.get(key)
    fields: dict[str, str] = {}
    formulas: dict[str, tuple[str, str]] = {}
    for name, declared in desired.fields.items():
        prop = live.by_name(name) or live.by_id(before.fields.get(name, "") if before else "")
        if prop is None or name in without:
            continue
        fields[name] = prop.id
        if prop.type == "formula" and declared.expression is not None:
            formulas[name] = (declared.expression, str(prop.config.get("expression", "")))
    bound = Binding(
        key=key,
        database_id=live.id,
        data_source_id=live.data_source_id,
        title=live.title,
        fields=fields,
        formulas=formulas,
        owner=ground.state.workspace.owner,
    )
    return replace(bound, applied=_applied(bound, live, ground), batch=ground.batch.id if ground.batch else "")


def _applied(bound: Binding, live: LiveDatabase, ground: Ground) -> Words:
    """The schema as last applied. What a restore leaves differs from the files on purpose, and is all its own."""
    before = ground.memory.bindings.get(bound.key)
    if ground.batch is None or ground.batch.restores or before is None:
        return words_of(live)
    there = {key: place.live for key, place in ground.places.items() if place.live is not None} | {bound.key: live}
    known = targets(ground.state)
    memory = replace(ground.memory, bindings={**ground.memory.bindings, bound.key: bound})
    matched = match(ground.state, {key: found for key, found in there.items() if key in known}, memory)
    declared = declared_words(matched.databases[bound.key], matched, replace(bound, applied=before.applied))
    return carried(before.applied, words_of(live), declared)
