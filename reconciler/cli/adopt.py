"""``wtstate adopt``: says which live database a declared one is, or where the archive lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exits, options
from reconciler.cli.session import Aim, opened, run


def adopt(
    what: Annotated[list[str], typer.Argument(metavar="ADDRESS URL", help="A declared database and its url or id.")],
    archive: Annotated[bool, typer.Option("--archive", help="URL is the archive; no ADDRESS then.")] = False,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Bind a declared database to a live one.

    With --archive URL: say where the archive database lies, when it cannot be found by itself.

    Example: wtstate adopt wt-phase-tracker https://www.notion.so/0123456789abcdef0123456789abcdef
    """
    wanted = 1 if archive else 2
    if len(what) != wanted:
        raise typer.BadParameter("give --archive URL" if archive else "give ADDRESS URL, or --archive URL")

    async def work() -> str:
        async with opened(Aim(directory, state, target, environment), read_only=False, locks=True) as session:
            return await (session.adopt_archive(what[0]) if archive else session.adopt(what[0], what[1]))

    from reconciler.render.escape import visible

    typer.echo(visible(run(work())))
    return exits.OK
