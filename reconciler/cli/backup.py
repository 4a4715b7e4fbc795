"""``wtstate backup FILE``: everything under the parent page, and every database of the state, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.api import Session
    from reconciler.survey.everything import Everything

_WITH_VALUES = "It holds the values of databases that are declared sensitive: keep it as you keep those."
_WITH_DIGESTS = "Of databases that are declared sensitive it holds digests: with --with-sensitive it would hold values."


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to keep it; compressed, its owner's alone.")],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    with_sensitive: Annotated[
        bool, typer.Option("--with-sensitive", help="Keep values of sensitive databases too, not digests of them.")
    ] = False,
) -> int:
    """Keep a complete snapshot of the workspace. Reads only; `wtstate twin load FILE` opens it.

    Holds schemas, rows, page content, people, views and comments: everything under the parent page, and every database
    of the state. What cannot be read is said, and the exit code is then 1.

    Example: wtstate backup workspace.snapshot
    """

    async def work() -> int:
        async with opened(Aim(directory, state, target, environment), read_only=True) as session:
            return await take(session, file, with_sensitive=with_sensitive)

    return run(work())


async def take(session: Session, file: Path, *, with_sensitive: bool = False) -> int:
    """Takes the backup and says what it holds; `exits.ERROR` when something could not be read."""
    everything = await session.backup(file, with_sensitive=with_sensitive)
    screen.aside(taken_line(file, everything), event="note")
    if everything.hiding is not None:
        screen.aside(_WITH_VALUES if with_sensitive else _WITH_DIGESTS, event="note")
    if everything.unread:
        screen.say_findings(everything.unread)
    return exits.ERROR if everything.unread else exits.OK


def taken_line(file: Path, everything: Everything) -> str:
    """What a backup holds, in one sentence."""
    from reconciler.render.counting import count

    held = (
        count(everything.databases, "database"),
        count(everything.rows, "row"),
        count(everything.blocks, "block"),
        count(everything.comments, "comment"),
    )
    size = file.stat().st_size
    return f"Backup: {', '.join(held)} in {file} ({size:,} bytes)."
