"""Archive entries to and from the pages that hold them.

A page's body is a table of the first values for people, then everything as JSON lines, ASCII-escaped, in code blocks:
a header, one line a value, one line a page content. The SHA-256 of these lines stands in ``digest``. The lines decide;
table and properties are only there to be read and filtered. Lossless for all JSON data, so for every canonical value.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.memory.schema import FORMAT, page_properties
from reconciler.memory.text import body_bytes, digest, dumps, pieces, plain, rich, shown
from reconciler.model import properties as property_types
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.limits import ARRAY_ITEMS, PAGE_SIZE
from reconciler.model.live import Value

Block = dict[str, Any]

BATCH_BYTES = 400_000
"""Bytes of one request's blocks, and of its properties where it has some: well under `limits.PAYLOAD_BYTES`."""
TABLE_ROWS = 20
_CELL_UNITS = 200
_PREVIEWS = 5
_BATCH_LENGTH = len("YYYYMMDD-HHMMSS-xxxx")
_TIME_LENGTH = len("YYYY-MM-DDTHH:MM:SSZ")
_SENSITIVE = "sensitive"
"""The word of the header that stands only where it is true: what people see shows no value."""
HIDDEN = "(sensitive)"
_COLUMNS = ("row", "name", "property", "old", "new")
_Kind = tuple[str, str, str, bool, tuple[str, str, str] | None]
"""What values of one property share: its id, name and type, whether they can be restored, and what takes them."""


@dataclass(frozen=True)
class Encoded:
    """An entry ready to be written: ``POST pages`` with ``properties`` and ``first`` as children, then each of ``rest``
    appended in order. ``digest`` is the SHA-256 of the text in the code blocks."""

    properties: dict[str, Any]
    first: list[Block]
    rest: list[list[Block]]
    digest: str


def encode(entry: Entry) -> Encoded:
    """The entry as requests: each within Notion's limits on bytes, blocks, and elements of rich text.

    Raises `ValueError` when a value is not JSON data.
    """
    text = "\n".join(_lines(entry))
    sha = digest(text)
    body = _page(entry, sha)
    table = [] if entry.sensitive else _table(entry.values)
    first, *rest = code_blocks(text, taken=body_bytes(body) + body_bytes(table))
    return Encoded(properties=body, first=table + first, rest=rest, digest=sha)


