"""Every cell of the table, by at least one value: what each type's examples become as each other type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.properties import ALL
from reconciler.model.properties.convert import Context, Converted, cell, convert

_JANE = {"id": "2a1369f4-9e78-af72-eb88-0fd06fb52ed3", "name": "Jane Roe", "email": "jane@example.org"}
_ROW = "2a1369f4-9e78-af72-eb88-0fd06fb52ed1"
_OTHER = "2a1369f4-9e78-af72-eb88-0fd06fb52ed2"
_TEXTS = (
    "7", "2025-07-23", "Yes", "Done", "https://example.org/a.pdf", "jane@example.org", "+49 170 1234567", "WT-1",
    f"One (https://www.notion.so/One-{_ROW.replace('-', '')})",
)  # fmt: skip

EXAMPLES: Mapping[str, tuple[Any, ...]] = {
    "title": ([{"text": "WT-1"}],),
    "rich_text": (
        *([{"text": text}] for text in _TEXTS),
        [{"text": "WT-1", "bold": True}],
        [{"mention": {"type": "user", "user": {"id": _JANE["id"]}}, "text": "@Jane Roe"}],
    ),
    "number": (0, 1, 7.5, 1e300),
    "select": ("Yes", "7", "2025-07-23", "WT-1"),
    "multi_select": (["Yes"], ["Yes", "Done"], ["WT-1", "WT-2"]),
    "status": ("Done", "Jane Roe"),
    "date": (
        {"start": "2025-07-23"},
        {"start": "2025-07-23T10:00:00.000+02:00", "end": "2025-07-23T11:00:00.000+02:00"},
        {"start": "2025-07-23T10:00:00.000", "time_zone": "Europe/Berlin"},
    ),
    "people": ([_JANE], [_JANE, {"id": _OTHER, "object": "group"}]),
    "files": (
        [{"name": "a.pdf", "url": "https://example.org/a.pdf"}],
        [{"name": "a", "url": "https://example.org/a"}, {"name": "b.pdf", "hosted": True}],
    ),
    "checkbox": (True, False),
    "url": ("https://example.org/a.pdf", "jane@example.org"),
    "email": ("jane@example.org",),
    "phone_number": ("+49 170 1234567", "12"),
    "formula": (
        {"type": "string", "string": "WT-1"},
        {"type": "number", "number": 1},
        {"type": "boolean", "boolean": True},
        {"type": "date", "date": {"start": "2025-07-23"}},
        {"type": "unsupported", "unsupported": {}},
    ),
    "relation": ([_ROW], [_ROW, _OTHER]),
    "rollup": (
        {"type": "number", "function": "count", "number": 2},
        {"type": "array", "array": [{"type": "title", "title": [{"text": "Yes"}]}]},
        {"type": "array", "array": [{"type": "people", "people": [_JANE]}, {"type": "relation", "relation": [_ROW]}]},
    ),
    "created_time": ("2025-07-23T10:00:00.000Z",),
    "created_by": (_JANE,),
    "last_edited_time": ("2025-07-23T10:00:00.000Z",),
    "last_edited_by": ({"id": _OTHER},),
    "unique_id": ({"prefix": "TASK", "number": 3}, {"prefix": None, "number": 3}),
    "place": ({"lat": 48.2, "lon": 16.4, "name": "Vienna"},),
    "button": (None,),
    "verification": ({"state": "verified", "verified_by": _JANE}, {"state": "unverified"}),
}
CONTEXT = Context(
    options=("Yes", "No", "Complete", "verified", "One"),
    folds={"Done": "Complete"},
    people={_JANE["email"]: _JANE["id"], _JANE["name"]: _JANE["id"]},
    rows=lambda text: {"WT-1": (_ROW,), "WT-2": (_ROW, _OTHER), "Yes": (_OTHER,)}.get(text, ()),
    names={_ROW: "One", _OTHER: "jane@example.org"}.__getitem__,
)


def _told(old: str, new: str, value: Any) -> str:
    found = convert(old, new, value, CONTEXT)
    if isinstance(found, Converted):
        return f"{'' if found.exact else '~'}{json.dumps(found.value, ensure_ascii=False)}"
    return f"! {found.why}"


@pytest.mark.parametrize("old", ALL)
def test_each_cell_converts_its_examples_as_snapshot(old: str, snapshot: SnapshotAssertion) -> None:
    lines: list[str] = []
    for new in ALL:
        lines.append(f"{old} -> {new}{'' if cell(old, new).in_place else ' (beside)'}")
        if cell(old, new).convert is None:
            lines.append(f"    blocked: {cell(old, new).why_blocked}")
            continue
        lines += [
            f"    {json.dumps(value, ensure_ascii=False)}  =>  {_told(old, new, value)}" for value in EXAMPLES[old]
        ]
    assert "\n".join(lines) == snapshot


def test_every_type_has_examples() -> None:
    assert set(EXAMPLES) == set(ALL)


@pytest.mark.parametrize("new", sorted(kind for kind, handler in ALL.items() if handler.writable))
def test_each_target_is_reached_from_text_or_not_at_all(new: str) -> None:
    reached = [
        value for value in EXAMPLES["rich_text"] if isinstance(convert("rich_text", new, value, CONTEXT), Converted)
    ]
    assert bool(reached) is (new not in ("title", "place"))
