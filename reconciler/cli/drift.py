"""``wtstate drift``: what people changed since the last apply, apart from what the files changed; writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.formats import SIBLINGS, Format, Forms, SiblingFormats, outputs, put
from reconciler.cli.part import part_of
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from rich.text import Text

    from reconciler.observe.drift.report import DriftReport


def drift(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    format_: SiblingFormats = None,
    json: options.Json = False,
    only: options.Only = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 0: no drift; 2: there is some.")
    ] = False,
) -> int:
    """Show what people changed since the last apply. Writes nothing.

    Three sides are compared: as last applied, as it is, as the files say. What the files alone changed is told apart.

    Example: wtstate drift --detailed-exitcode --format markdown=drift.md
    """
    part = part_of(only, None, None)
    wanted = outputs(format_, json=json, known=SIBLINGS)

    async def work() -> DriftReport:
        async with opened(Aim(directory, state, target, environment), read_only=True, part=part) as session:
            return await session.drift(only=part.only)

    report = run(work())
    screen.event("drift", {"drifted": report.drifted, "items": len(report.items), "requests": report.requests})
    put(drift_forms(report, part.words), wanted)
    return exits.CHANGES if detailed_exitcode and report.drifted else exits.OK


def drift_forms(report: DriftReport, part: str) -> Forms:
    """A drift in its forms."""

    def text(width: int) -> Text:
        from reconciler.render.drift import drift_text

        return drift_text(report, part=part, width=width)

    return Forms(
        text=text,
        others={
            Format.MARKDOWN: lambda: _markdown(report, part),
            Format.JSON: lambda: _json(report),
            Format.GITHUB: lambda: _github(report, part),
        },
        summary=lambda: _markdown(report, part),
    )


def _markdown(report: DriftReport, part: str) -> str:
    from reconciler.render.drift_forms import drift_markdown

    return drift_markdown(report, part=part)


def _github(report: DriftReport, part: str) -> str:
    from reconciler.render.drift_forms import drift_github

    return drift_github(report, part=part)


def _json(report: DriftReport) -> str:
    from reconciler.observe.drift.report import document
    from reconciler.render.json import json_text

    return json_text(document(report))
