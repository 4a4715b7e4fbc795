"""Batches and archive entries for people: lines that wrap under themselves, nothing of Notion's unescaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from reconciler.observe.history import BatchLine, BatchView, EntryLine, EntryView
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.layout import WIDTH, Line, lay_out

_STYLES = {"done": "green", "open": "bold yellow", "abandoned": "yellow", "failed": "bold red"}
_INDENT = Text("  ")
_NOTHING = "(empty)"


def history_text(lines: Iterable[BatchLine], *, width: int = WIDTH) -> Text:
    """Every batch, the newest first."""
    shown = [line for batch in lines for line in _batch(batch)]
    return lay_out(shown or [Line(Text("No batch yet: nothing was applied."))], width=width)


def _batch(batch: BatchLine) -> Iterator[Line]:
    head = Text.assemble((visible(batch.id), "bold"), "  ", (visible(batch.status), _STYLES.get(batch.status, "")))
    head.append(f"  {_when(batch.started)}")
    yield Line(head)
    words = count(batch.actions, "action")
    if batch.values:
        words += f" · {count(batch.values, 'value')} archived"
    if batch.restores:
        words += f" · restore of {', '.join(map(visible, batch.restores))}"
    yield Line(prefix=_INDENT, body=Text(words))


def _when(moment: str) -> str:
    """A moment in UTC as the archive has it: Notion keeps dates to the minute."""
    return f"{visible(moment)[:16].replace('T', ' ')} UTC"


def batch_text(view: BatchView, *, width: int = WIDTH) -> Text:
    """One batch: its plan, its entries, its reports."""
    lines = list(_batch(view.batch))
    if view.batch.finished:
        lines.append(Line(prefix=_INDENT, body=Text(f"finished {_when(view.batch.finished)}")))
    lines += [Line(Text()), Line(Text("Plan", "bold"))]
    lines += [Line(prefix=_INDENT, body=Text(visible(line))) for line in view.plan]
    if view.entries:
        lines += [Line(Text()), Line(Text("Archive", "bold"))]
        lines += [line for entry in view.entries for line in _entry(entry, of_batch=True)]
    if view.reports:
        lines += [Line(Text()), Line(Text("Reports", "bold"))]
        lines += [Line(prefix=_INDENT, body=Text(visible(report))) for report in view.reports]
    return lay_out(lines, width=width)


def entries_text(entries: Iterable[EntryLine], *, width: int = WIDTH) -> Text:
    """Entries, each on a few lines."""
    lines = [line for entry in entries for line in _entry(entry, of_batch=False)]
    return lay_out(lines or [Line(Text("No entry of the archive meets that."))], width=width)


def _entry(entry: EntryLine, *, of_batch: bool) -> Iterator[Line]:
    head = Text.assemble((visible(entry.kind or "(no kind)"), "bold"), f" {visible(entry.place)}")
    if entry.field:
        head.append(f" · {visible(entry.field)}")
    yield Line(prefix=_INDENT if of_batch else Text(), body=head)
    margin = Text("    " if of_batch else "  ")
    if entry.rows:
        yield Line(prefix=margin, body=Text(visible(entry.rows)))
    if not of_batch:
        yield Line(prefix=margin, body=Text(f"{_when(entry.when)} · batch {visible(entry.batch) or '(none)'}"))
    yield Line(prefix=margin, body=Text(visible(entry.id), "dim"))


def entry_text(view: EntryView, *, limit: int, width: int = WIDTH) -> Text:
    """One entry with its first ``limit`` values."""
    line = view.line
    lines = list(_entry(line, of_batch=False))
    told = (("database", line.database), ("why", line.reason), ("source", view.source), ("declared at", view.where))
    lines += [Line(prefix=_INDENT, body=Text(f"{word}: {visible(text)}")) for word, text in told if text]
    if view.pages:
        lines.append(Line(prefix=_INDENT, body=Text(f"the content of {count(view.pages, 'page')}")))
    if view.hidden:
        lines.append(
            Line(prefix=_INDENT, body=Text("its database is declared sensitive: values are shown in Notion alone"))
        )
    lines.append(Line(Text()))
    for value in view.values[:limit]:
        new = f" → {visible(value.new)}" if value.new else ""
        lines.append(
            Line(
                prefix=_INDENT,
                body=Text(f"{visible(value.row)} · {visible(value.field)}: {visible(value.old) or _NOTHING}{new}"),
            )
        )
    more = len(view.values) - limit
    if more > 0:
        lines.append(Line(prefix=_INDENT, body=Text(f"… {count(more, 'value')} more (--limit-rows N)", "dim")))
    kept = count(len(view.values), "value")
    if view.unrestorable:
        kept += f", not restorable: {view.unrestorable} (computed)"
    lines.append(Line(Text(f"{kept}.")))
    return lay_out(lines, width=width)
