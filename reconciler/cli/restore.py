"""``wtstate restore``: takes batches, or single archive entries, back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.applied import done_line
from reconciler.cli.apply import approval_in, hold
from reconciler.cli.backup import take
from reconciler.cli.formats import Formats, Output, Showing, outputs, plan_forms, put
from reconciler.cli.part import Part, part_of
from reconciler.cli.plan import save, show, tell
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.api import Session
    from reconciler.planning.document import Approval
    from reconciler.planning.plan import Plan

_WORD = "yes"
_SHOWN = 10


@dataclass(frozen=True)
class Wish:
    """What the command line asks of a restore: ``named`` are ids, or ``approval`` says them."""

    named: tuple[str, ...]
    part: Part
    limit_rows: int
    max_requests: int | None
    yes: bool
    out: Path | None
    approval: Approval | None
    backup: Path | None


def restore(
    what: Annotated[
        list[str],
        typer.Argument(metavar="BATCH|ENTRY", help="Ids of batches, or of archive entries; or a saved PLAN.json."),
    ],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--plan", help="Show the plan and stop. Writes nothing.")] = False,
    format_: Formats = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the plan, to approve it: wtstate restore FILE.")
    ] = None,
    only: options.Only = None,
    except_: options.Except = None,
    allow: options.Allow = None,
    limit_rows: options.LimitRows = 3,
    max_requests: options.MaxRequests = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", metavar="FILE", help="Take a complete backup before anything is written.")
    ] = None,
) -> int:
    """Take back what batches did.

    Names, fields, options, values, links, rows and databases. What people changed since stays, and is told. A restore
    is a batch itself, so it can be restored. With --format or --json it shows the plan and stops, as with --plan.

    Example: wtstate restore 20260102-091500-7c1e --plan --out plan.json
    """
    approval = _approval(what)
    wish = Wish(
        named=approval.restores if approval else tuple(what),
        part=part_of(only, except_, allow),
        limit_rows=limit_rows,
        max_requests=max_requests,
        yes=yes,
        out=out,
        approval=approval,
        backup=backup,
    )
    aim = Aim(directory, state, target, environment)
    if dry_run or json or format_:
        return run(_planned(aim, wish, outputs(format_, json=json)))
    if not yes and not screen.can_ask():
        raise WtstateError(
            Finding(
                code="no-confirmation",
                what="there is no terminal to confirm on, and --yes was not given",
                why="nothing is changed without a person's word",
                next="read the plan (wtstate restore BATCH --plan), then run restore with --yes",
            )
        )
    return run(_restore(aim, wish))


def _approval(what: list[str]) -> Approval | None:
    """The saved plan that is named; no id looks like a file of that name."""
    if len(what) != 1 or not what[0].endswith(".json"):
        return None
    from reconciler.planning.document import hold_kind

    approval = approval_in(Path(what[0]))
    hold_kind(approval, restores=True)
    return approval


async def _made(session: Session, wish: Wish) -> Plan:
    """The plan; held against the approval, saved where that was asked for."""
    plan = await session.plan_restore(wish.named, **wish.part.asked, max_requests=wish.max_requests)
    if wish.approval is not None:
        hold(wish.approval, plan, growth=session.policy.growth)
    tell(plan)
    if wish.out is not None:
        save(plan, wish.out)
    return plan


async def _planned(aim: Aim, wish: Wish, wanted: Sequence[Output]) -> int:
    async with opened(aim, read_only=True) as session:
        plan = await _made(session, wish)
    put(plan_forms(plan, Showing(limit_rows=wish.limit_rows, part=wish.part.words)), wanted)
    if plan.blocked:
        screen.say_findings(plan.blocked)
        return exits.ERROR
    return exits.OK


async def _restore(aim: Aim, wish: Wish) -> int:
    progress = screen.progress()
    async with opened(aim, read_only=False, progress=progress, locks=True) as session:
        plan = await _made(session, wish)
        show(plan, limit_rows=wish.limit_rows, part=wish.part.words)
        if plan.stopped:
            raise WtstateError(plan.stopped)
        if plan.empty:
            if plan.blocked:
                screen.say_findings(plan.blocked)
            return exits.ERROR if plan.blocked else exits.OK
        if not wish.yes and not await _confirmed(plan):
            screen.note("Cancelled. Nothing was changed.")
            return exits.ERROR
        if wish.backup is not None and await take(session, wish.backup) != exits.OK:
            screen.note("Nothing was changed: the backup is not complete.")
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
        await _afterwards(session, wish.named)
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
