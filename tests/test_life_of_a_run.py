"""The worked example of docs/life-of-a-run.md counts the requests that the demo really sends."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

from reconciler.demo import export_path, state_path
from reconciler.desired import load
from reconciler.planning.steps.base import Phase
from reconciler.twin import open_twin
from reconciler.twin.export import load as load_export
from tests.engine.sessions import session

PAGE = Path(__file__).parents[1] / "docs" / "life-of-a-run.md"


def _counted(path: Path) -> tuple[dict[str, int], Counter[str]]:
    """Requests of the demo's plan, apply and second plan, as the twin received them; and of the apply by phase."""
    state = load(state_path(), env={}, base=state_path().parent)

    async def run() -> tuple[dict[str, int], Counter[str]]:
        with open_twin(path) as twin:
            load_export(twin, export_path())
            loaded = len(twin.requests)
            async with session(twin, state, read_only=False) as one:
                plan = await one.plan()
                planned = len(twin.requests) - loaded
                applied = await one.apply(plan)
            after = len(twin.requests) - loaded - planned - applied.requests
        phases: Counter[str] = Counter()
        for step in plan.steps:
            phases[step.phase.name] += step.requests
        return {"first plan": planned, "apply": applied.requests, "the plan after it": after}, phases

    return asyncio.run(run())


def test_the_worked_example_counts_what_is_sent(tmp_path: Path) -> None:
    received, phases = _counted(tmp_path / "twin.sqlite")
    page = PAGE.read_text(encoding="utf-8")
    assert {
        name: int(number) for name, number in re.findall(r"^\| \*\*(.+): (\d+)\*\*", page, re.MULTILINE)
    } == received
    told = dict(re.findall(rf"^\| ({'|'.join(Phase.__members__)}): .* \| (\d+) \|$", page, re.MULTILINE))
    assert {name: int(number) for name, number in told.items()} == dict(phases)


def test_the_parts_of_the_worked_example_add_up() -> None:
    example = PAGE.read_text(encoding="utf-8").split("## 9.")[1]
    _, *parts = re.split(r"^\| \*\*.+: (\d+)\*\*", example, flags=re.MULTILINE)
    for total, rows in zip(parts[::2], parts[1::2], strict=True):
        assert sum(map(int, re.findall(r"\| (\d+) \|$", rows, re.MULTILINE))) == int(total)


def test_the_page_names_every_phase_in_order() -> None:
    page = PAGE.read_text(encoding="utf-8").split("## 5.")[1].split("## 6.")[0]
    assert re.findall(r"^\| ([A-Z]+) \|", page, re.MULTILINE) == list(Phase.__members__)
