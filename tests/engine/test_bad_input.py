"""Bad input, item by item: one clear error on stderr, exit 1, no traceback, nothing lost.

Every command runs as a user's does. What Ctrl-C leaves behind is in tests/cli and tests/faults.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.twin import open_twin
from tests.cli.running import ENTRY, Ran, environment, wtstate
from tests.live import Live, Words

GOOD = '[workspace]\nname = "W"\narchive = "archive"\n[databases.tasks.fields]\nName = "title"\n'
TWIN = Path(".wtstate") / "twin.sqlite"


def directory(path: Path, *states: str, live: Words | None = None) -> Path:
    """A working directory with a state and a twin that holds a workspace."""
    (path / "state").mkdir()
    for number, said in enumerate(states):
        (path / "state" / f"{number}.toml").write_text(said, encoding="utf-8")
    (path / TWIN).parent.mkdir(mode=0o700)
    with open_twin(path / TWIN) as twin:
        Live(twin).load(live or {})
    return path


def contents(path: Path) -> str:
    """Everything in the twin."""
    ran = wtstate("twin", "show", "--json", cwd=path)
    assert ran.code == exits.OK, ran.err
    return ran.out


def one_error(ran: Ran, code: str, *words: str) -> None:
    """Asserts that the command ended with exit 1 and the error of that code, which says what to do."""
    assert ran.code == exits.ERROR, ran.out + ran.err
    assert f"error[{code}]" in ran.err, ran.err
    assert "Traceback" not in ran.out + ran.err
    assert "internal error" not in ran.err
    assert "→ " in ran.err, "no next step"
    for word in words:
        assert word in ran.err, ran.err


BAD_FILES = {
    "not-toml": ("[databases\n", "0.toml:1:"),
    "unknown-key": ('[databases.a]\ntitel = "x"\n', "did you mean"),
    "unknown-type": ('[databases.a.fields]\nx = "rich_txt"\n', "rich_text"),
    "unknown-color": (
        '[databases.a.fields]\nx = { type = "select", options = [{ name = "a", color = "grey" }] }\n',
        "gray",
    ),
    "unknown-format": ('[databases.a.fields]\nx = { type = "number", format = "euros" }\n', "euro"),
    "unknown-database": ('[databases.a.fields]\nx = { type = "relation", to = "b" }\n', "0.toml:2:"),
    "unknown-field": ('[databases.a]\nkey = "b"\n[databases.a.fields]\nName = "title"\n', "0.toml:2:"),
    "no-databases": ('[workspace]\nname = "x"\n', "0.toml"),
    "drops-everything": ('[databases.a]\n[drops.a]\nwhat = "a"\n', ""),
    "reference-cycle": (
        '[databases.a.fields]\nself = { type = "relation", to = "a" }\n'
        'x = { type = "rollup", relation = "self", property = "y", function = "sum" }\n'
        'y = { type = "rollup", relation = "self", property = "x", function = "sum" }\n',
        "a.x",
    ),
    "too-many-options": (
        '[databases.a.fields]\nx = { type = "select", options = ['
        + ", ".join(f'{{ name = "o{n}" }}' for n in range(101))
        + "] }\n",
        "101",
    ),
}


@pytest.mark.parametrize("code", sorted(BAD_FILES))
def test_a_bad_state_file(code: str, tmp_path: Path) -> None:
    said, word = BAD_FILES[code]
    path = directory(tmp_path, said)
    one_error(wtstate("validate", cwd=path), code, word)
    one_error(wtstate("plan", cwd=path), code, word)


def test_two_files_that_declare_one_database(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD, '[databases.tasks]\ndescription = "again"\n')
    one_error(wtstate("plan", cwd=path), "declared-twice", "0.toml", "1.toml")


def test_no_state_directory(tmp_path: Path) -> None:
    one_error(wtstate("plan", cwd=tmp_path), "state-missing", "state")


def test_an_empty_state_directory(tmp_path: Path) -> None:
    one_error(wtstate("plan", cwd=directory(tmp_path)), "state-empty", "state")


def test_an_empty_file(tmp_path: Path) -> None:
    one_error(wtstate("plan", cwd=directory(tmp_path, "")), "no-databases")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    (path / "state" / "0.toml").chmod(0)
    one_error(wtstate("plan", cwd=path), "file-unreadable", "0.toml")


def test_a_directory_that_is_called_like_a_file(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    (path / "state" / "1.toml").mkdir()
    ran = wtstate("plan", cwd=path)
    assert ran.code in (exits.OK, exits.ERROR)
    assert "Traceback" not in ran.err
    assert "internal error" not in ran.err


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    (path / "state" / "1.toml").write_bytes(b"a = '\xff\xfe'")
    one_error(wtstate("plan", cwd=path), "not-utf8", "1.toml")


TITLES: Words = {"Name": "title"}
BLOCKED: dict[str, tuple[Words, str]] = {
    "ambiguous": (
        {
            "databases": {
                "one": {"title": "Tasks", "properties": TITLES},
                "two": {"title": "Tasks", "properties": TITLES},
            }
        },
        '[databases.tasks]\nwas = ["Tasks"]\n',
    ),
    "both-live": (
        {"databases": {"Tasks": {"properties": TITLES}, "tasks": {"properties": TITLES}}},
        '[databases.tasks]\nwas = ["Tasks"]\n',
    ),
    "option-limit": (
        {
            "databases": {
                "tasks": {
                    "properties": {**TITLES, "s": {"type": "select", "options": [f"o{n}" for n in range(100)]}},
                    "rows": [{"Name": "1", "s": "o1"}],
                }
            }
        },
        '[databases.tasks.fields]\ns = { type = "select", options = [{ name = "new", was = ["o1"] }] }\n',
    ),
}


@pytest.mark.parametrize("code", sorted(BLOCKED))
def test_what_the_workspace_makes_impossible(code: str, tmp_path: Path) -> None:
    live, state = BLOCKED[code]
    path = directory(tmp_path, '[workspace]\nname = "W"\narchive = "archive"\n' + state, live=live)
    before = contents(path)
    one_error(wtstate("plan", cwd=path), code, "0.toml:")
    one_error(wtstate("apply", "--yes", cwd=path), code)
    assert contents(path) == before


def test_a_formula_that_is_refused(tmp_path: Path) -> None:
    state = GOOD + 'n = "number"\nbad = { type = "formula", expression = "nonsense(prop(\\"n\\")" }\n'
    live: Words = {"databases": {"tasks": {"properties": {**TITLES, "n": "number"}}}}
    path = directory(tmp_path, state, live=live)
    ran = wtstate("apply", "--yes", cwd=path)
    one_error(ran, "proof-failed", "tasks.bad")
    assert "(notion-refused)" in ran.err
    assert "bad" not in json.loads(contents(path))["databases"][0]["properties"]
    assert wtstate("plan", "--except", "tasks.bad", cwd=path).code == exits.OK


# -- saved plans -------------------------------------------------------------------------------------------------------

LIVE: Words = {"databases": {"Tasks": {"properties": TITLES, "rows": [{"Name": "1"}]}}}
RENAMES = '[workspace]\nname = "W"\narchive = "archive"\n[databases.tasks]\nwas = ["Tasks"]\n'


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A working directory with a saved plan."""
    path = directory(tmp_path, RENAMES + 'description = "Ours"\n', live=LIVE)
    assert wtstate("plan", "--out", "plan.json", cwd=path).code == exits.OK
    return path


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace('"tasks"', '"other"', 1), "plan-edited"),
        (lambda text: text.replace('"format_version": "', '"format_version": "9'), "plan-version"),
        (lambda text: text[: len(text) // 2], "plan-unreadable"),
        (lambda text: "", "plan-unreadable"),
    ],
    ids=["edited", "of another version", "cut off", "empty"],
)
def test_a_saved_plan_that_is_not_what_was_saved(saved: Path, spoil: object, code: str) -> None:
    assert callable(spoil)
    file = saved / "plan.json"
    file.write_text(spoil(file.read_text(encoding="utf-8")), encoding="utf-8")
    before = contents(saved)
    one_error(wtstate("apply", "plan.json", "--yes", cwd=saved), code, "plan.json")
    assert contents(saved) == before


