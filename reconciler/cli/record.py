"""``wtstate record FILE``: what a plan needs to read, in one file, to plan offline from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding


def record(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to keep it; compressed, its owner's alone.")],
    with_values: Annotated[
        bool, typer.Option("--with-values", help="Keep what people typed too, not digests of it.")
    ] = False,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Keep what a plan needs to read. Reads only; `wtstate plan --from FILE` plans from it, offline.

    Example: wtstate record workspace.snapshot; wtstate plan --from workspace.snapshot
    """
    from reconciler.render.counting import count

    async def work() -> int:
        async with opened(Aim(directory, state, target, environment), read_only=True) as session:
            kept = await session.record(file, with_values=with_values)
        held = f"{count(kept.databases, 'database')}, {count(kept.rows, 'row')}"
        values = "with their values" if with_values else "digests in place of what people typed"
        screen.aside(f"Record: {held}, {values}, in {file} ({file.stat().st_size:,} bytes).", event="note")
        if not kept.differs:
            return exits.OK
        screen.say_findings([_differs(address, with_values) for address in kept.differs])
        return exits.ERROR

    return run(work())


def _differs(address: str, with_values: bool) -> Finding:
    return Finding(
        code="record-differs",
        address=address,
        what="a plan from the record comes out differently here than one from the workspace",
        why="" if with_values else "it hangs on what people typed, and the record holds digests of that",
        next="somebody may have changed it meanwhile: record again" if with_values else "record with --with-values",
    )
