"""``wtstate verify``: whether the workspace is what the files, the memory and the archive say."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.observe.verify_report import VerifyReport


class Form(StrEnum):
    """What ``--format`` takes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


def verify(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    format_: Annotated[
        Form, typer.Option("--format", help="For a terminal, a program, a comment, or a job of GitHub Actions.")
    ] = Form.TEXT,
    json: options.Json = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Save the checks as JUnit XML, for CI.")
    ] = None,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Send reads only: do not keep the report with the last batch.")
    ] = False,
) -> int:
    """Check that everything is as declared, remembered and archived.

    Changes nothing but one page of the archive: the report is kept with the last batch. Exit 1 when a check failed.

    Example: wtstate verify --junit report.xml
    """

    async def work() -> VerifyReport:
        async with opened(Aim(directory, state, target, environment), read_only=no_store) as session:
            report = await session.verify()
            await session.store_report(report)
            return report

    report = run(work())
    if junit is not None:
        save_junit(report, junit)
    show(report, Form.JSON if json else format_)
    if report.verified and report.batch:
        screen.aside(
            f"next: wtstate history tells what was done; wtstate restore {report.batch} takes it back", event="next"
        )
    return exits.OK if report.verified else exits.ERROR


def show(report: VerifyReport, form: Form = Form.TEXT) -> None:
    """The report on stdout."""
    from reconciler.render.verify import verify_text
    from reconciler.render.verify_forms import verify_github, verify_markdown

    match form:
        case Form.TEXT:
            screen.say(verify_text(report, width=screen.out_width()))
        case Form.JSON:
            from reconciler.observe.verify_report import document
            from reconciler.render.json import json_text

            typer.echo(json_text(document(report)))
        case Form.MARKDOWN:
            typer.echo(verify_markdown(report), nl=False)
        case Form.GITHUB:
            typer.echo(verify_github(report), nl=False)


def save_junit(report: VerifyReport, path: Path) -> None:
    """The report as JUnit XML in ``path``, whole or not at all. Raises `WtstateError` when it cannot be written."""
    from reconciler.cli.files import write_whole
    from reconciler.render.junit import junit_text

    write_whole(path, junit_text(report))
