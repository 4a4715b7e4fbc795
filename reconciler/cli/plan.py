"""``wtstate plan``: the difference between the files and the workspace; writes nothing to it, ever."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.formats import Format, Formats, Showing, outputs, plan_forms, put
from reconciler.cli.part import part_of
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.planning.plan import Plan


def plan(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    format_: Formats = None,
    json: options.Json = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Save the plan, to approve it with apply.")] = None,
    only: options.Only = None,
    except_: options.Except = None,
    allow: options.Allow = None,
    limit_rows: options.SampledRows = None,
    max_requests: options.MaxRequests = None,
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Plan offline from what wtstate record kept.")
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 0: nothing to do; 2: there are changes.")
    ] = False,
) -> int:
    """Show what apply would change. Writes nothing to the workspace.

    Example: wtstate plan --format html=plan.html --out plan.json
    """

    if from_ is not None and target is not None:
        raise typer.BadParameter("--from and --target exclude each other: a record is the target")
    part = part_of(only, except_, allow)
    wanted = outputs(format_, json=json)

    async def work() -> Plan:
        aim = Aim(directory, state, target, environment, from_)
        async with opened(aim, read_only=True, part=part, cached=True) as session:
            return await session.plan(**part.asked, max_requests=max_requests)

    made = run(work())
    tell(made)
    if out is not None:
        save(made, out)
    put(plan_forms(made, Showing(limit_rows=limit_rows, part=part.words)), wanted)
    if made.blocked:
        screen.say_findings(made.blocked)
        return exits.ERROR
    if not made.empty:
        approved = f" {shlex.quote(str(out))}" if out is not None else ""
        screen.aside(f"next: wtstate apply{approved}, which asks first", event="next")
    return exits.CHANGES if detailed_exitcode and not made.empty else exits.OK


def show(plan: Plan, *, limit_rows: int, part: str = "") -> None:
    """The plan on stdout; ``part`` says of what, "" for the whole state."""
    put(plan_forms(plan, Showing(limit_rows=limit_rows, part=part)), outputs(None))


def tell(plan: Plan) -> None:
    """What was planned, in numbers, for logs."""
    from reconciler.planning.document import summary

    left = {"blocked": len(plan.blocked), "manual": len(plan.manual)}
    screen.event("planned", {**summary(plan), **left})


def save(plan: Plan, path: Path) -> None:
    """The plan's document in ``path``, whole or not at all. Raises `WtstateError` when it cannot be written."""
    from reconciler.cli.files import write_whole

    write_whole(path, plan_forms(plan, Showing()).rendered(Format.JSON))
