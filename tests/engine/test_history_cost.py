"""What an archive has seen costs a plan nothing: no request for batches that are done for long."""

from __future__ import annotations

from pathlib import Path

from reconciler.api import Session
from reconciler.desired.state import State
from reconciler.memory import memory as memories
from reconciler.memory.memory import Batch
from reconciler.twin import Twin, open_twin
from tests.engine.test_memory import NAME, applied, on, state_of
from tests.live import Live

BATCHES = 300
RULES = (
    '[databases.a]\nkey = "Name"\nfields = { Name = "title" }\n'
    '[merges.b]\nfrom = { title = "b" }\ninto = "a"\nthen = "keep"\n'
)
MORE = RULES + '[rows.y]\nin = "a"\nkey = "y"\nset = { Name = "y" }\n'


def _remembered(twin: Twin, archive: str, number: int) -> None:
    batch = Batch(
        id=f"20250101-{number // 60:02}{number % 60:02}00-0000",
        status="done",
        started="2025-01-01T00:00:00Z",
        finished="2025-01-01T00:00:01Z",
        plan="correct-value x",
    )
    for properties in memories.batch_properties(batch):
        twin.call("POST", "pages", {"parent": {"data_source_id": archive}, "properties": properties})


def _asked(twin: Twin, state: State) -> tuple[list[tuple[str, str]], int, str]:
    """What a plan asks, what it says that an apply will cost, and the archive's data source."""

    async def work(opened: Session) -> tuple[int, str]:
        plan = await opened.plan()
        planned = opened._plans.last
        assert planned is not None
        archive = planned.reading.memory.archive
        assert archive is not None
        return plan.cost.requests, archive.data_source_id

    twin.requests.clear()
    cost, archive = on(twin, state, work)
    return [(each.method, each.path) for each in twin.requests], cost, archive


def test_three_hundred_batches_cost_a_plan_and_an_apply_nothing(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": NAME}, "b": {"properties": NAME, "rows": [{"Name": "x"}]}}})
        applied(twin, state_of(tmp_path, RULES))
        more = state_of(tmp_path, MORE)
        asked, cost, archive = _asked(twin, more)
        for number in range(BATCHES):
            _remembered(twin, archive, number)
        assert _asked(twin, more) == (asked, cost, archive)

        async def work(opened: Session) -> int:
            outcome = await opened.apply(await opened.plan())
            assert outcome.refused == ()
            assert outcome.after.empty
            return outcome.requests

        assert on(twin, more, work) == cost
