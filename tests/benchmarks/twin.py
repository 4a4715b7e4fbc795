"""The twin with 100,000 rows beside the twin with 1,000, and what single requests cost it in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

from reconciler.twin import Twin, open_twin, repository
from tests.benchmarks._judged import Judged

FEW, MANY = 1_000, 100_000
PAGE_BOUND = 3.0
CPU_BOUND_MS = 1.0
RUNS = 15
REQUESTS = 300
START = 1_780_000_000_000
COLUMNS: dict[str, Any] = {
    "Name": {"title": {}},
    "Key": {"rich_text": {}},
    "Stage": {"select": {"options": [{"name": "Open"}, {"name": "Done"}, {"name": "Rare"}]}},
    "Points": {"number": {}},
    "Due": {"date": {}},
    "Tags": {"multi_select": {"options": [{"name": "a"}, {"name": "b"}]}},
    **{f"Text {n}": {"rich_text": {}} for n in range(14)},
}


def measure() -> Iterator[Judged]:
    """Pages of queries at both sizes, and the CPU time of a PATCH and a GET."""
    with open_twin(":memory:") as twin:
        few, many = _filled(twin, FEW), _filled(twin, MANY)
        yield from _pages(twin, few, many)
        yield from _single(twin, few)


def _pages(twin: Twin, few: str, many: str) -> Iterator[Judged]:
    queries: dict[str, tuple[dict[str, Any], int]] = {
        "unfiltered": ({}, 100),
        "one title": ({"filter": {"property": "Name", "title": {"equals": "Row 77"}}}, 1),
        "a rare option": ({"filter": {"property": "Stage", "select": {"equals": "Rare"}}}, 0),
        "sorted by number": ({"sorts": [{"property": "Points", "direction": "descending"}]}, 100),
        "sorted by title": ({"sorts": [{"property": "Name", "direction": "ascending"}]}, 100),
        "sorted by option": ({"sorts": [{"property": "Stage", "direction": "ascending"}]}, 100),
        "sorted by date": ({"sorts": [{"property": "Due", "direction": "ascending"}]}, 100),
    }
    for name, (body, least) in queries.items():
        small, large = (_time(partial(_query, twin, source, body, least)) for source in (few, many))
        bound = f"; allowed {PAGE_BOUND} ×" if not body else ""
        yield Judged(
            f"a page of {name}: {MANY:,} rows take {large / small:.2f} × as long as {FEW:,}{bound}"
            f" — {large * 1e3:.1f} ms, {small * 1e3:.1f} ms",
            bool(body) or large <= PAGE_BOUND * small,
        )


def _query(twin: Twin, source: str, body: dict[str, Any], least: int) -> None:
    if len(twin.call("POST", f"data_sources/{source}/query", body)["results"]) < least:
        raise AssertionError("The query found too little to be measured.")


def _single(twin: Twin, source: str) -> Iterator[Judged]:
    page = twin.call("POST", f"data_sources/{source}/query", {"page_size": 1})["results"][0]["id"]
    requests: dict[str, Callable[[], object]] = {
        "a one-property PATCH": partial(twin.call, "PATCH", f"pages/{page}", {"properties": {"Points": {"number": 7}}}),
        f"a GET of {len(COLUMNS)} properties": partial(twin.call, "GET", f"pages/{page}"),
    }
    for name, send in requests.items():
        began = time.process_time()
        for _ in range(REQUESTS):
            send()
        cost = (time.process_time() - began) / REQUESTS * 1e3
        yield Judged(f"{name} takes {cost:.2f} ms of CPU; allowed {CPU_BOUND_MS} ms", cost <= CPU_BOUND_MS)


def _filled(twin: Twin, rows: int) -> str:
    """A data source with so many rows, each like the first but for its name and numbers."""
    title = [{"text": {"content": f"{rows} rows"}}]
    body = {"parent": {"page_id": twin.root_page_id}, "title": title, "initial_data_source": {"properties": COLUMNS}}
    source = str(twin.call("POST", "databases", body)["data_sources"][0]["id"])
    values = {
        "Name": {"title": [{"text": {"content": "Row 0"}}]},
        "Stage": {"select": {"name": "Open"}},
        "Points": {"number": 0},
        "Due": {"date": {"start": "2026-05-01"}},
        "Tags": {"multi_select": [{"name": "a"}, {"name": "b"}]},
        **{f"Text {n}": {"rich_text": [{"text": {"content": f"Some text, {n}"}}]} for n in range(14)},
    }
    first = twin.call("POST", "pages", {"parent": {"data_source_id": source}, "properties": values})["id"]
    found = repository.page(twin.store, first)
    if found is None:
        raise AssertionError("The first row is not there.")
    points = _property(twin, source, "Points")
    due = _property(twin, source, "Due")
    with twin.store.transaction():
        for number in range(1, rows):
            name = f"Row {number}"
            (run,) = found.values["title"]
            kept = {
                **found.values,
                "title": [{**run, "plain_text": name, "text": {**run["text"], "content": name}}],
                points: number * 7919 % rows,
                due: {**found.values[due], "start": f"20{number % 90 + 10}-05-{number % 28 + 1:02}"},
            }
            fresh = replace(found, id=f"{rows:08x}-0000-4000-8000-{number:012x}", seq=0, values=kept)
            repository.save_page(
                twin.store, replace(fresh, created=START + number * 1000, edited=START + number * 1000)
            )
    return source


def _property(twin: Twin, source: str, name: str) -> str:
    record = repository.data_source(twin.store, source)
    prop = None if record is None else record.named(name)
    if prop is None:
        raise AssertionError(f"There is no property {name}.")
    return prop.id


def _time(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
        if sum(times) > 5:
            break
    return median(times)