def test_a_saved_plan_that_is_stale(saved: Path) -> None:
    with open_twin(saved / TWIN) as twin:
        Live(twin).edit({"databases": {"Tasks": {"description": "Theirs"}}})
    before = contents(saved)
    one_error(wtstate("apply", "plan.json", "--yes", cwd=saved), "moved", "tasks")
    assert contents(saved) == before


def test_a_saved_plan_that_is_not_there(saved: Path) -> None:
    ran = wtstate("apply", "nowhere.json", "--yes", cwd=saved)
    one_error(ran, "file", "nowhere.json")


# -- the twin's file ---------------------------------------------------------------------------------------------------


def test_a_damaged_twin(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    (path / TWIN).write_bytes(b"SQLite format 3\x00" + b"\x07" * 4000)
    one_error(wtstate("plan", cwd=path), "twin-store", "twin.sqlite")


def test_a_file_that_is_no_twin(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    (path / TWIN).write_text("hello", encoding="utf-8")
    one_error(wtstate("plan", cwd=path), "twin-store", "twin.sqlite")
    assert (path / TWIN).read_text(encoding="utf-8") == "hello"


def test_a_locked_twin(tmp_path: Path) -> None:
    path = directory(tmp_path, GOOD)
    holder = sqlite3.connect(path / TWIN, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        one_error(wtstate("plan", cwd=path), "twin-store", "twin.sqlite")
    finally:
        holder.rollback()
        holder.close()
    assert wtstate("plan", cwd=path).code == exits.OK


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = wtstate("twin", "serve", "--port", port, "--data", ":memory:", cwd=tmp_path)
    one_error(ran, "twin-port", port)


# -- tokens and pages, as on Notion ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str], dict[str, str]]]:
    """A working directory, the environment of a served twin, and tokens that lack something."""
    path = directory(tmp_path_factory.mktemp("notion"), RENAMES, live=LIVE)
    with open_twin(path / TWIN) as twin:
        admin = twin.admin
        tokens = {"reads only": admin.token(capabilities=("read",)), "reads nothing": admin.token(capabilities=())}
        tokens["sees nothing"] = admin.token()
        admin.unshare(twin.root_page_id, token=tokens["sees nothing"])
    process = subprocess.Popen(
        [sys.executable, "-c", ENTRY, "twin", "serve", "--port", "0", "--json"],
        cwd=path,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    env = {
        "NOTION_TOKEN": ready["token"],
        "NOTION_BASE_URL": ready["base_url"],
        "NOTION_WT_PARENT_PAGE_ID": ready["root_page_id"],
    }
    yield path, env, tokens
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()


Served = tuple[Path, dict[str, str], dict[str, str]]


def test_a_wrong_token(notion: Served) -> None:
    path, env, _ = notion
    ran = wtstate("plan", cwd=path, env={**env, "NOTION_TOKEN": "ntn_wrong"})
    one_error(ran, "token-refused", "NOTION_TOKEN")
    assert "ntn_wrong" not in ran.out + ran.err


def test_a_token_that_may_not_write(notion: Served) -> None:
    path, env, tokens = notion
    limited = {**env, "NOTION_TOKEN": tokens["reads only"]}
    assert wtstate("plan", cwd=path, env=limited).code == exits.OK
    one_error(wtstate("apply", "--yes", cwd=path, env=limited), "no-capability")


def test_a_token_that_may_not_read(notion: Served) -> None:
    path, env, tokens = notion
    one_error(wtstate("plan", cwd=path, env={**env, "NOTION_TOKEN": tokens["reads nothing"]}), "no-capability")


def test_a_token_that_cannot_see_the_parent_page(notion: Served) -> None:
    path, env, tokens = notion
    ran = wtstate("plan", cwd=path, env={**env, "NOTION_TOKEN": tokens["sees nothing"]})
    one_error(ran, "no-parent", "NOTION_WT_PARENT_PAGE_ID")


@pytest.mark.parametrize("page", ["0" * 32, "not an id", ""])
def test_a_parent_page_that_is_not_there(notion: Served, page: str) -> None:
    path, env, _ = notion
    ran = wtstate("plan", cwd=path, env={**env, "NOTION_WT_PARENT_PAGE_ID": page})
    one_error(ran, "bad-id" if page == "not an id" else "no-parent")


def test_no_token(notion: Served) -> None:
    path, _, _ = notion
    one_error(wtstate("plan", "--target", "notion", cwd=path), "no-token", "NOTION_TOKEN")


def test_nobody_listens(notion: Served) -> None:
    path, env, _ = notion
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        ran = wtstate("plan", cwd=path, env={**env, "NOTION_BASE_URL": f"http://127.0.0.1:{port}"})
    one_error(ran, "cannot-connect")


def test_a_base_url_that_a_token_must_not_go_to(notion: Served) -> None:
    path, env, _ = notion
    one_error(wtstate("plan", cwd=path, env={**env, "NOTION_BASE_URL": "http://example.org"}), "base-url")


def test_another_workspace(notion: Served, tmp_path: Path) -> None:
    path, env, _ = notion
    shutil.copytree(path / "state", tmp_path / "state")
    file = tmp_path / "state" / "0.toml"
    file.write_text(file.read_text().replace("[workspace]\n", f'[workspace]\nid = "{"1" * 32}"\n'), encoding="utf-8")
    one_error(wtstate("plan", cwd=tmp_path, env=env), "wrong-workspace")


def test_a_saved_plan_that_is_no_text(saved: Path) -> None:
    (saved / "plan.json").write_bytes(b"\xff\xfe\x00")
    one_error(wtstate("apply", "plan.json", "--yes", cwd=saved), "not-text", "plan.json")
