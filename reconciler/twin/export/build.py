"""From plan to calls: the only part that talks to the twin, through Notion's REST API and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.twin.export import blocks, inline
from reconciler.twin.export.attachments import EXPORTED
from reconciler.twin.export.identity import Row
from reconciler.twin.export.infer import Column
from reconciler.twin.export.plan import LoadPlan
from reconciler.twin.export.report import (
    ColumnReport,
    DatabaseReport,
    LoadReport,
    RelationReport,
    StubReport,
)
from reconciler.twin.export.targets import Place
from reconciler.twin.multipart import Field, Form

STUB_ICON = "👻"
STUB_DESCRIPTION = "Not in the export that was loaded: made because rows of other databases link to it."
_BATCH = 100
_FREE, _PAID = 5 * 1024**2, 5 * 1024**3
"""Bytes that a file may have (https://developers.notion.com/guides/data-apis/working-with-files-and-media)."""
_PART = 10 * 1024**2
_MAX_FILENAME = 900

Query = Mapping[str, str | Sequence[str]]


class Admin(Protocol):
    """What the loader needs of the twin's administration."""

    def allow_uploads(self, size: int) -> None:
        """Let files have so many bytes."""
        ...


class Twin(Protocol):
    """What the loader needs of a twin. ``call`` raises for every answer that is not 200."""

    @property
    def root_page_id(self) -> str:
        """The page under which databases are made."""
        ...

    @property
    def admin(self) -> Admin:
        """What people do in Notion's own interface."""
        ...

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: Query | None = None,
        *,
        form: Form | None = None,
    ) -> dict[str, Any]:
        """One request of Notion's REST API, version 2026-03-11."""
        ...


