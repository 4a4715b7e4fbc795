"""The command killed and signalled as it happens to users: real processes, real signals, the journal there or gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.twin import open_twin
from tests import census
from tests.cli.running import environment, wtstate
from tests.faults.processes import directory_of, journals, signalled
from tests.faults.workspaces import ARCHIVE, content, retyped

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
EVERY = bool(os.environ.get("WTSTATE_EVERY_REQUEST"))
"""Whether the run is killed at each request, not at a choice of them."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A twin's file and a state that changes types and folds."""
    base = tmp_path_factory.mktemp("processes")
    path, _ = retyped(base)
    return path, base / "state"


@pytest.fixture
def work(small: tuple[Path, Path], tmp_path: Path) -> Iterator[Path]:
    """A working directory with them."""
    with directory_of(*small, tmp_path / "work") as directory:
        yield directory


def _archived(directory: Path) -> list[tuple[str, str, str, str]]:
    with open_twin(directory / ".wtstate" / "twin.sqlite") as twin:
        kept = census.entries(twin, archive=ARCHIVE)
    return sorted((e.address, v.row, v.property_id, json.dumps(v.old)) for e in kept for v in e.values)


def _leases(directory: Path) -> int:
    with open_twin(directory / ".wtstate" / "twin.sqlite") as twin:
        hits = twin.call("POST", "search", {"query": "lease"})["results"]
        return sum(hit["object"] == "page" and not hit["in_trash"] for hit in hits)


@pytest.mark.parametrize("machine", ["this", "another"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_request_the_next_run_ends_the_same(
    small: tuple[Path, Path], tmp_path: Path, when: str, machine: str
) -> None:
    """kill -9; then the same command with the journal, or without it, as on another machine."""
    with directory_of(*small, tmp_path / "straight") as straight:
        assert wtstate("apply", "--yes", cwd=straight).code == exits.OK
        wanted, kept = content(straight / ".wtstate" / "twin.sqlite"), _archived(straight)
    assert len(kept) == len(set(kept)) > 0
    at, died, done = (1, True, False) if EVERY else (2, True, False)
    while died:
        with directory_of(*small, tmp_path / "work") as work:
            died = signalled(work, at, when, signal.SIGKILL).returncode == -signal.SIGKILL
            if died:
                if machine == "another":
                    shutil.rmtree(work / ".wtstate" / "journal", ignore_errors=True)
                done = wtstate("plan", "--detailed-exitcode", cwd=work).code == exits.OK
                again = wtstate("apply", "--yes", cwd=work)
                assert again.code == exits.OK, f"request {at}: {again.err}"
                assert "Traceback" not in again.err
            third = wtstate("plan", "--detailed-exitcode", cwd=work)
            assert third.code == exits.OK, f"request {at}: {third.out}"
            assert content(work / ".wtstate" / "twin.sqlite") == wanted, f"request {at}"
            assert _archived(work) == kept, f"request {at}"
            # Killed when everything was done: a run that has nothing to do writes nothing, the lease ends by itself.
            assert _leases(work) <= (died and done), f"request {at}"
        at += 1 if EVERY else 16
    assert at > 20


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, exits.INTERRUPTED), (signal.SIGTERM, exits.TERMINATED)])
def test_a_signal_finishes_the_request_under_way_and_gives_the_lease_back(work: Path, number: int, code: int) -> None:
    stopped = signalled(work, 9, "before", number)
    assert stopped.returncode == code, stopped.stderr
    assert "stays open" in stopped.stderr
    assert "--abandon" in stopped.stderr
    assert "run the same command again" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert _leases(work) == 0
    (journal,) = journals(work)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert lines[-1]["end"] == "stopped"
    sent, came = ({line["n"] for line in lines if word in line} for word in ("sends", "came"))
    assert sent == came, "a write is noted without what came of it"
    assert wtstate("apply", "--yes", cwd=work).code == exits.OK
    assert wtstate("plan", "--detailed-exitcode", cwd=work).code == exits.OK


