"""Comparing 10,000 rows with what is declared, beside what ``json.loads`` needs for the same rows."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from reconciler.desired.state import Correction, Database, Field, Option, State, WorkspaceSettings
from reconciler.memory.memory import Memory
from reconciler.model.condition import Glob
from reconciler.model.finding import Location
from reconciler.model.live import LiveDatabase, LiveProperty, Rows, Workspace
from reconciler.notion import shapes
from reconciler.planning.build import build_plan
from reconciler.planning.match import match
from reconciler.planning.reading import Reading
from reconciler.planning.scope import Scope
from tests.benchmarks._judged import Judged

ROWS = 10_000
RUNS = 5
BOUND = 5.0
HERE = Location("state/x.toml", 1, 1)


def measure() -> Iterator[Judged]:
    """The ratio, and the two medians it is made of."""
    wire = json.dumps([_page(number) for number in range(ROWS)])
    pages = json.loads(wire)
    loads = _median(lambda: json.loads(wire))
    read = _median(lambda: _rows(pages))
    rows = _rows(pages)
    reading = _reading(rows)
    compare = _median(lambda: build_plan(reading, Scope()))
    ratio = compare / loads
    took = f"{compare * 1e3:.0f} ms, {loads * 1e3:.0f} ms"
    yield Judged(f"comparing {ROWS:,} rows: {ratio:.2f} × json.loads of them (bound {BOUND}) — {took}", ratio <= BOUND)
    canonical = f"canonical form of {ROWS:,} rows: {read / loads:.2f} × json.loads of them — {read * 1e3:.0f} ms"
    yield Judged(canonical, True)


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _text(text: str) -> list[dict[str, Any]]:
    plain = {
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "code": False,
        "color": "default",
    }
    return [
        {
            "type": "text",
            "text": {"content": text, "link": None},
            "annotations": plain,
            "plain_text": text,
            "href": None,
        }
    ]


def _page(number: int) -> dict[str, Any]:
    """A page answer with what a plan asks of it: its title, its key and the field that is corrected."""
    option = {"id": "x", "name": "Done" if number % 10 == 0 else "Open", "color": "default"}
    return {
        "object": "page",
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "created_time": "2026-01-01T00:00:00.000Z",
        "last_edited_time": "2026-01-01T00:00:00.000Z",
        "properties": {
            "Name": {"id": "title", "type": "title", "title": _text(f"Row {number}")},
            "key": {"id": "kkkk", "type": "rich_text", "rich_text": _text(f"WT-{number}")},
            "status": {"id": "ssss", "type": "select", "select": option},
        },
    }


def _rows(pages: list[dict[str, Any]]) -> Rows:
    read = (shapes.row(page, {k: v.value for k, v in shapes.page_values(page).items()}) for page in pages)
    return Rows(rows=tuple(read))


def _reading(rows: Rows) -> Reading:
    fields = {
        "Name": Field(database="d", name="Name", type="title", where=HERE),
        "key": Field(database="d", name="key", type="rich_text", where=HERE, tidy="trim"),
        "status": Field(
            database="d",
            name="status",
            type="select",
            where=HERE,
            options=(Option("Open", HERE), Option("Complete", HERE, was=("Done",))),
        ),
    }
    rule = Correction(name="c", where=HERE, databases=("d",), set={"status": "Complete"}, rows=Glob("WT-1*"))
    state = State(
        workspace=WorkspaceSettings(where=HERE, name="bench"),
        databases={"d": Database(key="d", title="d", where=HERE, fields=fields, key_field="key")},
        corrections={"c": rule},
    )
    options = [{"id": n, "name": n, "color": "default", "description": None} for n in ("Open", "Done", "Complete")]
    live = LiveDatabase(
        id="db",
        data_source_id="ds",
        title="d",
        properties=(
            LiveProperty("title", "Name", "title", {}),
            LiveProperty("kkkk", "key", "rich_text", {}),
            LiveProperty("ssss", "status", "select", {"options": options}),
        ),
    )
    return Reading(
        workspace=Workspace(id="w", name="bench", bot_id="b", bot_name="b", parent_id="p"),
        state=state,
        memory=Memory(),
        matched=match(state, {"d": live}, Memory()),
        rows={"d": rows},
    )
