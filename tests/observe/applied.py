"""The demo's workspace after one apply, to be changed as people change it, and verified."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.demo import export_path, state_path
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.observe.verify_report import Result, Status, VerifyReport
from reconciler.twin import Twin, open_twin
from reconciler.twin.export import load as load_export
from tests.engine.sessions import session

ARCHIVE = "wt-merged-data-archive"


def demo_state() -> State:
    """The demo's state."""
    return load(state_path(), env={}, base=state_path().parent)


def applied_twin(path: Path) -> int:
    """A twin in ``path`` with the demo's workspace, applied once; its time at the end, in milliseconds since 1970."""

    async def apply(twin: Twin) -> None:
        async with session(twin, demo_state(), read_only=False) as each:
            outcome = await each.apply(await each.plan())
            assert outcome.after.empty
            assert not outcome.refused

    with open_twin(path) as twin:
        load_export(twin, export_path())
        asyncio.run(apply(twin))
        return twin.clock()


@dataclass
class Workspace:
    """An applied twin in a test's own hands. ``ada`` is a token with which requests are edits of a person, Ada."""

    twin: Twin
    ada: str
    state: State

    @property
    def sources(self) -> dict[str, str]:
        """Data source ids by title."""
        only = {"property": "object", "value": "data_source"}
        found = self.twin.call("POST", "search", {"filter": only, "page_size": 100})["results"]
        return {"".join(part["plain_text"] for part in each["title"]): each["id"] for each in found}

    def rows(self, title: str) -> dict[str, dict[str, Any]]:
        """The pages of a database by title."""
        pages: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            body = {"page_size": 100, **({"start_cursor": cursor} if cursor else {})}
            answer = self.twin.call("POST", f"data_sources/{self.sources[title]}/query", body)
            for page in answer["results"]:
                named = next(p["title"] for p in page["properties"].values() if p["type"] == "title")
                pages["".join(part["plain_text"] for part in named)] = page
            cursor = answer["next_cursor"]
            if not cursor:
                return pages

    def row(self, title: str, phase: str) -> dict[str, Any]:
        """The row whose key is ``phase``."""
        return next(
            page
            for page in self.rows(title).values()
            for prop in page["properties"].values()
            if prop["type"] == "rich_text" and "".join(p["plain_text"] for p in prop["rich_text"]) == phase
        )

    def entry(self, beginning: str) -> dict[str, Any]:
        """The archive's page whose title begins so."""
        return next(page for title, page in sorted(self.rows(ARCHIVE).items()) if title.startswith(beginning))

    def edit(self, page: str, values: Mapping[str, Any]) -> None:
        """Ada sets values of a row."""
        self.twin.call("PATCH", f"pages/{page}", {"properties": dict(values)}, token=self.ada)

    def verify(self, state: State | None = None, *, store: bool = False) -> VerifyReport:
        """What `verify` says now; nothing is written unless the report is to be stored."""

        async def work() -> VerifyReport:
            async with session(self.twin, state or self.state, read_only=not store) as each:
                report = await each.verify()
                if store:
                    await each.store_report(report)
                return report

        return asyncio.run(work())


@contextmanager
def workspace(path: Path, now: int) -> Iterator[Workspace]:
    """The applied twin in ``path``, its clock standing at ``now``."""
    with open_twin(path, clock=lambda: now) as twin:
        ada = twin.admin.acting_as(twin.admin.person("Ada", "ada@example.org"))
        yield Workspace(twin=twin, ada=ada, state=demo_state())


def sensitive(state: State) -> State:
    """The state with every database declared sensitive."""
    return replace(state, databases={key: replace(db, sensitive=True) for key, db in state.databases.items()})


def not_ok(report: VerifyReport, status: Status = Status.FAIL) -> dict[str, Result]:
    """The results of that status by group, address and check."""
    return {f"{r.group} {r.address} {r.check}": r for r in report.results if r.status is status}
