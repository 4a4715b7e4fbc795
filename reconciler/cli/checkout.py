"""What git says of the state's files. Asked read-only: no lock, no hook, nothing fetched."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from reconciler.planning.guards.branch import Checkout

_READ_ONLY = ("--no-optional-locks", "-c", "core.fsmonitor=false")
_SECONDS = 30.0


class _NotKnown(Exception):  # noqa: N818
    """Git cannot say it; the message says why."""


async def checkout_of(state: Path) -> Checkout:
    """The branches of the checkout that holds the directory ``state``, and its files that are not as committed."""
    try:
        head = (await _git(state, "rev-parse", "--verify", "HEAD")).strip()
        refs = await _git(
            state, "for-each-ref", f"--points-at={head}", "--format=%(refname)", "refs/heads", "refs/remotes"
        )
        here = await _git(state, "rev-parse", "--abbrev-ref", "HEAD")
        changed = await _git(state, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
    except _NotKnown as why:
        return Checkout(unknown=str(why))
    names = [here.strip(), *map(_branch, refs.split())]
    branches = tuple(dict.fromkeys(name for name in names if name and name != "HEAD"))
    return Checkout(branches=branches, changed=tuple(sorted(_paths(changed))))


def _branch(ref: str) -> str:
    """The branch of ``refs/heads/NAME`` or ``refs/remotes/REMOTE/NAME``."""
    kind, _, name = ref.removeprefix("refs/").partition("/")
    return name if kind == "heads" else name.partition("/")[2]


def _paths(status: str) -> list[str]:
    """The paths of ``git status --porcelain -z``; of a rename the new one."""
    found, parts = [], iter(status.split("\0"))
    for part in parts:
        if not part:
            continue
        found.append(part[3:])
        if part[0] in "RC":
            next(parts, None)
    return found


async def _git(directory: Path, *words: str) -> str:
    """What a git command prints. Raises `_NotKnown` when there is no git, or no repository, or it fails."""
    program = shutil.which("git")
    if program is None:
        raise _NotKnown("there is no git on this machine")
    process = await asyncio.create_subprocess_exec(
        program,
        *_READ_ONLY,
        *words,
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise _NotKnown(f"git {words[0]} does not end") from None
    if process.returncode:
        said = err.decode(errors="replace").strip().splitlines()
        raise _NotKnown(said[0] if said else f"git {words[0]} fails")
    return out.decode(errors="replace")
