"""A backup holds everything: the twin that opens it is the workspace, and plans come out the same."""

from __future__ import annotations

import asyncio
import gzip
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.state import State
from reconciler.twin import SnapshotError, Twin, dump, load_snapshot, open_twin, snapshot_lines
from tests.cases.case import stages
from tests.cases.test_cases import CASES, ROOT
from tests.engine.rounds import How, planned, scope
from tests.live import Live
from tests.snapshots.taking import backed_up, living, state_of


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:") as made:
        yield made


def _opened(file: Path) -> Twin:
    opened = open_twin(":memory:")
    load_snapshot(opened, snapshot_lines(file))
    return opened


def _databases(twin: Twin) -> dict[str, Any]:
    """What a twin holds by id, rows in order; what is in the trash is in no list, and in no backup."""
    kept = {}
    for database in dump(twin)["databases"]:
        rows = [row for row in database["rows"] if not row["in_trash"]]
        if not database["in_trash"]:
            kept[database["id"]] = {**database, "rows": rows}
    return kept


def test_the_twin_that_opens_a_backup_is_the_workspace(twin: Twin, tmp_path: Path) -> None:
    live = living(twin)
    file = tmp_path / "backup.gz"
    everything = asyncio.run(backed_up(twin, state_of(tmp_path / "state"), file))
    assert (everything.databases, everything.rows, everything.comments, everything.unread) == (2, 3, 1, [])
    with _opened(file) as opened:
        # The trashed row is known by the edge that leads to it alone, which shows in neither.
        assert _shown(opened, live) == _shown(twin, live)
        for path in ("users", "users/me", f"blocks/{twin.root_page_id}/children"):
            assert _answer(opened, path) == _answer(twin, path), path


def _shown(twin: Twin, live: Live) -> dict[str, Any]:
    """Everything that a client sees of the two databases that are not in the trash."""
    shown: dict[str, Any] = {}
    for title in ("Projects", "Phases"):
        source = live.sources[title]
        shown[title] = [
            _answer(twin, f"databases/{live.databases[title]}"),
            _answer(twin, f"data_sources/{source}"),
            _answer(twin, f"data_sources/{source}/query", "POST"),
            [_answer(twin, f"views/{view['id']}") for view in _views(twin, source)],
        ]
        rows = twin.call("POST", f"data_sources/{source}/query")["results"]
        shown[f"{title} pages"] = [_answer(twin, f"blocks/{row['id']}/children") for row in rows]
        shown[f"{title} comments"] = [_comments(twin, row["id"]) for row in rows]
    return shown


def _views(twin: Twin, source: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = twin.call("GET", "views", query={"data_source_id": source})["results"]
    return listed


def _comments(twin: Twin, page: str) -> Any:
    return _plain(twin.call("GET", "comments", query={"block_id": page}))


def _answer(twin: Twin, path: str, method: str = "GET") -> Any:
    return _plain(twin.call(method, path))


def _plain(found: Any) -> Any:
    """An answer without what is new each time: ids of requests, signatures of urls."""
    if isinstance(found, dict):
        left = {key: _plain(value) for key, value in found.items() if key not in ("request_id", "expiry_time")}
        if "url" in left and isinstance(left["url"], str):
            left["url"] = left["url"].partition("?")[0]
        return left
    return [_plain(each) for each in found] if isinstance(found, list) else found


@pytest.mark.parametrize("case", CASES)
def test_the_plan_on_a_backup_is_the_plan_on_the_original(case: str, twin: Twin, tmp_path: Path) -> None:
    stage = next(stages(ROOT / case))
    if stage.flags().get("error"):
        pytest.skip("there is no plan")
    Live(twin).load(stage.words("live"))
    state, how, file = stage.state(tmp_path), scope(stage.flags()), tmp_path / "backup.gz"
    asyncio.run(backed_up(twin, state, file, with_sensitive=True))
    with _opened(file) as opened:
        assert _plan(opened, state, how) == _plan(twin, state, how)


def _plan(twin: Twin, state: State, how: How) -> str:
    return asyncio.run(planned(twin, state, how))[1]


def test_the_file_is_its_owners_and_holds_no_token(twin: Twin, tmp_path: Path) -> None:
    living(twin)
    file = tmp_path / "backup.gz"
    asyncio.run(backed_up(twin, state_of(tmp_path / "state"), file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert twin.token not in gzip.decompress(file.read_bytes()).decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.gz", "state"]


def test_what_cannot_be_read_is_said_and_the_rest_is_kept(twin: Twin, tmp_path: Path) -> None:
    live = living(twin)
    twin.admin.unshare(live.databases["Projects"])
    file = tmp_path / "backup.gz"
    everything = asyncio.run(backed_up(twin, state_of(tmp_path / "state"), file))
    assert [(f.code, f.address) for f in everything.unread] == [("not-backed-up", live.databases["Projects"])]
    with _opened(file) as opened:
        rows = f"data_sources/{live.sources['Phases']}/query"
        assert _answer(opened, rows, "POST") == _answer(twin, rows, "POST")


@pytest.fixture
def backup(twin: Twin, tmp_path: Path) -> Path:
    living(twin)
    file = tmp_path / "backup.gz"
    asyncio.run(backed_up(twin, state_of(tmp_path / "state"), file))
    return file


def _header(lines: list[bytes], **changed: Any) -> list[bytes]:
    return [json.dumps({**json.loads(lines[0]), **changed}).encode() + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda lines: lines[:-1], "its end is missing"),
        (lambda lines: [*lines[:3], *lines[4:]], "its lines are not those that were written"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "its lines are not those that were written"),
        (lambda lines: [*lines, lines[1]], "something follows its end"),
        (lambda lines: [*lines[:2], lines[2][:-20] + b"\n", *lines[3:]], "a line is not JSON"),
        (lambda lines: [*lines[:2], b"[]\n", *lines[3:]], "a line is no object"),
        (lambda lines: [*lines[:2], b'{"request":1}\n', *lines[3:]], "a line holds no answer"),
        (lambda lines: _header(lines, version=2), "newer version"),
        (lambda lines: _header(lines, format="other"), "no snapshot of wtstate"),
        (lambda lines: _header(lines, workspace=None), "does not say of what workspace"),
        (lambda lines: [], "a line is not JSON"),
    ],
)
def test_a_snapshot_that_is_not_whole_is_refused_and_the_twin_stays(backup: Path, harm: Any, said: str) -> None:
    lines = list(snapshot_lines(backup))
    with open_twin(":memory:") as fresh:
        before = dump(fresh)
        with pytest.raises(SnapshotError, match=said):
            load_snapshot(fresh, harm(lines))
        assert dump(fresh) == before
        assert fresh.call("GET", "users/me")["object"] == "user"


def test_a_file_that_ends_in_the_middle_is_refused(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-30])
    with open_twin(":memory:") as fresh, pytest.raises(SnapshotError, match="ends in the middle"):
        load_snapshot(fresh, snapshot_lines(backup))


def test_a_twin_that_holds_something_takes_no_snapshot(twin: Twin, backup: Path) -> None:
    before = dump(twin)
    with pytest.raises(SnapshotError, match="another workspace"):
        load_snapshot(twin, snapshot_lines(backup))
    assert dump(twin) == before
