"""Archive entries to test with, and all that they may hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from reconciler.memory.entry import ArchivedValue, Entry, batch_id, stamped

MOMENT = dt.datetime(2026, 9, 15, 16, 53, 1, tzinfo=dt.UTC)
BATCH = batch_id(MOMENT, "00ff")


def value(old: Any, *, type_: str = "rich_text", number: int = 0, new: Any = None) -> ArchivedValue:
    return ArchivedValue(
        row=f"{number:08x}-0000-8000-8000-000000000000", name=f"WT-{number}", property_id="a:b{", property="goals",
        type=type_, old=old, new=new, restorable=True,
    )  # fmt: skip


def entry(*values: ArchivedValue, **words: Any) -> Entry:
    """A stamped entry with these values."""
    plain = Entry(
        address="wt-phase-tracker.goals", kind="drop", batch="", database="wt-phase-tracker",
        database_title="WT Phases", field="goals", reason="Manual cleanup", source="", where="state/phases.toml:12:1",
        timestamp="", definition={"property": {"id": "a:b{", "type": "rich_text"}}, values=values, content={},
    )  # fmt: skip
    made = stamped(plain, batch=BATCH, moment=MOMENT)
    return Entry(**{**{f: getattr(made, f) for f in made.__dataclass_fields__}, **words})


def text(string: str) -> list[dict[str, Any]]:
    """A canonical rich text value of one run."""
    return [{"text": string}]


_strings = st.text(max_size=40) | st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\x00\x1b[2J\x9b",
        "\u202eevil",
        "𝄞" * 1500,
        'a"\\' * 900,
        "\ud800",
        "| a |\n",
        "=1+1",
        "é",
        "e\u0301",
    ]
)
_ids = st.uuids().map(str)
_runs = st.lists(
    st.fixed_dictionaries(
        {"text": _strings}, optional={"bold": st.just(value=True), "link": _strings, "color": _strings}
    )
    | st.fixed_dictionaries(
        {"mention": st.fixed_dictionaries({"type": st.just("page"), "page": _strings}), "text": _strings}
    )
    | st.fixed_dictionaries({"equation": _strings, "text": _strings}),
    max_size=3,
)
_numbers = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_canonical: dict[str, st.SearchStrategy[Any]] = {
    "title": _runs,
    "rich_text": _runs,
    "number": _numbers,
    "checkbox": st.booleans(),
    "url": st.none() | _strings,
    "select": st.none() | _strings,
    "multi_select": st.lists(_strings, max_size=4),
    "date": st.none()
    | st.fixed_dictionaries({"start": st.just("2026-09-15")}, optional={"end": st.just("2026-09-16")}),
    "people": st.lists(st.fixed_dictionaries({"id": _ids}, optional={"name": _strings, "email": _strings}), max_size=3),
    "relation": st.lists(_ids, max_size=30),
    "files": st.lists(st.fixed_dictionaries({"name": _strings, "url": _strings}), max_size=2),
}

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_strings, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _values(draw: st.DrawFn) -> ArchivedValue:
    kind = draw(st.sampled_from(sorted(_canonical)))
    return ArchivedValue(
        row=draw(_ids), name=draw(_strings), property_id=draw(_strings), property=draw(_strings), type=kind,
        old=draw(_canonical[kind]), new=draw(st.none() | _canonical[kind]), restorable=draw(st.booleans()),
    )  # fmt: skip


entries = st.builds(
    Entry,
    address=_strings, kind=st.sampled_from(["drop", "fold", "merge"]), batch=st.just(BATCH), database=_strings,
    database_title=_strings, field=_strings, reason=_strings, source=_strings, where=_strings,
    timestamp=st.just("2026-09-15T16:53:01Z"), definition=st.dictionaries(_strings, _json, max_size=3),
    values=st.lists(_values(), max_size=25).map(tuple),
    content=st.dictionaries(_ids, st.lists(_json, max_size=3), max_size=3),
)  # fmt: skip
