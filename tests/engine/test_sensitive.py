"""``sensitive = true``: a whole migration, and then every output and every file is searched for one marker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.twin import dump, open_twin
from tests.cli.running import Ran, wtstate
from tests.live import Live

SECRET = "Zq7-hush-hush"
ROW = {"Name": f"{SECRET} title", "id": f"{SECRET}-1", "note": f"{SECRET} note ", "s": "Done", "n": f"{SECRET} none"}
LIVE: dict[str, Any] = {
    "people": ["ada@example.org"],
    "databases": {
        "Staff": {
            "properties": {
                "Name": "title", "id": "rich_text", "note": "rich_text", "n": "rich_text", "old": "rich_text",
                "s": {"type": "select", "options": ["Done", "Open"]}, "extra": "rich_text",
            },
            "rows": [
                {**ROW, "old": f"{SECRET} old", "extra": f"{SECRET} extra", "$content": [f"{SECRET} content"]},
                {**ROW, "Name": f"{SECRET} twin", "s": "Open"},
            ],
        },
        "Temps": {
            "properties": {"Name": "title", "note": "rich_text", "id": "rich_text"},
            "rows": [{"Name": f"{SECRET} temp", "note": f"{SECRET} temp note", "id": f"{SECRET}-9"}],
        },
        "Gone": {
            "properties": {"Name": "title", "note": "rich_text"},
            "rows": [{"Name": f"{SECRET} gone", "note": f"{SECRET} gone", "$content": [f"{SECRET} page"]}],
        },
    },
}  # fmt: skip
STATE = """
[workspace]
name = "Team"

[databases.staff]
was = ["Staff"]
key = "id"
sensitive = true
undeclared = "archive"

[databases.staff.fields]
Name = "title"
id = "rich_text"
note = { type = "rich_text", tidy = "trim", absorbs = ["extra"] }
n = "number"
s = { type = "select", options = [{ name = "Complete", was = ["Done"] }, { name = "Open" }] }

[databases.gone]
was = ["Gone"]
sensitive = true
[databases.gone.fields]
Name = "title"

[corrections.all]
in = "staff"
rows = { glob = "*" }
set = { s = "Open" }
mode = "enforce"

[merges.temps]
from = { title = "Temps" }
into = "staff"
match = "id"

[drops.note]
what = "gone.note"
reason = "no longer needed"

[checks.ids]
in = "staff"
unique = "id"
severity = "warn"
record = "Twins"

[checks.none]
in = "staff"
where = { s = "Complete" }
expect = 7
severity = "warn"
"""
OUTSIDE = (".wtstate/twin.sqlite",)
"""The workspace itself."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "team.toml").write_text(STATE, "utf-8")
    (tmp_path / ".wtstate").mkdir(mode=0o700)
    with open_twin(tmp_path / ".wtstate" / "twin.sqlite") as twin:
        Live(twin).load(LIVE)
    return tmp_path


def hidden(ran: Ran, *, what: str) -> Ran:
    """What a command printed, once it is sure that the marker is in none of it."""
    assert SECRET not in ran.out, f"{what}: {_around(ran.out)}"
    assert SECRET not in ran.err, f"{what}: {_around(ran.err)}"
    return ran


def _around(text: str) -> str:
    at = text.index(SECRET)
    return text[max(0, at - 200) : at + 100]


def test_a_marker_in_a_sensitive_database_is_nowhere_but_in_the_workspace(directory: Path) -> None:
    for command in (
        ["plan", "--limit-rows", "99"],
        ["plan", "--json", "--out", "plan.json"],
        ["plan", "--format", "markdown", "--limit-rows", "99"],
        ["plan", "--format", "html", "--limit-rows", "99"],
        ["plan", "--format", "github", "--limit-rows", "99"],
        ["doctor"],
        ["suggest"],
        ["apply", "plan.json", "--yes", "--limit-rows", "99"],
        ["apply", "--yes", "--limit-rows", "99"],
        ["plan"],
        ["verify"],
        ["verify", "--json", "--junit", "junit.xml"],
    ):
        ran = hidden(wtstate(*command, cwd=directory), what=" ".join(command))
        assert "Applied" in ran.out or command[0] != "apply" or "Nothing" in ran.out or "No changes" in ran.out, ran.err
    found = [
        str(path.relative_to(directory))
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.startswith("twin.sqlite") and SECRET.encode() in path.read_bytes()
    ]
    assert found == []


def test_the_archive_keeps_the_values_and_shows_none(directory: Path) -> None:
    ran = hidden(wtstate("apply", "--yes", cwd=directory), what="apply")
    assert "archived" in ran.out, ran.err
    with open_twin(directory / ".wtstate" / "twin.sqlite") as twin:
        (archive,) = (d for d in dump(twin)["databases"] if d["title"] == "wtstate-archive")
        seen = json.dumps([row["values"] for row in archive["rows"]], ensure_ascii=False)
        assert SECRET not in seen
        blocks = [block for row in archive["rows"] for block in row["content"]]
        assert "table" not in {block["type"] for block in blocks}
        code = "".join(run["plain_text"] for b in blocks if b["type"] == "code" for run in b["code"]["rich_text"])
        for kept in ("note ", "old", "extra", "none", "gone"):
            assert f"{SECRET} {kept}" in code
