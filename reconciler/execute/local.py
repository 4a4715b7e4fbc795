"""What this machine knows of runs: the journals of those that are over, and that of the one which begins."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconciler.execute.journal import Journal, Past, pasts, tidy
from reconciler.execute.settle import ARRIVES
from reconciler.notion.pace import Clock, Waiting

DONE, OPEN, STOPPED, ABANDONED = "done", "open", "stopped", "abandoned"


@dataclass
class Local:
    """The journals in ``directory`` (``.wtstate``) of runs on one workspace; whoever has it holds the lock."""

    directory: Path
    workspace: str
    past: list[Past] = field(default_factory=list)
    ended: str = STOPPED
    """How the run under way ends, unless it says otherwise."""

    @classmethod
    def read(cls, directory: Path, workspace: str) -> Local:
        """Reads the journals, and removes those of runs that came to their end.

        Raises `WtstateError` for journals that cannot be read.
        """
        found = pasts(directory)
        mine = [past for past in found if past.workspace == workspace]
        over = [past for past in mine if past.ended in (DONE, ABANDONED)]
        tidy([*over, *(past for past in found if not past.run)])
        return cls(directory=directory, workspace=workspace, past=[past for past in mine if past not in over])

    @property
    def dead(self) -> frozenset[str]:
        """Runs that are over: they hold no lease any more."""
        return frozenset(past.run for past in self.past)

    async def settled(self, clock: Clock, waiting: Waiting) -> None:
        """Waits until whatever was under way when a run was killed is there, or never will be; a plan then finds it."""
        sent = [write.at for past in self.past for write in past.under_way if write.appears]
        if not sent:
            return
        pause = min(ARRIVES, ARRIVES - (clock.today() - max(sent)).total_seconds())
        if pause > 0:
            waiting(pause, "a run was cut off; what it had sent may still be done")
            await clock.sleep(pause)

    def forget(self) -> None:
        """Removes the journals: nothing of those runs is under way, and no batch of theirs is open."""
        tidy(self.past)
        self.past.clear()

    @contextmanager
    def journal(self, *, run: str, batch: str) -> Iterator[Journal]:
        """The journal of a run, for the length of a block; its last line is ``ended``."""
        journal = Journal.begin(self.directory, run=run, workspace=self.workspace, batch=batch, now=datetime.now(UTC))
        self.ended = STOPPED
        try:
            yield journal
        finally:
            journal.end(self.ended)
            if self.ended in (DONE, ABANDONED):
                self.forget()


def holder() -> str:
    """Who runs this, for people who wait: user, machine and process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"
