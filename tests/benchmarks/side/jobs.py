"""Jobs in which the number of requests is what counts, each beside the fewest that could do it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.twin import Twin, open_twin, repository
from tests.benchmarks.side.bounds import fewest
from tests.benchmarks.side.skipping import run
from tests.benchmarks.side.workspace import Limits, Meter, limited, session

Fill = Callable[[Twin], None]

LONG_AGO = 1_700_000_000_000

HEAD = '[workspace]\nname = "Bench"\nparent = "env:P"\nrate = "{rate}"\n'


@dataclass(frozen=True)
class Job:
    """A workspace, what it is to become, and the fewest requests: to plan it, and to carry it out at some limits."""

    name: str
    fill: Fill
    state: str
    plan: int
    apply: Callable[[Limits], int]


@dataclass(frozen=True)
class Done:
    """What a job took. Seconds include computing, the twin's too."""

    name: str
    requests: int
    bound: int
    seconds: float


def measured(job: Job, limits: Limits) -> Done:
    """Plans and applies the job on a twin of its own."""
    return run(_measured(job, limits))


async def _measured(job: Job, limits: Limits) -> Done:
    with open_twin(":memory:") as twin:
        job.fill(twin)
        limited(twin, limits)
        state = state_of(job.state, twin, limits)
        async with session(twin, state, limits) as ours:
            meter = Meter(twin)
            plan = await ours.plan()
            planned = meter.read()
            requests, seconds, bound = planned.requests + 2, planned.seconds, job.plan
            if not plan.empty:
                meter = Meter(twin)
                outcome = await ours.apply(plan)
                if outcome.refused or not outcome.after.empty:
                    raise AssertionError([f.what for f in (*outcome.refused, *outcome.unsettled)])
                applied = meter.read()
                requests, seconds = requests + outcome.requests, seconds + applied.seconds
                bound += job.apply(limits)
    return Done(job.name, requests, bound, seconds)


def state_of(said: str, twin: Twin, limits: Limits) -> State:
    """The state of one file, which holds ``said`` after its `[workspace]`."""
    with TemporaryDirectory() as folder:
        head = HEAD.format(rate=f"{limits[0]}/{limits[1]:.0f}s")
        Path(folder, "state.toml").write_text(head + said, encoding="utf-8")
        return load(Path(folder), env={"P": twin.root_page_id}, base=Path(folder))


def checks(writes: int, limits: Limits) -> int:
    """How often it must be asked what moved while so many rows are written."""
    allowed, seconds = limits
    return fewest("check of moved ground", n=writes, allowed=allowed, seconds=seconds)


def frame() -> int:
    """What every first run takes that binds a database, whatever it does."""
    return fewest("run") + fewest("first archive") + fewest("bound database")


def run_with(archived: int, size: int) -> int:
    """A first run that archives so many values of so many bytes each."""
    return frame() + fewest("archived values", n=archived, size=size)


def all_jobs() -> Iterator[Job]:
    """Every job of the table."""
    yield three(100_000)
    yield corrections(100_000, 1_000)
    yield merge(5_000)
    yield drop(10_000)


def corrections(rows: int, matching: int) -> Job:
    """Some rows of very many get another option."""
    return Job(
        name=f"{matching:,} corrections in {rows:,}",
        fill=lambda twin: filled(twin, "Many", rows, lambda n: "Wrong" if n < matching else "Open"),
        state=MANY
        + '[corrections.c]\nin = ["many"]\nwhere = { Stage = "Wrong" }\nset = { Stage = "Done" }\nsource = "x"\n',
        plan=fewest("workspace before the first run") + fewest("database found by title") + fewest("rows", n=matching),
        apply=lambda limits: fewest("overwritten rows", n=matching) + checks(matching, limits) + run_with(matching, 60),
    )