def test_a_run_that_is_done_leaves_a_journal_and_the_next_one_tidies_it(work: Path) -> None:
    assert signalled(work, 9, "after", signal.SIGKILL).returncode == -signal.SIGKILL
    (killed,) = journals(work)
    assert wtstate("apply", "--yes", cwd=work).code == exits.OK
    (done,) = journals(work)
    assert done != killed
    assert wtstate("apply", "--yes", cwd=work).code == exits.OK
    assert journals(work) == []


def test_a_torn_last_line_is_nothing_to_speak_of(work: Path) -> None:
    assert signalled(work, 9, "before", signal.SIGKILL).returncode == -signal.SIGKILL
    (journal,) = journals(work)
    journal.write_bytes(journal.read_bytes()[:-7])
    again = wtstate("apply", "--yes", cwd=work)
    assert again.code == exits.OK, again.err


HEADER = b'{"kind":"wtstate journal","format":%d,"run":"r","workspace":"w","batch":"b","began":"2026-01-01"}\n'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\x00\xff not json\n", "journal-damaged"),
        (b'{"kind":"something else"}\n', "journal-damaged"),
        (b"[1, 2]\n", "journal-damaged"),
        (HEADER % 2, "journal-newer"),
        (HEADER % 1 + b'{"n":"x","at":"yesterday","sends":"POST pages","appears":true}\n', "journal-damaged"),
        (HEADER % 1 + b'{"end":"maybe"}\n', "journal-damaged"),
        (HEADER % 1 + b"3\n", "journal-damaged"),
        (b"[" * 100_000 + b"\n", "journal-damaged"),
    ],
)
def test_a_journal_that_cannot_be_read_is_one_clear_finding(work: Path, text: bytes, code: str) -> None:
    folder = work / ".wtstate" / "journal"
    folder.mkdir()
    (folder / "x.jsonl").write_bytes(text)
    before = content(work / ".wtstate" / "twin.sqlite")
    refused = wtstate("apply", "--yes", cwd=work)
    assert refused.code == exits.ERROR
    assert refused.err.count(f"[{code}]") == 1 or code in refused.err
    assert "Traceback" not in refused.err
    assert "internal error" not in refused.err
    assert content(work / ".wtstate" / "twin.sqlite") == before
    assert wtstate("plan", cwd=work).code == exits.OK


def test_one_run_at_a_time_in_a_directory(work: Path) -> None:
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib\n"
            "from reconciler.execute.lock import locked\n"
            "with locked(pathlib.Path('.wtstate'), 'somebody (process 1)'):\n"
            "    print('held', flush=True); sys.stdin.read()",
        ],
        cwd=work,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    refused = wtstate("apply", "--yes", cwd=work)
    assert refused.code == exits.ERROR
    assert "somebody (process 1)" in refused.err
    holding.communicate("")
    assert wtstate("apply", "--yes", cwd=work).code == exits.OK


def test_a_batch_can_be_given_up(work: Path) -> None:
    """Cut off between the change of a type and our own values: what only that batch could finish is named."""
    for at in range(8, 40, 3):
        assert signalled(work, at, "after", signal.SIGKILL).returncode == -signal.SIGKILL
        if "finish-retype" in wtstate("plan", "--json", cwd=work).out:
            break
    else:
        pytest.fail("no cut left a change of type half done")
    given_up = wtstate("apply", "--abandon", "--yes", cwd=work)
    assert given_up.code == exits.OK, given_up.err
    assert "Given up: batch " in given_up.out
    assert "finish-retype" in given_up.out
    assert _leases(work) == 0
    assert journals(work) == []
    assert "finish-" not in wtstate("plan", "--json", cwd=work).out
    assert "No batch is open" in wtstate("apply", "--abandon", "--yes", cwd=work).out


def test_everything_that_is_kept_is_its_owners_alone(work: Path) -> None:
    (work / ".wtstate").chmod(0o755)
    assert wtstate("apply", "--yes", cwd=work).code == exits.OK
    for path in (work / ".wtstate", *(work / ".wtstate").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
