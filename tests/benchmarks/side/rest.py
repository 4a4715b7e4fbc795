"""Plans of 50 databases: the first one, and those that find nothing to do, without a cache and with one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.survey.cache import Cache
from reconciler.twin import open_twin
from tests.benchmarks.side.bounds import fewest
from tests.benchmarks.side.jobs import Done, filled, state_of
from tests.benchmarks.side.skipping import run
from tests.benchmarks.side.workspace import Limits, Meter, limited, session

DATABASES = 50
WITH_RULES = 10
"""Databases in which one row is declared, which has to be asked for."""
FIELDS = '[databases.d{n}]\ntitle = "Database {n}"\ndescription = "Kept by wtstate."\nkey = "Key"\n'
ROW = '[rows.r{n}]\nin = "d{n}"\nkey = "Database {n}-0"\nset = {{ Stage = "Open" }}\n'
NAMED = '[databases.d{n}.fields]\nName = "title"\nKey = "rich_text"\nStage = "select"\n'


def plans(limits: Limits) -> Iterator[Done]:
    """The plan that binds the databases, then two that find nothing to do."""
    yield from run(_plans(limits))


async def _plans(limits: Limits) -> list[Done]:
    tables = "".join(FIELDS.format(n=n) + NAMED.format(n=n) for n in range(DATABASES))
    said = tables + "".join(ROW.format(n=n) for n in range(WITH_RULES))
    asked = WITH_RULES * fewest("rows", n=1)
    found, known = (DATABASES * fewest(f"database {how}") for how in ("found by title", "known by id"))
    with open_twin(":memory:") as twin, TemporaryDirectory() as directory:
        for number in range(DATABASES):
            filled(twin, f"Database {number}", 1, lambda n: "Open")
        limited(twin, limits)
        state, cache = state_of(said, twin, limits), Cache(directory=Path(directory), place=(twin.token,))
        done = []
        for name, kept, bound in (
            ("by title", None, fewest("workspace before the first run") + found + asked),
            ("by id", None, fewest("workspace") + known + asked),
            ("", cache, 0),
            ("cached", cache, fewest("workspace that the machine knows") + known + asked),
        ):
            meter = Meter(twin)
            async with session(twin, state, limits, cache=kept) as ours:
                plan = await ours.plan()
                took = meter.read()
                if name == "by title":
                    await ours.apply(plan)
                elif not plan.empty:
                    raise AssertionError("there is something to do")
            if bound:
                done.append(Done(f"{DATABASES} databases, {name}", took.requests, bound, took.seconds))
        return done
