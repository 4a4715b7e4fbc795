"""From options to a session: which target, said first, and what was asked of it."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.cli import exits, screen
from reconciler.cli.options import TargetName, state_path

if TYPE_CHECKING:
    from reconciler.api import Session, Target
    from reconciler.cli.part import Part
    from reconciler.desired.state import State


_Result = TypeVar("_Result")


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs a command's work to its end. asyncio is loaded here, so that ``--help`` does not pay for it.

    The first Ctrl-C or SIGTERM ends the work as soon as the request under way is answered, and is raised as `Ended`;
    the second one ends the process.
    """
    import asyncio

    gc.enable()
    stops: list[int] = []
    try:
        return asyncio.run(_stoppable(work, stops))
    except asyncio.CancelledError:
        if not stops:
            raise
        raise Ended(exits.TERMINATED if stops[0] == signal.SIGTERM else exits.INTERRUPTED) from None


class Ended(Exception):  # noqa: N818
    """A signal ended the work; ``code`` is the exit code for it."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"ended by a signal ({code})")


async def _stoppable(work: Coroutine[Any, Any, _Result], stops: list[int]) -> _Result:
    """The work, cancelled by the first signal, which goes into ``stops``."""
    import asyncio

    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)

    def stop(number: int) -> None:
        if stops:
            _at_once(number)
        stops.append(number)
        sys.stderr.write("\nstopping: what is under way is finished first; once more stops at once\n")
        task.cancel()

    taken = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop, number)
        except (NotImplementedError, RuntimeError):  # Windows, and threads other than the first: asyncio's own way
            continue
        taken.append(number)
    try:
        return await task
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


def _at_once(number: int) -> None:
    """Ends the process here and now; the cursor, which a progress bar hides, comes back."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")
    sys.stderr.write("stopped at once; run the same command again: it looks at what is done and goes on from there\n")
    sys.stderr.flush()
    os._exit(128 + number)


@dataclass(frozen=True)
class Aim:
    """Where a command works: the working directory, the state's files in it, the target that was asked for."""

    directory: Path
    state: Path
    target: TargetName | None
    environment: str | None = None
    snapshot: Path | None = None
    """A record to plan from, in place of any target."""

    def read(self) -> State:
        """The state in the files. Raises `WtstateError` with everything that is wrong in them."""
        from reconciler.desired import load

        files = state_path(self.directory, self.state)
        return load(files, env=os.environ, base=Path.cwd(), environment=self.environment or "")

    def existing(self) -> State | None:
        """The state in the files, None without any file. Raises `WtstateError` for one that is wrong."""
        files = state_path(self.directory, self.state)
        there = files.is_dir() and any(files.rglob("*.toml"))
        return self.read() if there or self.environment else None

    def chosen(self, state: State | None) -> Target:
        """The target: what the command line and the variables name, and what the state says of its environment."""
        from reconciler import api

        if self.snapshot is not None:
            return api.recorded(self.snapshot)
        asked = self.target.value if self.target else None
        settings = state.workspace if state else None
        return api.choose_target(env=os.environ, target=asked, directory=self.directory, settings=settings)


def target_line(target: Target, session: Session, *, environment: str = "") -> str:
    """One line for stderr: which workspace, as whom, and what is seen of it. Never the token."""
    where = "twin" if target.kind == "twin" else "notion"
    if target.snapshot is not None:
        where = f"record {_near(target.snapshot)}"
    if target.kind == "twin" and target.twin_path is not None:
        where = f"twin {_near(target.twin_path)}"
    elif target.base_url:
        where = f"notion at {target.base_url}"
    workspace = session.workspace
    where += f" · env {environment}" if environment else ""
    return f"target: {where} · workspace '{workspace.name}' · bot '{workspace.bot_name}' · sees {session.sees}"


def _near(path: Path) -> str:
    here = Path.cwd()
    absolute = path.absolute()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


@asynccontextmanager
async def opened(
    aim: Aim,
    *,
    read_only: bool,
    part: Part | None = None,
    progress: screen.Progress | None = None,
    locks: bool = False,
    cached: bool = False,
) -> AsyncIterator[Session]:
    """A session with the target that ``aim`` names; the target is said on stderr before anything else.

    ``locks`` and ``cached`` are those of `api.connect`. Raises `WtstateError` for a state or target that cannot be
    used, and for a ``part`` that names nothing.
    """
    from reconciler import api

    state = aim.read()
    target = aim.chosen(state)
    if part is not None:
        part.check(state)
    reporter = progress or screen.progress()
    try:
        async with api.connect(
            target, state, read_only=read_only, reporter=reporter, locks=locks, cached=cached
        ) as session:
            screen.aside(target_line(target, session, environment=state.workspace.environment), event="target")
            yield session
    finally:
        reporter.close()


def listed(values: Sequence[str] | None) -> tuple[str, ...]:
    """A repeated option's values."""
    return tuple(values or ())
