"""Plans from records of the real service: its own recorded answers, as a record keeps them, pulled and planned offline.

The recordings lie beside a checkout in some workplaces and are no part of the repository; without them this is skipped.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler import api
from reconciler.cli import exits
from reconciler.cli.app import run
from reconciler.cli.generated import put
from reconciler.cli.pull import Pulled, gather
from reconciler.model.live import LiveDatabase
from reconciler.notion.snapshot import Header, recording

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
ROOT = "00000000-0000-4000-8000-000000000001"
"""The page under which the recorded databases lie."""
FILES = sorted(RECORDINGS.glob("*.jsonl.gz"))

pytestmark = pytest.mark.skipif(not FILES, reason="no recordings of the real service beside this checkout")


def answered(file: Path) -> Iterator[dict[str, Any]]:
    """What the service answered to reads, as a record keeps it."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            path, answer = one["path"].removeprefix("/v1/"), one["response_body"]
            if one["status"] == 200 and (one["method"] == "GET" or path.endswith("query") or path == "search"):
                yield kept(one["method"], path, answer, one["query"] or {})


def kept(method: str, path: str, answer: Any, query: Any) -> dict[str, Any]:
    return {"request": {"method": method, "path": path, "query": query, "body": "0" * 64}, "answer": answer}


def sources(answer: Any) -> Iterator[dict[str, Any]]:
    """Every data source that stands in an answer."""
    if isinstance(answer, dict):
        if answer.get("object") == "data_source" and "properties" in answer:
            yield answer
        answer = list(answer.values())
    for each in answer if isinstance(answer, list) else ():
        yield from sources(each)


def children(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The parent page's children, which nobody recorded: the databases that lie on it."""
    last = {one["parent"].get("database_id"): one for each in answers for one in sources(each["answer"])}
    blocks = [
        {
            **{word: one[word] for word in ("created_time", "created_by", "last_edited_time", "last_edited_by")},
            "object": "block", "id": database, "parent": {"type": "page_id", "page_id": ROOT}, "has_children": False,
            "in_trash": False, "type": "child_database",
            "child_database": {"title": "".join(part["plain_text"] for part in one["title"])},
        }
        for database, one in last.items()
        if one["database_parent"].get("page_id") == ROOT and not one["in_trash"]
    ]  # fmt: skip
    listed = {"object": "list", "results": blocks, "has_more": False, "next_cursor": None, "type": "block", "block": {}}
    return kept("GET", f"blocks/{ROOT}/children", listed, {})


@pytest.fixture(params=FILES[-1:], ids=lambda file: file.name)
def work(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a record of the service's answers, and what a pull writes of it."""
    answers = list(answered(request.param))
    header = Header(
        workspace=ROOT.replace("1", "a"), workspace_name="Real", parent=ROOT, bot=ROOT.replace("1", "b"),
        bot_name="Bot", taken="", complete=False, searched=True,
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with recording() as record:
        record.keep([*answers, children(answers)])
        record.save(tmp_path / "record", header)

    async def live() -> tuple[LiveDatabase, ...]:
        async with api.connect(api.recorded(Path("record")), api.empty_state(), read_only=True) as session:
            return await session.databases()

    pulled: Pulled = gather(asyncio.run(live()), (), None, Path("state"), {"name": "Real"})
    assert len(pulled.keys) > 40
    assert {said.partition(": ")[2] for said in pulled.skipped} == {
        "passed over, it is a wiki",
        "passed over, it has no data source that the token can see",
        "passed over, it has 2 data sources",
    }
    put(list(pulled.files))
    return tmp_path


def test_what_the_service_answered_is_pulled_and_plans_to_nothing_offline(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", "--from", "record", "--detailed-exitcode"]) == exits.OK
    shown = capsys.readouterr()
    assert "No changes. The workspace matches the state." in shown.out
    assert "record record" in shown.err
    assert not (work / ".wtstate").exists()


def test_a_change_of_the_files_is_planned_and_proved_on_it(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = re.compile(r'^(\w+) = "rich_text"$', re.MULTILINE)
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((work / "state").glob("*.toml"))}
    file, found = next((path, match) for path, said in texts.items() if (match := plain.search(said)))
    renamed = f'"Another name" = {{ type = "rich_text", was = ["{found[1]}"] }}'
    file.write_text(texts[file].replace(found[0], renamed), encoding="utf-8")
    assert run(["plan", "--from", "record", "--detailed-exitcode"]) == exits.CHANGES
    out = capsys.readouterr().out
    assert re.search(rf'rename field "?{found[1]}"? → "Another name"', out)
    assert "proof: converges" in out
    # A database that is not on the page is searched for, as on Notion; the same bytes each time.
    (work / "state" / "other.toml").write_text('[databases.other]\nwas = ["Nobody has it"]\n', encoding="utf-8")
    assert run(["plan", "--from", "record"]) == exits.ERROR
    assert "not-found" in capsys.readouterr().out
