"""Progress: plain lines in logs, a bar that leaves nothing behind on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from reconciler.model.progress import Progress
from reconciler.render.progress import BarProgress, LogProgress, PlainProgress


def test_plain_lines_do_not_grow_with_the_requests() -> None:
    lines: list[str] = []
    progress = PlainProgress(lines.append)
    progress.started(1000)
    for sent in range(1, 1001):
        progress.progressed(Progress(sent=sent, requests=1000, address="wt-phase-tracker"))
    assert lines[0] == "applying: 1,000 requests"
    assert lines[-1] == "  1000/1000 wt-phase-tracker"
    assert len(lines) <= 13


def test_every_wait_is_said() -> None:
    lines: list[str] = []
    progress = PlainProgress(lines.append)
    progress.waiting(12.4, "the rate limit\x1b")
    progress.said("read back")
    assert lines == ["  waiting 12 s: the rate limit\\e", "  read back"]


def test_a_bar_shows_the_count_and_is_gone_when_closed() -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    progress = BarProgress(console)
    progress.started(4)
    progress.progressed(Progress(sent=3, requests=4, address="a\x1b[2J[/]"))
    progress.said("halfway")
    progress.close()
    progress.close()
    assert "3/4" in out.getvalue()
    assert "halfway" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert out.getvalue().rstrip("\r\n").endswith(("\x1b[2K", "\x1b[?25h"))


FAR = Progress(sent=1_200, requests=20_420, address="corrections.wt-5, " * 9, left=37, allowed=600, seconds=3_725.4)


def test_on_a_terminal_one_line_says_how_many_what_is_left_and_when_it_ends() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    progress = BarProgress(console)
    progress.started(20_420)
    progress.progressed(FAR)
    progress.close()
    (line,) = {each for each in out.getvalue().replace("\r", "\n").split("\n") if "37/600" in each}
    assert "1200/20420 1:02:05 left  window 37/600  corrections" in line
    assert len(line.split("\x1b[2K")[-1].rstrip()) <= 80


def test_plain_lines_and_logs_say_when_it_ends() -> None:
    lines: list[str] = []
    PlainProgress(lines.append).progressed(FAR)
    assert lines[0].startswith("  1200/20420, 1:02:05 left corrections.wt-5, ")
    events: list[tuple[str, dict[str, object]]] = []
    LogProgress(lambda event, words: events.append((event, words))).progressed(FAR)
    ((event, words),) = events
    assert (event, words["sent"], words["left"], words["seconds"]) == ("progressed", 1_200, 37, 3_725)