@dataclass
class _Builder:
    twin: Twin
    plan: LoadPlan
    databases: dict[int, str] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    rows: dict[Row, str] = field(default_factory=dict)
    edges: dict[int, dict[int, dict[Place, tuple[int, ...]]]] = field(default_factory=dict)
    """What to write, by table and row."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)
    """The file uploads that were made, by path in the export."""

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.twin.call("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.twin.call("PATCH", path, body)


def build(twin: Twin, plan: LoadPlan, files: Mapping[str, bytes] | None = None) -> LoadReport:
    """Makes everything in ``plan`` under the twin's root page and says what was made.

    Databases first, then relations, then rows (each with the links whose rows exist by then), then the other links and
    the content. ``files`` are the attachments by path: those that the plan means are uploaded when they are.
    Raises what ``twin.call`` raises.
    """
    builder = _Builder(twin, plan, files=files or {})
    largest = max(map(len, builder.files.values()), default=0)
    if largest > _FREE:  # such a workspace is on a plan that allows it
        twin.admin.allow_uploads(_PAID)
    for index in range(len(plan.tables)):
        _make_database(builder, index)
    for place in plan.linked.edges:
        if place not in plan.pairs.mirrors.values():
            _make_relation(builder, place)
    for place, rows in plan.writes.of.items():
        for row, links in rows.items():
            builder.edges.setdefault(place[0], {}).setdefault(row, {})[place] = links
    for index in _order(builder):
        _make_rows(builder, index)
    for index, waiting in builder.edges.items():
        for row, left in waiting.items():
            builder.patch(f"/v1/pages/{builder.rows[index, row]}", {"properties": _links(builder, left)})
    for place, content in plan.contents.items():
        _append(builder, builder.rows[place], content)
    _make_pages(builder)
    return _report(builder)


def _make_database(builder: _Builder, index: int) -> None:
    table = builder.plan.tables[index]
    properties: dict[str, Any] = {table.columns[0]: {"title": {}}}
    for number, name in enumerate(table.columns[1:], 1):
        column = builder.plan.columns[index, number]
        if column.type != "relation":
            properties[name] = {column.type: column.config}
    body: dict[str, Any] = {
        "parent": {"type": "page_id", "page_id": builder.twin.root_page_id},
        "title": inline.plain(table.title),
    }
    groups = _sized(properties)
    if table.stub:
        body |= {"description": inline.plain(STUB_DESCRIPTION), "icon": {"type": "emoji", "emoji": STUB_ICON}}
    body["initial_data_source"] = {"properties": next(groups)}
    made = builder.post("/v1/databases", body)
    builder.databases[index] = made["id"]
    builder.sources[index] = made["data_sources"][0]["id"]
    for more in groups:
        builder.patch(f"/v1/data_sources/{builder.sources[index]}", {"properties": more})


def _sized(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """``properties`` in groups that a request can hold; one group at least."""
    group: dict[str, Any] = {}
    room = inline.REQUEST_BYTES
    for name, body in properties.items():
        size = len(json.dumps({name: body}))
        if group and size > room:
            yield group
            group, room = {}, inline.REQUEST_BYTES
        group[name] = body
        room -= size
    yield group


def _make_relation(builder: _Builder, place: Place) -> None:
    """A relation; of a two-way one the mirror is renamed, for Notion names it itself."""
    index, _ = place
    name, target = builder.plan.columns[place].name, builder.plan.linked.edges[place].target
    mirror = builder.plan.pairs.mirrors.get(place)
    kind = "single_property" if mirror is None else "dual_property"
    config = {"data_source_id": builder.sources[target], "type": kind, kind: {}}
    answer = builder.patch(f"/v1/data_sources/{builder.sources[index]}", {"properties": {name: {"relation": config}}})
    if mirror is not None:
        there = answer["properties"][name]["relation"]["dual_property"]["synced_property_id"]
        wanted = {there: {"name": builder.plan.columns[mirror].name}}
        builder.patch(f"/v1/data_sources/{builder.sources[target]}", {"properties": wanted})


def _order(builder: _Builder) -> list[int]:
    """Tables, each after those that its rows are written to link to, as far as there are no circles."""
    needs: defaultdict[int, set[int]] = defaultdict(set)
    for place in builder.plan.writes.of:
        needs[place[0]].add(builder.plan.linked.edges[place].target)
    left = list(range(len(builder.plan.tables)))
    ordered: list[int] = []
    while left:
        ready = next((index for index in left if needs[index] <= {*ordered, index}), left[0])
        ordered.append(ready)
        left.remove(ready)
    return ordered


def _make_rows(builder: _Builder, index: int) -> None:
    plan, table = builder.plan, builder.plan.tables[index]
    columns = [plan.columns[place] for place in sorted(plan.columns) if place[0] == index]
    parent = {"type": "data_source_id", "data_source_id": builder.sources[index]}
    waiting = builder.edges.get(index, {})
    ready = {place for place in plan.writes.of if plan.linked.edges[place].target in {r[0] for r in builder.rows}}
    for row, cells in enumerate(table.rows):
        properties = {table.columns[0]: {"title": inline.fitting(inline.plain(cells[0]))}}
        for column in columns:
            if (value := _value(builder, column, row)) is not None:
                properties[column.name] = {column.type: value}
        links = waiting.get(row, {})
        now = {place: links.pop(place) for place in list(links) if place in ready}
        if row in waiting and not links:
            del waiting[row]
        groups = _sized(properties | _links(builder, now))
        body: dict[str, Any] = {"parent": parent, "properties": next(groups)}
        if (index, row) in plan.linked.stub_rows:
            body["icon"] = {"type": "emoji", "emoji": STUB_ICON}
        page = builder.post("/v1/pages", body)["id"]
        for more in groups:
            builder.patch(f"/v1/pages/{page}", {"properties": more})
        builder.rows[index, row] = page


def _value(builder: _Builder, column: Column, row: int) -> Any:
    value = column.values[row] if row < len(column.values) else None
    if column.type == "files" and value is not None:
        return [_uploaded(builder, file) for file in value]
    if column.type == "rich_text" and value is not None:
        return inline.fitting(inline.plain(value))
    return value


def _links(builder: _Builder, links: Mapping[Place, tuple[int, ...]]) -> dict[str, Any]:
    written = {}
    for place, rows in links.items():
        target = builder.plan.linked.edges[place].target
        written[builder.plan.columns[place].name] = {"relation": [{"id": builder.rows[target, row]} for row in rows]}
    return written


def _append(builder: _Builder, parent: str, content: Sequence[blocks.Block]) -> None:
    """Appends blocks level by level: a request holds 100 of them and two levels, pages may be deeper."""
    for batch in _batches(content):
        bare = [_with_file(builder, _without_children(block)) for block in batch]
        made = builder.patch(f"/v1/blocks/{parent}/children", {"children": bare})["results"]
        for block, answer in zip(batch, made, strict=True):
            if inside := blocks.children(block):
                _append(builder, answer["id"], inside)


def _batches(content: Sequence[blocks.Block]) -> Iterator[list[blocks.Block]]:
    batch: list[blocks.Block] = []
    room = inline.REQUEST_BYTES
    for block in content:
        size = len(json.dumps(_without_children(block)))
        if batch and (len(batch) == _BATCH or size > room):
            yield batch
            batch, room = [], inline.REQUEST_BYTES
        batch.append(block)
        room -= size
    if batch:
        yield batch


def _without_children(block: blocks.Block) -> blocks.Block:
    if not blocks.children(block):
        return block
    body = {key: value for key, value in block[block["type"]].items() if key != "children"}
    return {**block, block["type"]: body}


def _with_file(builder: _Builder, block: blocks.Block) -> blocks.Block:
    return {**block, block["type"]: _uploaded(builder, block[block["type"]])}


def _uploaded(builder: _Builder, file: dict[str, Any]) -> dict[str, Any]:
    """The value or body with the file of the export in it uploaded, once for each; any other as it is."""
    if file.get("type") != EXPORTED:
        return file
    path = file[EXPORTED]["path"]
    if path not in builder.uploads:
        builder.uploads[path] = _upload(builder, path.rsplit("/", 1)[-1], builder.files[path])
    rest = {key: value for key, value in file.items() if key not in ("type", EXPORTED)}
    return {"type": "file_upload", "file_upload": {"id": builder.uploads[path]}, **rest}


def _upload(builder: _Builder, name: str, content: bytes) -> str:
    name = name.encode()[-_MAX_FILENAME:].decode(errors="ignore")
    pieces = [content[at : at + _PART] for at in range(0, len(content), _PART)] or [b""]
    many = {"mode": "multi_part", "number_of_parts": len(pieces)} if len(pieces) > 1 else {}
    made = builder.post("/v1/file_uploads", {"filename": name, **many})
    upload = str(made["id"])
    for number, piece in enumerate(pieces, 1):
        form = {"file": Field(content=piece, filename=name)}
        if many:
            form["part_number"] = Field(content=str(number).encode())
        builder.twin.call("POST", f"/v1/file_uploads/{upload}/send", form=form)
    if many:
        builder.post(f"/v1/file_uploads/{upload}/complete", {})
    return upload


def _make_pages(builder: _Builder) -> None:
    made: list[str] = []
    for page in builder.plan.pages:
        parent = builder.twin.root_page_id
        if isinstance(page.parent, int):
            parent = made[page.parent]
        elif page.parent is not None:
            parent = builder.rows[page.parent]
        body = {
            "parent": {"type": "page_id", "page_id": parent},
            "properties": {"title": {"title": inline.fitting(inline.plain(page.title))}},
        }
        made.append(builder.post("/v1/pages", body)["id"])
        _append(builder, made[-1], page.content)


def _report(builder: _Builder) -> LoadReport:
    plan = builder.plan
    with_content = [index for index, _ in plan.contents]
    databases = tuple(
        DatabaseReport(
            title=table.title,
            path=table.path,
            id=builder.databases[index],
            columns=tuple(
                ColumnReport(name, plan.columns[index, number].type if number else "title")
                for number, name in enumerate(table.columns)
            ),
            rows=len(table.rows),
            content_pages=with_content.count(index),
            stub=table.stub,
        )
        for index, table in enumerate(plan.tables)
    )
    relations = tuple(
        RelationReport(
            database=plan.tables[place[0]].title,
            column=plan.columns[place].name,
            target=plan.tables[relation.target].title,
            mirror=plan.columns[plan.pairs.mirrors[place]].name if place in plan.pairs.mirrors else None,
            edges=len(relation.pairs()),
        )
        for place, relation in plan.linked.edges.items()
        if place not in plan.pairs.mirrors.values()
    )
    files, left = len(builder.uploads), sorted(set(builder.files) - set(builder.uploads))
    warnings = plan.warnings
    if left:
        warnings = (
            *warnings,
            f"no page or row shows {left[0]!r}; not loaded"
            if len(left) == 1
            else f"no page or row shows {len(left)} other files, {left[0]!r} first; not loaded",
        )
    return LoadReport(databases, relations, _stubs(plan), len(plan.pages), warnings, files)


def _stubs(plan: LoadPlan) -> tuple[StubReport, ...]:
    added: defaultdict[int, int] = defaultdict(int)
    for index, _ in sorted(plan.linked.stub_rows):
        added[index] += 1
    linking = {index: plan.linked.stub_columns.get(index) or _linking(plan, index) for index in added}
    linking |= dict(plan.linked.stub_columns)
    return tuple(
        StubReport(
            database=plan.tables[index].title,
            rows=added[index] or len(plan.tables[index].rows),
            columns=tuple((plan.tables[place[0]].title, plan.columns[place].name) for place in places),
            new_database=plan.tables[index].stub,
        )
        for index, places in sorted(linking.items())
    )


def _linking(plan: LoadPlan, index: int) -> tuple[Place, ...]:
    return tuple(place for place, relation in plan.linked.edges.items() if relation.target == index)
