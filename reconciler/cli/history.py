"""``wtstate history``: what was applied and restored, batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.observe.history import BatchLine, BatchView


def history(
    batch: Annotated[str | None, typer.Argument(metavar="BATCH", help="Show this batch alone, in full.")] = None,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    json: options.Json = False,
) -> int:
    """List the batches, the newest first; or show one.

    Of one batch: its plan, its archive entries, its reports.

    Example: wtstate history
    """
    aim = Aim(directory, state, target, environment)
    if batch is None:
        _show_all(run(_all(aim)), as_json=json)
    else:
        _show_one(run(_one(aim, batch)), as_json=json)
    return exits.OK


async def _all(aim: Aim) -> tuple[BatchLine, ...]:
    async with opened(aim, read_only=True) as session:
        return await session.archives.history()


async def _one(aim: Aim, batch: str) -> BatchView:
    async with opened(aim, read_only=True) as session:
        return await session.archives.batch(batch)


def _show_all(lines: tuple[BatchLine, ...], *, as_json: bool) -> None:
    from reconciler.observe.history import history_document
    from reconciler.render.history import history_text
    from reconciler.render.json import json_text

    if as_json:
        typer.echo(json_text(history_document(lines)))
    else:
        screen.say(history_text(lines, width=screen.out_width()))


def _show_one(view: BatchView, *, as_json: bool) -> None:
    from reconciler.observe.history import batch_document
    from reconciler.render.history import batch_text
    from reconciler.render.json import json_text

    if as_json:
        typer.echo(json_text(batch_document(view)))
    else:
        screen.say(batch_text(view, width=screen.out_width()))
