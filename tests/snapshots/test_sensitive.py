"""A backup holds no value of a database that is declared sensitive, unless it is asked for."""

from __future__ import annotations

import asyncio
import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.state import State
from reconciler.twin import Twin, load_snapshot, open_twin, snapshot_lines
from tests.engine.sessions import session
from tests.live import Live
from tests.snapshots.taking import backed_up, state_of

MARK = "Xyzzy"
LIVE = """
[databases.Patients]
[databases.Patients.properties]
Name = "title"
Notes = "rich_text"
Mail = "email"
Phone = "phone_number"
Link = "url"
Files = "files"
Kind = { type = "select", options = ["Old", "New"] }
Score = "number"
Ready = "checkbox"
[[databases.Patients.rows]]
Name = "Xyzzy Ada"
Notes = "Xyzzy note"
Mail = "Xyzzy@example.org"
Phone = "Xyzzy 1"
Link = "https://example.org/Xyzzy"
Files = ["https://example.org/Xyzzy.png"]
Kind = "Old"
Score = 4711471147
Ready = true
"$content" = ["Xyzzy one", "Xyzzy two"]

[databases.Visits]
[databases.Visits.properties]
Name = "title"
Of = { type = "relation", to = "Patients" }
Who = { type = "rollup", relation = "Of", property = "Notes", function = "show_original" }
[[databases.Visits.rows]]
Name = "open to all"
Of = ["Xyzzy Ada"]
"""
STATE = """
[workspace]
name = "Case"
archive = "archive"
[databases.patients]
title = "Patients"
sensitive = true
[databases.patients.fields]
Name = "title"
Notes = "rich_text"
[corrections.notes]
in = ["patients"]
where = { Notes = "Xyzzy note" }
set = { Notes = "other" }
source = "a test"
[databases.visits]
title = "Visits"
[databases.visits.fields]
Name = "title"
"""


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:") as made:
        yield made


@pytest.fixture
def live(twin: Twin) -> Live:
    made = Live(twin)
    made.load(tomllib.loads(LIVE))
    row = twin.call("POST", f"data_sources/{made.sources['Patients']}/query")["results"][0]["id"]
    twin.call("POST", "comments", {"parent": {"page_id": row}, "rich_text": [{"text": {"content": f"{MARK} said"}}]})
    places = {"database_id": made.databases["Patients"], "data_source_id": made.sources["Patients"]}
    asked = {"property": "Name", "title": {"contains": MARK}}
    twin.call("POST", "views", {**places, "name": "Some", "type": "table", "filter": asked})
    mention = {"type": "mention", "mention": {"type": "page", "page": {"id": row}}}
    block = {"type": "paragraph", "paragraph": {"rich_text": [mention]}}
    visit = twin.call("POST", f"data_sources/{made.sources['Visits']}/query")["results"][0]["id"]
    twin.call("PATCH", f"blocks/{visit}/children", {"children": [block]})
    return made


async def _applied(twin: Twin, state: State) -> None:
    async with session(twin, state, read_only=False) as writing:
        await writing.apply(await writing.plan())


def _text(file: Path) -> str:
    return gzip.decompress(file.read_bytes()).decode()


def _opened(file: Path) -> tuple[Twin, tuple[str, ...]]:
    """The twin that opens a backup, and what is said of it."""
    opened = open_twin(":memory:")
    return opened, load_snapshot(opened, snapshot_lines(file)).lines()


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[entry["type"]] for name, entry in row["properties"].items()}


def test_no_value_of_a_sensitive_database_is_in_a_backup(twin: Twin, live: Live, tmp_path: Path) -> None:
    state, file = state_of(tmp_path / "state", STATE), tmp_path / "backup.gz"
    asyncio.run(_applied(twin, state))
    asyncio.run(backed_up(twin, state, file))
    text = _text(file)
    assert [line for line in text.splitlines() if MARK in line] == []
    assert "4711471147" not in text
    assert "open to all" in text
    assert '"correction"' in text
    assert json.loads(text.splitlines()[0])["values"] == "digests"


def test_asked_for_the_values_are_in_it(twin: Twin, live: Live, tmp_path: Path) -> None:
    state, file = state_of(tmp_path / "state", STATE), tmp_path / "backup.gz"
    asyncio.run(backed_up(twin, state, file, with_sensitive=True))
    for told in ("Ada", "said", "two"):
        assert f"{MARK} {told}" in _text(file)
    assert json.loads(_text(file).splitlines()[0])["values"] == "kept"


def test_the_twin_that_opens_it_shows_digests_where_texts_were(twin: Twin, live: Live, tmp_path: Path) -> None:
    state, file = state_of(tmp_path / "state", STATE), tmp_path / "backup.gz"
    asyncio.run(backed_up(twin, state, file))
    opened, said = _opened(file)
    with opened:
        assert "digests" in said[-1]
        (row,) = opened.call("POST", f"data_sources/{live.sources['Patients']}/query")["results"]
        values = _values(row)
        texts = [values["Name"][0]["plain_text"], values["Notes"][0]["plain_text"]]
        assert all(text.startswith("digest-") for text in (*texts, values["Mail"], values["Phone"], values["Link"]))
        assert len({*texts, values["Mail"], values["Phone"], values["Link"]}) == 5
        assert (values["Files"], values["Kind"], values["Score"], values["Ready"]) == ([], None, None, False)
        blocks = opened.call("GET", f"blocks/{row['id']}/children")["results"]
        assert all(b["paragraph"]["rich_text"][0]["plain_text"].startswith("digest-") for b in blocks)
        (visit,) = opened.call("POST", f"data_sources/{live.sources['Visits']}/query")["results"]
        assert _values(visit)["Of"] == [{"id": row["id"]}]


def test_two_backups_share_no_digest(twin: Twin, live: Live, tmp_path: Path) -> None:
    state = state_of(tmp_path / "state", STATE)
    names = set()
    for name in ("one.gz", "two.gz"):
        asyncio.run(backed_up(twin, state, tmp_path / name))
        opened, _ = _opened(tmp_path / name)
        with opened:
            (row,) = opened.call("POST", f"data_sources/{live.sources['Patients']}/query")["results"]
            names.add(row["properties"]["Name"]["title"][0]["plain_text"])
    assert len(names) == 2
