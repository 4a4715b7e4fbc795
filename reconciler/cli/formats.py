"""In which forms a plan is shown, and where each goes: ``--format NAME`` and ``--format NAME=FILE``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import screen

if TYPE_CHECKING:
    from reconciler.planning.plan import Plan

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where GitHub Actions says which file a step's summary is added to."""


class Format(StrEnum):
    """What ``--format`` takes."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    GITHUB = "github"


Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="text, markdown, html, json or github; on stdout, or saved in FILE. Can be repeated.",
    ),
]


@dataclass(frozen=True)
class Output:
    """One form of a plan, and the file it goes to (None: stdout)."""

    format: Format
    path: Path | None = None


@dataclass(frozen=True)
class Showing:
    """What else a form depends on: values shown for an action (None: as many as suit it), and what it is a plan of."""

    limit_rows: int | None = None
    part: str = ""

    def rows(self, otherwise: int = 3) -> int:
        """Values shown for an action, by a form that shows ``otherwise`` where nobody says how many."""
        return otherwise if self.limit_rows is None else self.limit_rows


def outputs(given: Sequence[str] | None, *, json: bool = False) -> tuple[Output, ...]:
    """What the command line asks for; text on stdout where nothing else is asked to go there.

    Raises `typer.BadParameter` for a form that there is not, and for two that both go to stdout.
    """
    asked = [_output(text) for text in given or ()]
    if json:
        asked.append(Output(Format.JSON))
    loud = [output for output in asked if output.path is None]
    if len(loud) > 1:
        names = " and ".join(output.format.value for output in loud)
        raise typer.BadParameter(f"{names} cannot both go to stdout; save one: --format {loud[0].format}=FILE")
    return tuple(asked if loud else [*asked, Output(Format.TEXT)])


def _output(text: str) -> Output:
    name, _, path = text.partition("=")
    try:
        return Output(Format(name), Path(path) if path else None)
    except ValueError:
        raise typer.BadParameter(f"{name!r} is no format; there are {', '.join(Format)}") from None


def put(plan: Plan, wanted: Sequence[Output], showing: Showing) -> None:
    """Every form of the plan where it goes; files first. Raises `WtstateError` for a file that cannot be written."""
    from reconciler.cli.files import append, write_whole

    for output in wanted:
        if output.path is not None:
            write_whole(output.path, rendered(plan, output.format, showing) + "\n" * (output.format is Format.JSON))
    for output in wanted:
        if output.format is Format.GITHUB and os.environ.get(STEP_SUMMARY):
            append(Path(os.environ[STEP_SUMMARY]), _summary(plan, showing))
        if output.path is not None:
            continue
        if output.format is Format.TEXT:
            from reconciler.render.text import plan_text

            width = screen.out_width()
            screen.say(plan_text(plan, limit_rows=showing.rows(), part=showing.part, width=width))
        else:
            typer.echo(rendered(plan, output.format, showing).removesuffix("\n"))


def rendered(plan: Plan, wanted: Format, showing: Showing) -> str:
    """The plan in one form, without colour, 80 columns wide where that matters."""
    return _RENDERERS[wanted](plan, showing)


def _text(plan: Plan, showing: Showing) -> str:
    from reconciler.render.text import plan_text

    return plan_text(plan, limit_rows=showing.rows(), part=showing.part).plain + "\n"


def _markdown(plan: Plan, showing: Showing) -> str:
    from reconciler.render.markdown import plan_markdown

    return plan_markdown(plan, limit_rows=showing.rows(), part=showing.part)


def _summary(plan: Plan, showing: Showing) -> str:
    """What a step's summary says: the Markdown, with more room than in a comment."""
    from reconciler.render.github import SUMMARY_LIMIT
    from reconciler.render.markdown import plan_markdown

    return plan_markdown(plan, limit_rows=showing.rows(), part=showing.part, limit=SUMMARY_LIMIT)


def _html(plan: Plan, showing: Showing) -> str:
    from reconciler.render.html import SHOWN_ROWS, plan_html

    return plan_html(plan, limit_rows=showing.rows(SHOWN_ROWS), part=showing.part)


def _json(plan: Plan, showing: Showing) -> str:
    from reconciler.planning.document import document
    from reconciler.render.json import json_text

    del showing
    return json_text(document(plan))


def _github(plan: Plan, showing: Showing) -> str:
    from reconciler.render.github import plan_github

    return plan_github(plan, limit_rows=showing.rows(), part=showing.part) + "\n"


_RENDERERS: dict[Format, Callable[[Plan, Showing], str]] = {
    Format.TEXT: _text,
    Format.MARKDOWN: _markdown,
    Format.HTML: _html,
    Format.JSON: _json,
    Format.GITHUB: _github,
}
