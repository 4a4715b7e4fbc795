"""A drift as Markdown for a comment or an issue, and as annotations for a job of GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.limits import utf16_length
from reconciler.observe.drift.report import Drifted, DriftReport, Side
from reconciler.render.counting import count
from reconciler.render.drift import HEADINGS, drift_text, edited, sides, since, verdict
from reconciler.render.github import command, shielded
from reconciler.render.markdown import LIMIT
from reconciler.render.marked import code, in_environment, marker, prose
from reconciler.render.words import clip, place, shown

_SENTENCE = 300
_VALUE_CELLS = 80
_ANNOTATED = {Side.PEOPLE: "warning", Side.BOTH: "warning", Side.UNKNOWN: "notice"}
_SHOWN = 10
"""Annotations that GitHub shows for a step."""


def drift_markdown(report: DriftReport, *, part: str = "", limit: int = LIMIT) -> str:
    """The verdict, then each thing, in at most ``limit`` UTF-16 units (not below 5,000); a newline at its end.

    What does not fit is counted at the end.
    """
    top = [
        marker("drift", report.environment),
        f"## {prose(verdict(report, part))}{in_environment(report.environment)}",
    ]
    if since(report):
        top.append(prose(since(report)))
    room = limit - utf16_length("\n\n".join(top)) - _SENTENCE
    told: list[str] = []
    missing = 0
    for block in _blocks(report):
        room -= utf16_length(block) + 2
        if room < 0:
            missing += 1
        else:
            told.append(block)
    if missing:
        told.append(f"… {count(missing, 'more thing')}; `wtstate drift` shows everything.")
    return "\n\n".join([*top, *told]) + "\n"


def _blocks(report: DriftReport) -> Iterator[str]:
    for side, (heading, beside) in HEADINGS.items():
        items = report.of(side)
        if items:
            yield f"**{heading}: {len(items)}** · {beside}"
            yield from map(_item, items)
    if report.unknown:
        yield f"**Cannot be known: {len(report.unknown)}**"
        yield from (f"- {prose(clip(sentence, _SENTENCE))}" for sentence in report.unknown)


def _item(item: Drifted) -> str:
    head = f"- {code(clip(item.address, _SENTENCE))} {prose(clip(item.word, _VALUE_CELLS))}"
    if item.row:
        head += f" of {code(clip(shown(item.row), _VALUE_CELLS))}"
    if item.where:
        head += f" · {code(place(item.where))}"
    below = [" · ".join(f"{name} {code(clip(shown(text), _VALUE_CELLS))}" for name, text in sides(item))]
    below += [prose(clip(edited(item), _SENTENCE)), f"→ {prose(clip(item.next, _SENTENCE))}" if item.next else ""]
    return "\n".join([head, *(f"  - {each}" for each in below if each)])


def drift_github(report: DriftReport, *, part: str = "") -> str:
    """A warning for each thing that drifted, as far as GitHub shows them, then the report as text."""
    found = [(level, item) for side, level in _ANNOTATED.items() for item in report.of(side)]
    said = [_annotation(level, item) for level, item in (found if len(found) <= _SHOWN else found[: _SHOWN - 1])]
    if len(found) > _SHOWN:
        said.append(command("warning", "wtstate drift", f"{len(found) - _SHOWN + 1} more, see the log"))
    return "\n".join([*said, *shielded(drift_text(report, part=part).plain)]) + "\n"


def _annotation(level: str, item: Drifted) -> str:
    told = ", ".join(f"{name} {clip(shown(text), _VALUE_CELLS)}" for name, text in sides(item))
    of = f" of {clip(shown(item.row), _VALUE_CELLS)}" if item.row else ""
    return command(level, f"drift {item.address}", f"{item.word}{of}: {told}; {edited(item)}")
