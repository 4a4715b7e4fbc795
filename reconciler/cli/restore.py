"""``wtstate restore``: takes batches, or single archive entries, back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.apply import done_line
from reconciler.cli.formats import Showing, outputs, plan_forms, put
from reconciler.cli.part import Part, part_of
from reconciler.cli.plan import save, show
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.api import Session
    from reconciler.planning.plan import Plan

_WORD = "yes"
_SHOWN = 10


def restore(
    what: Annotated[list[str], typer.Argument(metavar="BATCH|ENTRY", help="Ids of batches, or of archive entries.")],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--plan", help="Show the plan and stop. Writes nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON; only with --plan.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Save the plan.")] = None,
    only: options.Only = None,
    except_: options.Except = None,
    allow: options.Allow = None,
    limit_rows: options.LimitRows = 3,
    max_requests: options.MaxRequests = None,
) -> int:
    """Take back what batches did.

    Names, fields, options, values, links, rows and databases. What people changed since stays, and is told. A restore
    is a batch itself, so it can be restored.

    Example: wtstate restore 20260102-091500-7c1e --plan
    """
    part = part_of(only, except_, allow)
    aim, asked = Aim(directory, state, target, environment), tuple(what)
    if dry_run or json:
        return run(_planned(aim, asked, part, limit_rows=limit_rows, as_json=json, out=out))
    if not yes and not screen.can_ask():
        raise WtstateError(
            Finding(
                code="no-confirmation",
                what="there is no terminal to confirm on, and --yes was not given",
                why="nothing is changed without a person's word",
                next="read the plan (wtstate restore --plan), then run restore with --yes",
            )
        )
    return run(_restore(aim, asked, part, yes=yes, limit_rows=limit_rows, limit=max_requests, out=out))


async def _planned(
    aim: Aim, asked: tuple[str, ...], part: Part, *, limit_rows: int, as_json: bool, out: Path | None
) -> int:
    async with opened(aim, read_only=True) as session:
        plan = await session.plan_restore(asked, **part.asked)
    if out is not None:
        save(plan, out)
    if as_json:
        put(plan_forms(plan, Showing()), outputs(None, json=True))
    else:
        _show(plan, part, limit_rows=limit_rows)
    if plan.blocked:
        screen.say_findings(plan.blocked)
        return exits.ERROR
    return exits.OK


def _show(plan: Plan, part: Part, *, limit_rows: int) -> None:
    if plan.empty and not (plan.blocked or plan.manual or plan.notes):
        screen.say_lines(["Nothing to restore: the workspace is what it was before."])
        return
    show(plan, limit_rows=limit_rows, part=part.words or "restore")


async def _restore(
    aim: Aim,
    asked: tuple[str, ...],
    part: Part,
    *,
    yes: bool,
    limit_rows: int,
    limit: int | None,
    out: Path | None,
) -> int:
    progress = screen.progress()
    async with opened(aim, read_only=False, progress=progress) as session:
        plan = await session.plan_restore(asked, **part.asked, max_requests=limit)
        if out is not None:
            save(plan, out)
        _show(plan, part, limit_rows=limit_rows)
        if plan.stopped:
            raise WtstateError(plan.stopped)
        if plan.empty:
            if plan.blocked:
                screen.say_findings(plan.blocked)
            return exits.ERROR if plan.blocked else exits.OK
        if not yes and not await _confirmed(plan):
            screen.note("Cancelled. Nothing was changed.")
            return exits.ERROR
        typer.echo()
        outcome = await session.apply(plan)
        progress.close()
        said = "Restored" + done_line(outcome).removeprefix("Applied")
        screen.say_lines([said, ""])
        left = (*outcome.refused, *outcome.unsettled, *outcome.after.blocked)
        if left:
            screen.say_findings(left)
        else:
            screen.say_lines(["A second restore finds nothing to do."])
        await _afterwards(session, asked)
        return exits.OK if outcome.after.empty and not left else exits.ERROR


async def _confirmed(plan: Plan) -> bool:
    from reconciler.render.notice import notice

    screen.note_lines(["", *notice(plan)])
    return await screen.ask(f"Restore this? Only '{_WORD}' is a yes:") == _WORD


async def _afterwards(session: Session, asked: tuple[str, ...]) -> None:
    """What acts no more until it is forgotten, and what the state still declares and the next apply does again."""
    settled = await session.archives.settled_by(asked)
    lines = []
    if settled:
        lines += ["", "These rules are settled, so the next plan does not do them again:"]
        lines += [f"  wtstate forget '{address}'" for address in settled[:_SHOWN]]
        lines += [f"  … and {len(settled) - _SHOWN} more"] if len(settled) > _SHOWN else []
        lines += ["lets one act again."]
    try:
        again = await session.plan()
    except WtstateError as error:
        lines += ["", f"What the state would do now cannot be planned: {error}"]
    else:
        if again.actions:
            lines += ["", "The state still declares this, so the next apply does it again, unless the line changes:"]
            lines += [f"  {a.kind} {a.address}" + (f"  {a.where}" if a.where else "") for a in again.actions[:_SHOWN]]
            lines += [f"  … and {len(again.actions) - _SHOWN} more"] if len(again.actions) > _SHOWN else []
    if lines:
        screen.say_lines(lines)
