"""Every logger of the process at its most talkative, over a whole run: neither the token nor a sensitive value."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from reconciler.twin import open_twin
from tests.engine.sessions import session
from tests.engine.test_memory import state_of
from tests.live import Live

SECRET = "Zq7-hush"
STATE = """
[databases.staff]
was = ["Staff"]
sensitive = true
undeclared = "archive"
[databases.staff.fields]
Name = { type = "title", tidy = "trim" }
n = "number"
"""


def test_a_whole_run_logs_neither_the_token_nor_a_sensitive_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    columns = {"Name": "title", "n": "rich_text", "gone": "rich_text"}
    rows = [{"Name": f"{SECRET} title ", "n": f"{SECRET} n", "gone": f"{SECRET} gone"}, {"Name": "b", "n": "12"}]
    state = state_of(tmp_path, STATE)
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"Staff": {"properties": columns, "rows": rows}}})

        async def run() -> None:
            async with session(twin, state, read_only=False) as opened:
                outcome = await opened.apply(await opened.plan())
                assert not outcome.refused
                await opened.verify()

        asyncio.run(run())
        said = "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records)
        assert "data_sources" in said, "nothing was logged, so nothing was searched"
        assert twin.token not in said
        assert SECRET not in said
