"""``wtstate twin serve`` with faults and assumptions, and ``wtstate twin assumptions``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.cli import exits
from reconciler.twin.assumptions import ALL, GAPS, RETYPES, Assumptions
from tests.cli.running import ENTRY, environment, wtstate
from tests.twin.build import text


@contextmanager
def serving(*arguments: str, cwd: Path) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-c", ENTRY, "twin", "serve", "--json", "--port", "0", "--data", ":memory:", *arguments]
    process = subprocess.Popen(command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_a_served_twin_fails_and_assumes_as_asked(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text(
        '[[fault]]\nfail = 500\nmethod = "GET"\npath = "users/me"\nevery = 1\ntimes = 1\n', encoding="utf-8"
    )
    said = ("--faults", "faults.toml", "--rate", "6/60s", "--latency", "1ms+-1", "--assume", "dual-deleted=harsh")
    with serving(*said, "--search-lag", "60", cwd=tmp_path) as live:
        headers = {"Authorization": f"Bearer {live['token']}", "Notion-Version": "2026-03-11"}
        with httpx.Client(base_url=f"{live['base_url']}/v1/", headers=headers) as client:
            assert client.get("users/me").status_code == 500
            parent = {"page_id": live["root_page_id"]}
            made = client.post("databases", json={"parent": parent, "title": text("Left")}).json()
            assert client.post("search", json={"query": "Left"}).json()["results"] == []  # it lags
            source = made["data_sources"][0]["id"]
            both = {"R": {"relation": {"data_source_id": source, "dual_property": {}}}}
            properties = client.patch(f"data_sources/{source}", json={"properties": both}).json()["properties"]
            assert len(properties) == 3
            one = client.patch(f"data_sources/{source}", json={"properties": {"R": None}}).json()["properties"]
            assert len(one) == 1  # the harsh reading: the other side goes, too
            statuses = [client.get("users").status_code for _ in range(3)]
            assert statuses == [200, 429, 429]


def test_a_served_twin_takes_files_as_large_as_asked(tmp_path: Path) -> None:
    with serving("--max-upload", "7", cwd=tmp_path) as live:
        headers = {"Authorization": f"Bearer {live['token']}", "Notion-Version": "2026-03-11"}
        with httpx.Client(base_url=f"{live['base_url']}/v1/", headers=headers) as client:
            limits = client.get("users/me").json()["bot"]["workspace_limits"]
            assert limits == {"max_file_upload_size_in_bytes": 7 * 1024 * 1024}
            upload = client.post("file_uploads", json={"filename": "a.bin"}).json()["id"]
            sent = client.post(f"file_uploads/{upload}/send", files={"file": ("a.bin", b"x" * 6_000_000)})
            assert (sent.status_code, sent.json()["content_length"]) == (200, 6_000_000)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rate", "fast"), "--rate: A rate is written as 180/60s or off, not 'fast'."),
        (("--latency", "1s"), "--latency: A latency is written as 250ms or 250ms±100, not '1s'."),
        (("--assume", "gloomy"), "--assume: A reading is kind or harsh"),
        (("--assume", "weather=harsh"), "--assume: No assumption is called weather"),
        (("--faults", "none.toml"), "--faults: none.toml cannot be read"),
    ],
)
def test_what_cannot_be_is_a_mistake_of_the_command_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = wtstate("twin", "serve", *arguments, cwd=tmp_path)
    assert ran.code == exits.USAGE
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []


def test_every_switch_is_listed_with_both_readings_and_its_evidence(tmp_path: Path) -> None:
    ran = wtstate("twin", "assumptions", "--retypes", cwd=tmp_path)
    for one in (*GAPS, *RETYPES):
        assert f"{one.name}\n  kind:     {one.kind}\n  harsh:    {one.harsh}\n  evidence: {one.evidence}\n" in ran.out
    brief = wtstate("twin", "assumptions", cwd=tmp_path).out
    assert f"retype-OLD-NEW  ({len(RETYPES)} switches" in brief
    assert RETYPES[0].name not in brief
    document = json.loads(wtstate("twin", "assumptions", "--json", cwd=tmp_path).out)
    assert [one["name"] for one in document["assumptions"]] == list(ALL)
    assert list(tmp_path.iterdir()) == []


def test_the_later_word_of_an_assumption_wins() -> None:
    assert Assumptions.read(()).reading("dual-deleted") == "kind"
    assert Assumptions.read(["harsh"]).reading("dual-deleted") == "harsh"
    mixed = Assumptions.read(["harsh", "dual-deleted=kind"])
    assert (mixed.reading("dual-deleted"), mixed.reading("rename-swap")) == ("kind", "harsh")
    assert Assumptions.read(["dual-deleted=harsh", "kind"]).reading("dual-deleted") == "kind"
