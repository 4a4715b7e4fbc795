"""What apply says while it works: a bar with an estimate on a terminal, plain lines elsewhere.

All meet the engine's ``Reporter``: ``started``, ``progressed``, ``waiting``, ``said``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.words import clip

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_LINES = 10
"""About as many lines does the plain progress take, however many requests there are."""


_CELLS = 50
"""Of the addresses that a request serves, as much as fits beside the count."""


class PlainProgress:
    """One line at the start, about ten on the way, one for each longer wait; ``write`` gets lines without newline.

    ``every`` writes a line for each step instead.
    """

    def __init__(self, write: Callable[[str], None], *, every: bool = False) -> None:
        self._write = write
        self._every = every
        self._next = 0

    def started(self, requests: int) -> None:
        """The work begins and will take ``requests`` requests."""
        self._next = 0
        self._write(f"applying: {count(requests, 'request')}")

    def progressed(self, sent: int, requests: int, address: str) -> None:
        """``sent`` of ``requests`` are through; the last one served ``address``."""
        if sent >= self._next or sent == requests:
            self._write(f"  {sent}/{requests} {clip(visible(address), _CELLS)}".rstrip())
            self._next = sent + (1 if self._every else max(1, requests // _LINES))

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for ``seconds``."""
        self._write(f"  waiting {seconds:.0f} s: {visible(why)}")

    def said(self, text: str) -> None:
        """Something worth a line."""
        self._write(f"  {visible(text)}")

    def close(self) -> None:
        """Nothing more comes."""


class BarProgress:
    """A bar with requests and an estimate on ``console``, gone when it is closed; other lines stand above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def started(self, requests: int) -> None:
        """The work begins and will take ``requests`` requests."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.close()
        self._bar = Progress(
            TextColumn("applying", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=requests)
        self._bar.start()

    def progressed(self, sent: int, requests: int, address: str) -> None:
        """``sent`` of ``requests`` are through; the last one served ``address``."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=sent, total=requests, description=clip(visible(address), _CELLS))

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for ``seconds``."""
        self.said(f"waiting {seconds:.0f} s: {why}")

    def said(self, text: str) -> None:
        """Something worth a line."""
        self._console.print(Text(f"  {visible(text)}"), soft_wrap=True)

    def close(self) -> None:
        """Takes the bar away; the terminal is as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class LogProgress:
    """Every step as an event with its words, for ``tell``."""

    def __init__(self, tell: Callable[[str, dict[str, Any]], None]) -> None:
        self._tell = tell

    def started(self, requests: int) -> None:
        """The work begins and will take ``requests`` requests."""
        self._tell("started", {"requests": requests})

    def progressed(self, sent: int, requests: int, address: str) -> None:
        """``sent`` of ``requests`` are through; the last one served ``address``."""
        self._tell("progressed", {"sent": sent, "requests": requests, "address": address})

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for ``seconds``."""
        self._tell("waiting", {"seconds": seconds, "why": why})

    def said(self, text: str) -> None:
        """Something worth a line."""
        self._tell("said", {"text": text})

    def close(self) -> None:
        """Nothing more comes."""
