"""A drift as text for people: by who changed it, each thing with was, is and declared, who edited it, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from reconciler.observe.drift.report import Drifted, DriftReport, Side
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.layout import WIDTH, Line, lay_out
from reconciler.render.words import clip, place, quoted, shown

HEADINGS: Mapping[Side, tuple[str, str]] = {
    Side.PEOPLE: ("People changed", "since it was last applied"),
    Side.BOTH: ("People and the files changed", "each to something else"),
    Side.UNKNOWN: ("It cannot be known who changed", "what was last applied is not remembered"),
    Side.FILES: ("The files say otherwise", "this is no drift; wtstate apply"),
    Side.SETTLED: ("Changed after a correction was done", "this is no drift: it was to act once"),
}
"""What each part of a report is called, and what is said beside it."""
NO_DRIFT = "No drift."
_STYLES = {Side.PEOPLE: "yellow", Side.BOTH: "red", Side.UNKNOWN: "magenta", Side.FILES: "cyan", Side.SETTLED: "dim"}
_SHOWN = 50
"""Things of one part that are told; the JSON has all."""
_VALUE_CELLS = 200
_NAME_CELLS = 40
_INDENT = "      "
_DIM = "dim"


def drift_text(report: DriftReport, *, part: str = "", width: int = WIDTH) -> Text:
    """The whole report, at most ``width`` columns wide; the verdict on its last line. ``part`` says of which part."""
    return lay_out(_lines(report, part), width=width)


def verdict(report: DriftReport, part: str = "") -> str:
    """One sentence: whether anything drifted, and how much of what."""
    counts = [f"{len(report.of(side))} {words}" for side, words in _COUNTED.items() if report.of(side)]
    of = f" ({visible(part)})" if part else ""
    if report.drifted:
        return f"Drift{of}: {', '.join(counts)}"
    return f"{NO_DRIFT.removesuffix('.')}{of}: {', '.join(counts)}" if counts else f"{NO_DRIFT.removesuffix('.')}{of}."


_COUNTED = {
    Side.PEOPLE: "by people",
    Side.BOTH: "by people and by the files",
    Side.UNKNOWN: "by people or by the files",
    Side.FILES: "in the files alone",
    Side.SETTLED: "after a correction was done",
}


def since(report: DriftReport) -> str:
    """The apply that the report goes back to, in words; "" where there was none."""
    return f"last apply: batch {report.batch}, {report.applied}" if report.batch else ""


def sides(item: Drifted) -> Iterator[tuple[str, str]]:
    """(what it is called, its text) of each side that tells something."""
    if item.was is not None and item.side is not Side.FILES:
        yield "was", item.was
    yield "is", item.now
    if item.declared is not None:
        yield "declared", item.declared


def edited(item: Drifted) -> str:
    """Who edited the row, or the schema, last and when, as far as it is known; it need not have been this."""
    if item.side is Side.FILES or not (item.edited_by or item.edited_at):
        return ""
    by = f" by {item.edited_by}" if item.edited_by else ""
    at = f", {_minute(item.edited_at)}" if item.edited_at else ""
    return f"{'row' if item.row else 'schema'} last edited{by}{at}"


def _minute(time: str) -> str:
    """Notion's time to the minute, which is all it says: 2026-09-01 12:34 UTC."""
    return f"{time[:10]} {time[11:16]} UTC" if time.endswith("Z") and len(time) > len("YYYY-MM-DDTHH:MM") else time


def _lines(report: DriftReport, part: str) -> Iterator[Line]:
    title = f"Drift of {quoted(report.workspace)}" if report.workspace else "Drift"
    yield Line(Text.assemble((title, "bold"), (f" · {visible(part)}" if part else "", _DIM)))
    if since(report):
        yield Line(Text(since(report), _DIM))
    for side, (heading, beside) in HEADINGS.items():
        items = report.of(side)
        if items:
            yield Line(Text())
            yield Line(Text.assemble((f"{heading}: {len(items)}", "bold"), (f" · {beside}", _DIM)))
            for item in items[:_SHOWN]:
                yield from _item(item, _STYLES[side])
            if len(items) > _SHOWN:
                yield Line(prefix=Text("  "), body=Text(f"… {count(len(items) - _SHOWN, 'more thing')}", _DIM))
    if report.unknown:
        yield Line(Text())
        yield Line(Text(f"Cannot be known: {len(report.unknown)}", "bold"))
        for sentence in report.unknown[:_SHOWN]:
            yield Line(prefix=Text("  "), body=Text(visible(sentence)))
    yield Line(Text())
    style = "bold yellow" if report.drifted else "bold green"
    yield Line(Text(verdict(report, part), style))


def _item(item: Drifted, style: str) -> Iterator[Line]:
    head = Text.assemble((visible(item.address), "bold"), f" {visible(item.word)}")
    if item.row:
        head.append(f" of {clip(shown(item.row), _NAME_CELLS)}")
    yield Line(prefix=Text.assemble("  ", ("~", style), " "), body=head, tail=Text(place(item.where), _DIM))
    told = [f"{name} {clip(shown(text), _VALUE_CELLS)}" for name, text in sides(item)]
    yield Line(prefix=Text(_INDENT), body=Text(" · ".join(told)))
    if edited(item):
        yield Line(prefix=Text(_INDENT), body=Text(visible(edited(item)), _DIM))
    if item.next:
        yield Line(prefix=Text(_INDENT), body=Text(f"→ {visible(item.next)}"))
