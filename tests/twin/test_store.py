"""The file: survives being killed, is held by one process, and says clearly what is wrong with it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from reconciler.twin import Twin, TwinStoreError, dump, open_twin, reset, tree
from tests.twin.build import edges, make, query, row, text

WRITER = """
import sys
from reconciler.twin import open_twin
from tests.twin.build import make, row, edges
twin = open_twin(sys.argv[1])
left = make(twin, "Left")
right = make(twin, "Right", L={"relation": {"data_source_id": left, "dual_property": {}}})
print(left, right, flush=True)
target = row(twin, left, "target")
for n in range(100000):
    row(twin, right, str(n), L=edges(target))
    print(n, flush=True)
"""


def test_everything_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "twin.db"
    with open_twin(path) as twin:
        source = make(twin)
        row(twin, source, "a")
        known = (twin.token, twin.root_page_id, twin.workspace_id, twin.bot_id)
    with open_twin(path) as twin:
        assert (twin.token, twin.root_page_id, twin.workspace_id, twin.bot_id) == known
        assert query(twin, source) == ["a"]


@pytest.mark.parametrize("after", [3, 40])
def test_kill_dash_nine_loses_no_finished_request_and_leaves_none_half_done(tmp_path: Path, after: int) -> None:
    path = tmp_path / "twin.db"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    left, right = writer.stdout.readline().split()
    for _ in range(after):
        last = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with open_twin(path) as twin:
        rows = query(twin, right, sorts=[{"timestamp": "created_time", "direction": "ascending"}])
        assert len(rows) >= min(last + 1, 100)
        document = dump(twin)
        by_id = {database["data_source_id"]: database for database in document["databases"]}
        edges_here = {r["id"] for r in by_id[right]["rows"] if r["values"]["L"]}
        (target,) = by_id[left]["rows"]
        assert set(target["values"]["Related to Right (L)"]) == edges_here == {r["id"] for r in by_id[right]["rows"]}


FILES = """
import sys
from reconciler.twin import Field, open_twin
from tests.twin.build import make, row
twin = open_twin(sys.argv[1])
source = make(twin, "Files", F={"files": {}})
print(source, flush=True)
for n in range(100000):
    upload = twin.call("POST", "file_uploads", {"filename": "a.bin"})["id"]
    content = bytes([n % 256]) * 1_000_000
    twin.call("POST", f"file_uploads/{upload}/send", form={"file": Field(content=content, filename="a.bin")})
    row(twin, source, str(n), F={"files": [{"type": "file_upload", "file_upload": {"id": upload}}]})
    print(n, flush=True)
"""


@pytest.mark.parametrize("milliseconds", [1, 19])
def test_kill_dash_nine_at_any_moment_leaves_files_whole(tmp_path: Path, milliseconds: int) -> None:
    path = tmp_path / "twin.db"
    writer = subprocess.Popen([sys.executable, "-c", FILES, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    source = writer.stdout.readline().strip()
    writer.stdout.readline()
    time.sleep(milliseconds / 1000)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    said = writer.stdout.read().split("\n")[:-1]
    writer.stdout.close()
    with open_twin(path) as twin:
        pages = twin.call("POST", f"data_sources/{source}/query", {})["results"]
        assert len(pages) > len(said)
        for page in pages:
            number = int(page["properties"]["Name"]["title"][0]["plain_text"])
            (file,) = page["properties"]["F"]["files"]
            where = urlsplit(file["file"]["url"])
            found = twin.download(where.path.removeprefix("/_twin/files"), dict(parse_qsl(where.query)))
            assert (found.status, found.content) == (200, bytes([number % 256]) * 1_000_000)


def test_a_second_process_is_told_that_the_file_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "twin.db"
    with open_twin(path):
        script = (
            "import sys\nfrom reconciler.twin import open_twin, TwinStoreError\n"
            "try:\n    open_twin(sys.argv[1])\nexcept TwinStoreError as error:\n    print(error.reason)\n"
        )
        said = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert "is locked: another process has this twin open" in said.stdout
    with open_twin(path):
        pass


def damaged(path: Path) -> None:
    with open_twin(path) as twin:
        source = make(twin)
        for n in range(200):
            row(twin, source, "x" * 500 + str(n))
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (a)")
    connection.commit()
    connection.close()


def newer(path: Path) -> None:
    with open_twin(path) as twin:
        twin.store.run("PRAGMA user_version = 99")


def noise(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damaged, "is damaged"),
        (foreign, "of another program"),
        (newer, "newer version"),
        (noise, "is damaged or no twin's file"),
        (folder, "cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "twin.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(TwinStoreError) as caught:
        open_twin(path)
    assert said in caught.value.reason
    assert str(path) in caught.value.reason
    assert "sqlite3" not in caught.value.reason
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TwinStoreError, match="does not exist"):
        open_twin(tmp_path / "no" / "twin.db")


def test_reset_makes_a_new_workspace(tmp_path: Path) -> None:
    path = tmp_path / "twin.db"
    with open_twin(path) as twin:
        make(twin)
        token = twin.token
    reset(path)
    with open_twin(path) as twin:
        assert twin.token != token
        assert dump(twin)["databases"] == []


# -- documents -----------------------------------------------------------------------------------------------------


def test_a_dump_holds_everything(twin: Twin) -> None:
    left = make(twin, "Left", S={"select": {"options": [{"name": "A", "color": "red"}]}})
    right = make(twin, "Right", L={"relation": {"data_source_id": left, "single_property": {}}}, D={"date": {}})
    a = row(twin, left, "a", S={"select": {"name": "A"}})
    b = row(twin, right, "b", L=edges(a), D={"date": {"start": "2024-01-01"}})
    twin.call("PATCH", f"blocks/{b}/children", {"children": [{"paragraph": {"rich_text": text("inside")}}]})
    twin.call("PATCH", f"pages/{a}", {"in_trash": True})
    document = dump(twin)
    first, second = document["databases"]
    assert (first["title"], first["data_source_id"]) == ("Left", left)
    assert first["properties"]["S"]["config"]["options"][0]["color"] == "red"
    assert [(r["title"], r["values"]["S"], r["in_trash"]) for r in first["rows"]] == [("a", "A", True)]
    (found,) = second["rows"]
    assert found["values"] == {"Name": "b", "L": [a], "D": {"start": "2024-01-01", "end": None}}
    assert found["content"][0]["paragraph"]["rich_text"][0]["plain_text"] == "inside"
    assert document == dump(twin)


def test_a_tree_cannot_steer_a_terminal(twin: Twin) -> None:
    source = make(twin, "Evil \x1b[31m\u202etxt")
    row(twin, source)
    shown = tree(twin)
    assert "Evil \\x1b[31m\\u202etxt  (database, 1 row)" in shown
    assert "\x1b" not in shown
    assert "    - Name: title" in shown


def test_a_token_is_not_in_a_twins_words(twin: Twin) -> None:
    assert twin.token not in repr(twin)
    assert twin.token not in str(dump(twin)) + tree(twin)
