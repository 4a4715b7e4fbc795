"""Where commands write: plans and outputs to stdout; the target, progress and errors to stderr."""

from __future__ import annotations

import select
import signal
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

import typer

from reconciler.cli import voice
from reconciler.render.escape import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from reconciler.model.finding import Finding
    from reconciler.render.progress import BarProgress, LogProgress, PlainProgress

    Progress = PlainProgress | BarProgress | LogProgress


def _console(stream: TextIO) -> Console:
    """Colour on a terminal only; rich honours NO_COLOR and TERM=dumb. Nothing is ever read as markup."""
    from rich.console import Console

    return Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _width(console: Console) -> int:
    """The terminal's width; 80 where the output goes to a file, so that a plan is the same bytes everywhere."""
    from reconciler.render.layout import WIDTH, columns

    return columns(console.width) if console.is_terminal else WIDTH


def out_width() -> int:
    """The columns to lay out what goes to stdout in."""
    return _width(_console(sys.stdout))


def say(text: Text, *, aside: bool = False) -> None:
    """A renderer's text to stdout; ``aside`` to stderr, where stdout is for something else."""
    _console(sys.stderr if aside else sys.stdout).print(text, soft_wrap=True)


def say_lines(lines: Iterable[str]) -> None:
    """Lines to stdout, escaped; long ones wrap under their own indentation."""
    _print_lines(sys.stdout, lines)


def note_lines(lines: Iterable[str]) -> None:
    """Lines to stderr, escaped; long ones wrap under their own indentation."""
    _print_lines(sys.stderr, lines)


def _print_lines(stream: TextIO, lines: Iterable[str]) -> None:
    if stream is sys.stderr and voice.now().as_json:
        for line in filter(str.strip, lines):
            _tell(line.strip(), event="note")
        return
    from rich.text import Text

    from reconciler.render.layout import Line, lay_out

    console = _console(stream)
    shown = [visible(line) for line in lines]
    placed = [Line(prefix=Text(" " * (len(line) - len(line.lstrip()))), body=Text(line.strip())) for line in shown]
    console.print(lay_out(placed, width=_width(console)), soft_wrap=True)


def note(text: str) -> None:
    """One thing to stderr, escaped; wrapped where it is too wide."""
    _tell(text, event="note")


def aside(text: str, *, event: str) -> None:
    """One thing to stderr that a person who wants quiet does without; ``event`` is what logs call it."""
    if not voice.now().quiet:
        _tell(text, event=event)


def event(name: str, words: dict[str, Any]) -> None:
    """Something for programs alone: a line of the log, nothing where people are spoken to."""
    if voice.now().as_json:
        typer.echo(voice.line(name, words), err=True)


def _tell(text: str, *, event: str) -> None:
    if voice.now().as_json:
        typer.echo(voice.line(event, {"text": text}), err=True)
        return
    from reconciler.render.layout import phrases

    console = _console(sys.stderr)
    console.print(phrases(visible(text), width=_width(console)), soft_wrap=True)


def say_findings(findings: Iterable[Finding]) -> None:
    """Findings to stderr: the one place where a command's errors are printed."""
    if voice.now().as_json:
        from reconciler.planning.document import finding_words

        for finding in findings:
            typer.echo(voice.line("finding", dict(finding_words(finding))), err=True)
        return
    from reconciler.render.findings import findings_text

    console = _console(sys.stderr)
    console.print(findings_text(findings, width=_width(console)), soft_wrap=True)


def progress() -> Progress:
    """The progress for stderr: a bar on a terminal, lines elsewhere, each step for who wants to know."""
    from reconciler.render.progress import BarProgress, LogProgress, PlainProgress

    speaking = voice.now()
    if speaking.as_json:
        return LogProgress(lambda event, words: typer.echo(voice.line(event, words), err=True))
    if speaking.quiet:
        return LogProgress(lambda _event, _words: None)
    console = _console(sys.stderr)
    if console.is_terminal and not console.is_dumb_terminal and not speaking.verbose:
        return BarProgress(console)
    return PlainProgress(note, every=speaking.verbose)


def can_ask() -> bool:
    """Whether a person can be asked: stdin is a terminal, and so is where the question would stand."""
    return sys.stdin.isatty() and sys.stderr.isatty()


async def ask(question: str) -> str:
    """The line that a person types on the terminal, without blanks at the ends; "" at the end of input.

    It is waited for in the event loop: a blocking read would swallow the first Ctrl-C.
    """
    import asyncio

    sys.stderr.write(visible(question) + " ")
    sys.stderr.flush()
    typed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, typed.set)
    try:
        while True:
            await typed.wait()
            if select.select([sys.stdin], [], [], 0)[0]:  # a terminal may wake who waits without there being a line
                break
            typed.clear()
    finally:
        loop.remove_reader(sys.stdin)
    # Should Ctrl-C throw the line away just now, the read must end by it: the loop would only hear of it afterwards.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline().strip()
    finally:
        signal.signal(signal.SIGINT, handler)
