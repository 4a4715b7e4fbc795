"""Progress: plain lines in logs, a bar that leaves nothing behind on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from reconciler.render.progress import BarProgress, PlainProgress


def test_plain_lines_do_not_grow_with_the_requests() -> None:
    lines: list[str] = []
    progress = PlainProgress(lines.append)
    progress.started(1000)
    for sent in range(1, 1001):
        progress.progressed(sent, 1000, "wt-phase-tracker")
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
    progress.progressed(3, 4, "a\x1b[2J[/]")
    progress.said("halfway")
    progress.close()
    progress.close()
    assert "3/4" in out.getvalue()
    assert "halfway" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert out.getvalue().rstrip("\r\n").endswith(("\x1b[2K", "\x1b[?25h"))
