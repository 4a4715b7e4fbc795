"""``wtstate forget``: lets go of what the memory knows of an address; the object itself stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exits, options
from reconciler.cli.session import Aim, opened, run


def forget(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="A database or a rule of the state.")],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Forget what is remembered of an address.

    Which live database it is bound to, or that a rule is done. Nothing in the workspace is removed.

    Example: wtstate forget corrections.wt-5
    """

    async def work() -> str:
        async with opened(Aim(directory, state, target, environment), read_only=False, locks=True) as session:
            return await session.forget(address)

    from reconciler.render.escape import visible

    typer.echo(visible(run(work())))
    return exits.OK
