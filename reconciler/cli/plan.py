"""``wtstate plan``: the difference between the files and the workspace; writes nothing to it, ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options
from reconciler.cli.session import Aim, listed, opened, run, within

if TYPE_CHECKING:
    from reconciler.planning.plan import Plan


def plan(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    target: options.Target = None,
    json: options.Json = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Save the plan, to approve it with apply.")] = None,
    only: options.Only = None,
    except_: options.Except = None,
    allow: options.Allow = None,
    limit_rows: options.LimitRows = 3,
    max_requests: options.MaxRequests = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 0: nothing to do; 2: there are changes.")
    ] = False,
) -> int:
    """Show what apply would change. Writes nothing to the workspace."""

    async def work() -> Plan:
        async with opened(Aim(directory, state, target), read_only=True) as session:
            return await session.plan(only=listed(only), except_=listed(except_), allow=listed(allow))

    made = run(work())
    if out is not None:
        save(made, out)
    show(made, as_json=json, limit_rows=limit_rows)
    within(made, max_requests)
    return exits.CHANGES if detailed_exitcode and not made.empty else exits.OK


def show(plan: Plan, *, as_json: bool, limit_rows: int) -> None:
    """The plan on stdout."""
    from reconciler.cli import screen

    if as_json:
        from reconciler.planning.document import document
        from reconciler.render.json import json_text

        typer.echo(json_text(document(plan)))
        return
    from reconciler.render.text import plan_text

    screen.say(plan_text(plan, limit_rows=limit_rows, width=screen.out_width()))


def save(plan: Plan, path: Path) -> None:
    """The plan's document in ``path``, whole or not at all. Raises `WtstateError` when it cannot be written."""
    from reconciler.cli.files import write_whole
    from reconciler.planning.document import document
    from reconciler.render.json import json_text

    write_whole(path, json_text(document(plan)) + "\n")
