"""``python -m tests.torture [crash|faults|conservation|people|files|twice|private …] [--full]``

Without ``--full`` each attack is a sample that takes a minute or so; with it, what docs/reliability.md counts.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.torture import conservation, crash, faults, files, killed, people, private, twice, workspaces
from tests.torture.tally import Tally


def crashes(*, full: bool) -> Iterator[Tally]:
    """Dying everywhere."""
    yield crash.run(workspaces.small())
    for workspace in workspaces.all_of_them():
        yield crash.run(workspace, every=1 if full else 10)
    with tempfile.TemporaryDirectory() as directory:
        yield killed.attack(Path(directory), every=10 if full else 60)


def failures(*, full: bool) -> Iterator[Tally]:
    """A fifth of all requests fails."""
    every = (workspaces.small(), workspaces.wombat(), workspaces.every())
    yield faults.run(every, 1000 if full else 30)
    for workspace in every:
        yield asyncio.run(faults.restores(workspace, range(100 if full else 5)))


def worlds(*, full: bool) -> Iterator[Tally]:
    """Random workspaces and states."""
    yield conservation.attack(2000 if full else 60)


def persons(*, full: bool) -> Iterator[Tally]:
    """Edits between any two requests, and the window's length."""
    checks: tuple[people.Check, ...] = ("last", "each")
    for check in checks:
        for workspace in (workspaces.small(), workspaces.wombat(), workspaces.every()):
            yield asyncio.run(people.attack(workspace, check=check, every=1 if full else 12))
        yield asyncio.run(people.measured(workspaces.wombat(), check=check))


def bad_files(*, full: bool) -> Iterator[Tally]:
    """Mutated files and the public TOML suite."""
    with tempfile.TemporaryDirectory() as directory:
        yield files.attack(Path(directory), mutants=500 if full else 60)


def pairs(*, full: bool) -> Iterator[Tally]:
    """Two runs at once."""
    with tempfile.TemporaryDirectory() as directory:
        yield twice.attack(Path(directory), rounds=20 if full else 2)


def tokens(*, full: bool) -> Iterator[Tally]:
    """The token, looked for."""
    del full
    with tempfile.TemporaryDirectory() as directory:
        yield private.attack(Path(directory))


ATTACKS: dict[str, Callable[..., Iterator[Tally]]] = {
    "crash": crashes, "faults": failures, "conservation": worlds, "people": persons, "files": bad_files,
    "twice": pairs, "private": tokens,
}  # fmt: skip


def main() -> int:
    """Runs the attacks that are named, or all; 1 when one succeeded."""
    asked = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    asked.add_argument("attacks", nargs="*", metavar="|".join(ATTACKS), help="which; all when none is named")
    asked.add_argument("--full", action="store_true", help="everything that docs/reliability.md counts: hours")
    given = asked.parse_args()
    unknown = sorted(set(given.attacks) - set(ATTACKS))
    if unknown:
        asked.error(f"unknown: {', '.join(unknown)}")
    failed = 0
    for name in given.attacks or ATTACKS:
        for tally in ATTACKS[name](full=given.full):
            tally.show()
            failed += len(tally.failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
