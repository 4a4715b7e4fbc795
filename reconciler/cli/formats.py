"""In which forms things are shown, and where each goes: ``--format NAME`` and ``--format NAME=FILE``."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import screen

if TYPE_CHECKING:
    from rich.text import Text

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


SIBLINGS = (Format.TEXT, Format.MARKDOWN, Format.JSON, Format.GITHUB)
"""The forms of what has no page of its own."""

SiblingFormats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="text, markdown, json or github; on stdout, or saved in FILE. Can be repeated.",
    ),
]


@dataclass(frozen=True)
class Output:
    """One form, and the file it goes to (None: stdout)."""

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


def outputs(
    given: Sequence[str] | None, *, json: bool = False, known: Collection[Format] = tuple(Format)
) -> tuple[Output, ...]:
    """What the command line asks for; text on stdout where nothing else is asked to go there.

    Raises `typer.BadParameter` for a form that there is not, and for two that both go to stdout.
    """
    asked = [_output(text, known) for text in given or ()]
    if json:
        asked.append(Output(Format.JSON))
    loud = [output for output in asked if output.path is None]
    if len(loud) > 1:
        names = " and ".join(output.format.value for output in loud)
        raise typer.BadParameter(f"{names} cannot both go to stdout; save one: --format {loud[0].format}=FILE")
    return tuple(asked if loud else [*asked, Output(Format.TEXT)])


def _output(text: str, known: Collection[Format]) -> Output:
    name, _, path = text.partition("=")
    if name not in known:
        raise typer.BadParameter(f"{name!r} is no format; there are {', '.join(known)}")
    return Output(Format(name), Path(path) if path else None)


@dataclass(frozen=True)
class Forms:
    """A thing in every form that there is of it: ``text`` for a width, the ``others`` as they are saved.

    ``summary`` is what a step's summary says of it, on GitHub Actions.
    """

    text: Callable[[int], Text]
    others: Mapping[Format, Callable[[], str]]
    summary: Callable[[], str]

    def rendered(self, wanted: Format) -> str:
        """One form, without colour, 80 columns wide where that matters, a newline at its end."""
        if wanted is Format.TEXT:
            from reconciler.render.layout import WIDTH

            return self.text(WIDTH).plain + "\n"
        text = self.others[wanted]()
        return text if text.endswith("\n") else f"{text}\n"


def put(forms: Forms, wanted: Sequence[Output]) -> None:
    """Every form where it goes; files first. Raises `WtstateError` for a file that cannot be written."""
    from reconciler.cli.files import append, write_whole

    for output in wanted:
        if output.path is not None:
            write_whole(output.path, forms.rendered(output.format))
    for output in wanted:
        if output.format is Format.GITHUB and os.environ.get(STEP_SUMMARY):
            append(Path(os.environ[STEP_SUMMARY]), forms.summary())
        if output.path is not None:
            continue
        if output.format is Format.TEXT:
            screen.say(forms.text(screen.out_width()))
        else:
            typer.echo(forms.rendered(output.format), nl=False)


def plan_forms(plan: Plan, showing: Showing) -> Forms:
    """A plan in its forms."""

    def text(width: int) -> Text:
        from reconciler.render.text import plan_text

        return plan_text(plan, limit_rows=showing.rows(), part=showing.part, width=width)

    return Forms(
        text=text,
        others={
            Format.MARKDOWN: lambda: _markdown(plan, showing),
            Format.HTML: lambda: _html(plan, showing),
            Format.JSON: lambda: _json(plan),
            Format.GITHUB: lambda: _github(plan, showing),
        },
        summary=lambda: _summary(plan, showing),
    )


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


def _json(plan: Plan) -> str:
    from reconciler.planning.document import document
    from reconciler.render.json import json_text

    return json_text(document(plan))


def _github(plan: Plan, showing: Showing) -> str:
    from reconciler.render.github import plan_github

    return plan_github(plan, limit_rows=showing.rows(), part=showing.part)