def requests(entry: Entry, *, more_blocks: int = 0) -> int:
    """How many requests it takes to write the entry and read it back; the same before and after it is stamped.

    ``more_blocks`` are on its page as well when it is read back.
    """
    batch, timestamp = entry.batch or "0" * _BATCH_LENGTH, entry.timestamp or "0" * _TIME_LENGTH
    encoded = encode(dataclasses.replace(entry, batch=batch, timestamp=timestamp))
    top_level = len(encoded.first) + sum(map(len, encoded.rest)) + more_blocks
    return 1 + len(encoded.rest) + -(-top_level // PAGE_SIZE)


def blocks(encoded: Encoded) -> int:
    """How many blocks the entry's page holds, the rows of its table included."""
    inside = [*encoded.first, *(block for batch in encoded.rest for block in batch)]
    return len(inside) + sum(len(block["table"]["children"]) for block in inside if block["type"] == "table")


def decode(properties: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Entry:
    """The entry that a page holds: ``properties`` of its answer, ``blocks`` the answers of its children, in order.

    Raises `WtstateError`: ``archive-entry-damaged`` when the text is not what its digest says, ``archive-entry-newer``
    when a newer version wrote it. Both name the entry.
    """
    name = _title(properties)
    text = text_of(blocks)
    lines = text.split("\n")
    try:
        header = json.loads(lines[0])
        written_in = int(header["format"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _damaged(name) from None
    if written_in > FORMAT:
        raise _newer(name, written_in)
    if digest(text) != plain(properties.get("digest", {}).get("rich_text", ())):
        raise _damaged(name)
    try:
        return _entry(header, lines)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise _damaged(name) from None


def text_of(blocks: Iterable[Mapping[str, Any]]) -> str:
    """The text of the code blocks among ``blocks``, as sent or as answered: what the digest is of."""
    return "".join(plain(block["code"]["rich_text"]) for block in blocks if block.get("type") == "code")


def remaining(encoded: Encoded, blocks: Iterable[Mapping[str, Any]]) -> list[list[Block]]:
    """What is still to be appended to a page that holds ``blocks``: for a run that was cut off while writing.

    Raises `WtstateError` (``archive-entry-damaged``) when what is there is not the beginning of the entry.
    """
    there = text_of(blocks)
    batches = [encoded.first, *encoded.rest]
    for count in range(len(batches), 0, -1):
        if there == "".join(map(text_of, batches[:count])):
            return batches[count:]
    raise _damaged(_title(encoded.properties))


def code_blocks(ascii_text: str, *, taken: int = 0) -> list[list[Block]]:
    """ASCII text as code blocks, in the batches in which requests carry them; ``taken`` bytes of the first are used.

    At least one batch. Each holds at most `BATCH_BYTES` in whichever JSON a client writes, and each block at most 100
    elements; so no batch comes near Notion's limits of 100 blocks and 1,000 elements.
    """
    batches: list[list[Block]] = [[]]
    room = BATCH_BYTES - taken
    for piece in pieces(ascii_text):
        element = {"type": "text", "text": {"content": piece}}
        batch = batches[-1]
        opens = not batch or len(batch[-1]["code"]["rich_text"]) == ARRAY_ITEMS
        size = body_bytes(element) + 2 + (body_bytes(_code()) + 2 if opens else 0)
        if size > room:
            batch, opens, room = [], True, BATCH_BYTES
            batches.append(batch)
        if opens:
            batch.append(_code())
        batch[-1]["code"]["rich_text"].append(element)
        room -= size
    return batches


def _code() -> Block:
    return {"object": "block", "type": "code", "code": {"rich_text": [], "language": "json"}}


def _lines(entry: Entry) -> Iterator[str]:
    """The header, then values as arrays (`_COLUMNS`, ``new`` only where there is one), then page contents."""
    kinds = list(dict.fromkeys(map(_kind, entry.values)))
    index = {kind: number for number, kind in enumerate(kinds)}
    words = {f.name: getattr(entry, f.name) for f in dataclasses.fields(entry)} | {
        "definition": dict(entry.definition), "values": len(entry.values), "content": len(entry.content),
    }  # fmt: skip
    if not entry.sensitive:
        del words[_SENSITIVE]
    properties = [dict(zip(("id", "name", "type", "restorable", "to"), kind, strict=True)) for kind in kinds]
    yield dumps({"format": FORMAT, "columns": _COLUMNS, "properties": properties, **words})
    for value in entry.values:
        place = index[_kind(value)]
        new = [] if value.new is None else [value.new]
        yield dumps([value.row, value.name, place, value.old, *new])
    for row, blocks in entry.content.items():
        yield dumps([row, blocks])


def _entry(header: Mapping[str, Any], lines: list[str]) -> Entry:
    count, pages = header["values"], header["content"]
    if len(lines) != 1 + count + pages:
        raise ValueError("lines are missing")
    words = {f.name: header[f.name] for f in dataclasses.fields(Entry) if f.name != _SENSITIVE}
    words[_SENSITIVE] = header.get(_SENSITIVE, False) is True
    kinds = [_place(p) for p in header["properties"]]
    words["values"] = tuple(_value(json.loads(line), kinds) for line in lines[1 : 1 + count])
    words["content"] = dict(map(json.loads, lines[1 + count :]))
    return Entry(**words)


def _kind(value: ArchivedValue) -> _Kind:
    return (value.property_id, value.property, value.type, value.restorable, value.to)


def _place(words: Mapping[str, Any]) -> _Kind:
    to = words.get("to")
    taken = (str(to[0]), str(to[1]), str(to[2])) if to else None
    return (words["id"], words["name"], words["type"], words["restorable"], taken)


def _value(cells: list[Any], kinds: Sequence[_Kind]) -> ArchivedValue:
    row, name, place, old, *new = cells
    property_id, property_name, kind, restorable, to = kinds[place]
    return ArchivedValue(
        row=row, name=name, property_id=property_id, property=property_name, type=kind, old=old,
        new=new[0] if new else None, restorable=restorable, to=to,
    )  # fmt: skip


def _page(entry: Entry, sha: str) -> dict[str, Any]:
    titles = list(dict.fromkeys(value.name for value in entry.values))
    values = [_text(v.type, v.old) for v in entry.values]
    if entry.sensitive:
        titles, values = [HIDDEN] * bool(titles), [HIDDEN] * bool(values)
    return page_properties(
        entry.record_id,
        entry.kind,
        sourceDatabase=entry.database_title or entry.database,
        originalRecordTitle=_preview(titles, "rows"),
        originalFieldName=entry.field,
        originalValue=_preview(values, "values"),
        reasonForMergeOrDrop=entry.reason,
        timestamp=entry.timestamp,
        migrationBatch=entry.batch,
        source=entry.source,
        file=entry.where,
        digest=sha,
    )


def _preview(texts: Sequence[str], what: str) -> str:
    """The first few texts on one line, and how many there are where that does not show them all."""
    if len(texts) == 1:
        return texts[0]
    line = " · ".join(shown(text, _CELL_UNITS) for text in texts[:_PREVIEWS])
    return f"{line} … ({len(texts)} {what})" if len(texts) > _PREVIEWS else line


def _table(values: Sequence[ArchivedValue]) -> list[Block]:
    if not values:
        return []
    rows = [("row", "field", "old", "new")]
    rows += [
        (v.name, v.property, _text(v.type, v.old), _text(v.to[2] if v.to else v.type, v.new))
        for v in values[:TABLE_ROWS]
    ]
    cells = [{"type": "table_row", "table_row": {"cells": [rich(t, _CELL_UNITS) for t in row]}} for row in rows]
    table = {"table_width": 4, "has_column_header": True, "has_row_header": False, "children": cells}
    return [{"object": "block", "type": "table", "table": table}]


def _text(kind: str, value: Value) -> str:
    return "" if value is None else property_types.of(kind).text(value)


def _title(properties: Mapping[str, Any]) -> str:
    """The entry's name for messages; never fails, since it is asked when something else did."""
    titles = (p["title"] for p in properties.values() if isinstance(p, Mapping) and isinstance(p.get("title"), list))
    return shown(plain(next(titles, ()))) or "(untitled)"


def _damaged(name: str) -> WtstateError:
    return WtstateError(
        Finding(
            code="archive-entry-damaged",
            what=f"the archive entry {name!r} is not what was written: someone edited it, or it was cut off",
            why="values are only taken back from an entry whose digest holds",
            next="undo the edit in Notion (the page's version history), then run again",
        )
    )


def _newer(name: str, written_in: int) -> WtstateError:
    return WtstateError(
        Finding(
            code="archive-entry-newer",
            what=f"the archive entry {name!r} is in format {written_in}; this version reads up to format {FORMAT}",
            why="what a newer version wrote would be misread",
            next="use the version of wtstate that wrote it, or a newer one",
        )
    )