def three(rows: int) -> Job:
    """Three rules, each of one row that it names by its key."""
    rules = (
        f'[corrections.c{number}]\nin = ["many"]\nrows = "Many-{number}"\nset = {{ Stage = "Done" }}\nsource = "x"\n'
        for number in (1, rows // 2, rows - 1)
    )
    return Job(
        name=f"three corrections in {rows:,}",
        fill=lambda twin: filled(twin, "Many", rows, lambda n: "Open"),
        state=MANY + "".join(rules),
        plan=fewest("workspace before the first run") + fewest("database found by title") + fewest("rows", n=3),
        apply=lambda limits: (
            fewest("overwritten rows", n=3) + checks(3, limits) + frame() + 3 * fewest("archived values", n=1, size=60)
        ),
    )


def merge(rows: int) -> Job:
    """All rows of one database move into another."""
    return Job(
        name=f"a merge of {rows:,} rows",
        fill=lambda twin: both(twin, rows),
        state=MANY + '[merges.m]\nfrom = { title = "Other" }\ninto = "many"\nmatch = "Key"\nthen = "keep"\n',
        plan=fewest("workspace before the first run")
        + 2 * fewest("database found by title")
        + fewest("rows", n=rows)
        + fewest("rows", n=1),
        apply=lambda limits: (
            fewest("look before rows move") + fewest("moved rows", n=rows) + checks(rows, limits) + run_with(rows, 400)
        ),
    )


def drop(values: int) -> Job:
    """A field goes."""
    return Job(
        name=f"a drop of {values:,} values",
        fill=lambda twin: filled(twin, "Many", values, lambda n: "Open"),
        state=MANY + '[drops.d]\nwhat = "many.Notes"\nreason = "x"\n',
        plan=fewest("workspace before the first run") + fewest("database found by title") + fewest("rows", n=values),
        apply=lambda limits: (
            fewest("dropped field") + fewest("changed database") - fewest("bound database") + run_with(values, 60)
        ),
    )


MANY = """
[databases.many]
title = "Many"
key   = "Key"
[databases.many.fields]
Name  = "title"
Key   = "rich_text"
Stage = { type = "select", options = [{ name = "Open" }, { name = "Done" }, { name = "Wrong" }] }
"""
COLUMNS = {
    "Name": {"title": {}},
    "Key": {"rich_text": {}},
    "Notes": {"rich_text": {}},
    "Stage": {"select": {"options": [{"name": "Open"}, {"name": "Done"}, {"name": "Wrong"}]}},
}


def filled(twin: Twin, title: str, rows: int, stage: Callable[[int], str]) -> None:
    """A database with so many rows that nobody edited for long."""
    body = {
        "parent": {"page_id": twin.root_page_id},
        "title": [{"text": {"content": title}}],
        "initial_data_source": {"properties": COLUMNS},
    }
    source = str(twin.call("POST", "databases", body)["data_sources"][0]["id"])
    patterns = {}
    for name in {stage(n) for n in range(rows)}:
        values = {
            "Name": {"title": [{"text": {"content": "Row"}}]},
            "Key": {"rich_text": [{"text": {"content": "key"}}]},
            "Notes": {"rich_text": [{"text": {"content": "a note"}}]},
            "Stage": {"select": {"name": name}},
        }
        answer = twin.call("POST", "pages", {"parent": {"data_source_id": source}, "properties": values})
        found = repository.page(twin.store, answer["id"])
        if found is None:
            raise AssertionError("The pattern of a row is not there.")
        twin.call("PATCH", f"pages/{answer['id']}", {"in_trash": True})
        patterns[name] = (found, next(key for key, value in found.values.items() if _says(value, "key")))
    with twin.store.transaction():
        for number in range(rows):
            pattern, key = patterns[stage(number)]
            values = {**pattern.values, key: _saying(pattern.values[key], f"{title}-{number}")}
            values["title"] = _saying(values["title"], f"{title} {number}")
            when = LONG_AGO + number * 1000
            fresh = replace(pattern, id=_id(title, number), seq=0, values=values, created=when, edited=when)
            repository.save_page(twin.store, fresh)


def both(twin: Twin, rows: int) -> None:
    """The source of a merge, and a target with one row."""
    filled(twin, "Many", 1, lambda n: "Open")
    filled(twin, "Other", rows, lambda n: "Open")


def _id(title: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{title}/{number}"))


def _says(value: object, text: str) -> bool:
    return isinstance(value, list) and bool(value) and value[0].get("plain_text") == text


def _saying(value: Any, text: str) -> list[dict[str, object]]:
    (run_,) = value
    return [{**run_, "plain_text": text, "text": {"content": text, "link": None}}]
