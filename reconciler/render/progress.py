"""What apply says while it works: a bar with what is left on a terminal, plain lines elsewhere.

All meet the engine's ``Reporter``: ``started``, ``progressed``, ``waiting``, ``said``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from reconciler.model.progress import Progress
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.words import clip

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_LINES = 10
"""About as many lines does the plain progress take, however many requests there are."""


_CELLS = 50
"""Of the addresses that a request serves, as much as fits beside the count."""
_BAR = 12
_BESIDE = len("applying ") + _BAR + len(" / ") + 1
"""Cells of the one line that the bar and the count take, the count's digits aside."""


def _duration(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _budget(progress: Progress) -> tuple[str, ...]:
    """When it will be through, and what is left of the window; nothing where nothing limits it."""
    if progress.left is None:
        return ()
    rest = () if progress.seconds is None else (f"{_duration(progress.seconds)} left",)
    return (*rest, f"window {progress.left}/{progress.allowed}")


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

    def progressed(self, progress: Progress) -> None:
        """So far it is."""
        sent, requests = progress.sent, progress.requests
        if sent >= self._next or sent == requests:
            rest = f", {_duration(progress.seconds)} left" if progress.seconds else ""
            self._write(f"  {sent}/{requests}{rest} {clip(visible(progress.address), _CELLS)}".rstrip())
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
    """One line on ``console``: a bar, requests, time, budget; gone when it is closed. Other lines stand above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def started(self, requests: int) -> None:
        """The work begins and will take ``requests`` requests."""
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        self.close()
        self._bar = Bar(
            TextColumn("applying", markup=False),
            BarColumn(bar_width=_BAR),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=requests)
        self._bar.start()

    def progressed(self, progress: Progress) -> None:
        """So far it is."""
        if self._bar is not None and self._task is not None:
            total, room = progress.requests, max(0, self._console.width - _BESIDE - 2 * len(str(progress.requests)))
            said = clip("  ".join((*_budget(progress), visible(progress.address))), room)
            self._bar.update(self._task, completed=progress.sent, total=total, description=said)

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

    def progressed(self, progress: Progress) -> None:
        """So far it is."""
        words: dict[str, Any] = {"sent": progress.sent, "requests": progress.requests, "address": progress.address}
        if progress.left is not None:
            words["left"] = progress.left
        if progress.seconds is not None:
            words["seconds"] = round(progress.seconds)
        self._tell("progressed", words)

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for ``seconds``."""
        self._tell("waiting", {"seconds": seconds, "why": why})

    def said(self, text: str) -> None:
        """Something worth a line."""
        self._tell("said", {"text": text})

    def close(self) -> None:
        """Nothing more comes."""
