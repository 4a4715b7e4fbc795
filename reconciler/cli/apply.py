"""``wtstate apply``: makes the workspace match the files, after a person or ``--yes`` said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.applied import applied_forms, done_line, numbers
from reconciler.cli.backup import take
from reconciler.cli.formats import SIBLINGS, Format, Output, Showing, SiblingFormats, outputs, plan_forms, put
from reconciler.cli.options import state_path
from reconciler.cli.part import Part, part_of
from reconciler.cli.plan import tell
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding, Severity, WtstateError

if TYPE_CHECKING:
    from reconciler.api import Outcome, Session
    from reconciler.planning.document import Approval
    from reconciler.planning.plan import Plan

_WORD = "yes"


@dataclass(frozen=True)
class Wish:
    """What the command line asks of an apply."""

    part: Part
    limit_rows: int
    max_requests: int | None
    yes: bool
    approval: Approval | None
    backup: Path | None
    wanted: tuple[Output, ...]

    @property
    def speaks(self) -> bool:
        """Whether stdout is for people to read along."""
        return any(output.path is None and output.format is Format.TEXT for output in self.wanted)

    @property
    def afterwards(self) -> tuple[Output, ...]:
        """The forms that are made once all is done."""
        return tuple(output for output in self.wanted if output.path is not None or output.format is not Format.TEXT)

    @property
    def showing(self) -> Showing:
        """How much the forms show."""
        return Showing(limit_rows=self.limit_rows, part=self.part.words)


def apply(
    plan_file: Annotated[
        Path | None, typer.Argument(metavar="PLAN.json", help="A saved plan: apply only if it is still the plan.")
    ] = None,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    format_: SiblingFormats = None,
    json: options.Json = False,
    only: options.Only = None,
    except_: options.Except = None,
    allow: options.Allow = None,
    limit_rows: options.LimitRows = 3,
    max_requests: options.MaxRequests = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", metavar="FILE", help="Take a complete backup before anything is written.")
    ] = None,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Give up the batch that is open, and change nothing else.")
    ] = False,
) -> int:
    """Change the workspace as the plan shows.

    Whatever would be lost is archived first, in the workspace. Asks before it starts; at the end a second plan shows
    that nothing is left to do.

    Example: wtstate apply plan.json --format markdown=applied.md
    """
    wish = Wish(
        part=part_of(only, except_, allow),
        limit_rows=limit_rows,
        max_requests=max_requests,
        yes=yes,
        approval=_approval(plan_file),
        backup=backup,
        wanted=outputs(format_, json=json, known=SIBLINGS),
    )
    if not yes and not screen.can_ask():
        raise WtstateError(
            Finding(
                code="no-confirmation",
                what="there is no terminal to confirm on, and --yes was not given",
                why="nothing is changed without a person's word",
                next="read the plan (wtstate plan), then run apply with --yes",
            )
        )
    aim = Aim(directory, state, target, environment)
    return run(_abandon(aim, yes=yes) if abandon else _apply(aim, wish))


def _approval(path: Path | None) -> Approval | None:
    if path is None:
        return None
    from reconciler.planning.document import hold_kind

    approval = approval_in(path)
    hold_kind(approval, restores=False)
    return approval


def approval_in(path: Path) -> Approval:
    """The approval in a saved plan. Raises `WtstateError` for a file that is none."""
    from reconciler.cli.files import read_whole
    from reconciler.planning.document import read_approval

    return read_approval(read_whole(path), name=str(path))


async def _abandon(aim: Aim, *, yes: bool) -> int:
    """Gives up the open batch, and says what stays undone."""
    async with opened(aim, read_only=False, locks=True) as session:
        if not yes and await screen.ask(f"Give up the batch that is open? Only '{_WORD}' is a yes:") != _WORD:
            screen.note("Cancelled. Nothing was changed.")
            return exits.ERROR
        given_up = await session.abandon()
    if not given_up.batches:
        screen.say_lines(["No batch is open. Nothing was changed."])
        return exits.OK
    lines = [f"Given up: batch {', '.join(given_up.batches)}. What it did stays; its entries stay in the archive."]
    if given_up.undone:
        lines += ["No later run finishes this:", *(f"  {undone}" for undone in given_up.undone)]
    left = len(given_up.after.actions)
    lines.append(f"A new plan has {left} {'action' if left == 1 else 'actions'}: wtstate plan")
    screen.say_lines(lines)
    return exits.OK


async def _apply(aim: Aim, wish: Wish) -> int:
    part, progress = wish.part, screen.progress()
    async with opened(aim, read_only=False, part=part, progress=progress, locks=True, cached=True) as session:
        consents = await _comes_from(aim, session, part)
        plan = await session.plan(**part.asked, max_requests=wish.max_requests)
        if wish.approval is not None:
            hold(wish.approval, plan, growth=session.policy.growth)
        tell(plan)
        if wish.speaks or not wish.yes:
            screen.say(plan_forms(plan, wish.showing).text(screen.out_width()), aside=not wish.speaks)
        if plan.stopped:
            raise WtstateError(plan.stopped)
        if plan.empty:
            put(applied_forms(plan, None, wish.showing), wish.afterwards)
            if plan.blocked:
                screen.say_findings(plan.blocked)
            return exits.ERROR if plan.blocked else exits.OK
        if not wish.yes and not await _confirmed(plan):
            screen.note("Cancelled. Nothing was changed.")
            return exits.ERROR
        if wish.backup is not None and await take(session, wish.backup) != exits.OK:
            screen.note("Nothing was changed: the backup is not complete.")
            return exits.ERROR
        outcome = await _carried_out(session, plan, progress=progress, consents=consents)
    if wish.speaks:
        typer.echo()
        _say(outcome, part.words)
    put(applied_forms(plan, outcome, wish.showing), wish.afterwards)
    return _judged(outcome)


async def _comes_from(aim: Aim, session: Session, part: Part) -> tuple[str, ...]:
    """Asks git whether the policy lets this checkout apply; the consents that were needed for it.

    Raises `WtstateError` when it does not, and for a consent that lifts nothing.
    """
    from reconciler.cli.checkout import checkout_of
    from reconciler.planning.guards import branch, consent

    given = [each for each in part.allow if each.startswith("apply-from:")]
    allowed = session.policy.apply_from
    if not allowed and not given:
        return ()
    checkout = await checkout_of(state_path(aim.directory, aim.state)) if allowed else branch.Checkout()
    said = consent.judged(branch.guard(checkout, allowed), given)
    wrong = [f for f in said if f.severity is Severity.ERROR] or consent.idle(given, said, ())
    if wrong:
        raise WtstateError(wrong)
    if said:
        screen.say_findings(said)
    return consent.given(said)


def hold(approval: Approval, plan: Plan, *, growth: int) -> None:
    """Raises `WtstateError` with everything that moved since the plan was approved; says which rows joined it."""
    from reconciler.planning.document import compare

    told = compare(approval, plan, growth=growth)
    moved = [finding for finding in told if finding.severity is Severity.ERROR]
    if moved:
        raise WtstateError(moved)
    if told:
        screen.say_findings(told)


async def _confirmed(plan: Plan) -> bool:
    from reconciler.render.notice import notice

    screen.note_lines(["", *notice(plan)])
    return await screen.ask(f"Apply this plan? Only '{_WORD}' is a yes:") == _WORD


async def carry_out(session: Session, plan: Plan, *, progress: screen.Progress) -> int:
    """Applies ``plan`` and says what was done and what a second plan finds; the exit code."""
    outcome = await _carried_out(session, plan, progress=progress, consents=())
    _say(outcome, "")
    return _judged(outcome)


async def _carried_out(session: Session, plan: Plan, *, progress: screen.Progress, consents: Sequence[str]) -> Outcome:
    outcome = await session.apply(plan, consents=consents)
    progress.close()
    screen.event("applied", numbers(outcome))
    return outcome


def _say(outcome: Outcome, part: str) -> None:
    """What was done and what a second plan finds, for who reads along."""
    from reconciler.render.text import summary_text

    screen.say_lines([done_line(outcome), ""])
    if not outcome.after.empty:
        typer.echo("A second plan still finds something to do:")
    screen.say(summary_text(outcome.after, part=part, width=screen.out_width()))


def _judged(outcome: Outcome) -> int:
    """Says what is left on stderr; the exit code."""
    left = (*outcome.refused, *outcome.unsettled, *outcome.after.blocked)
    if left:
        screen.say_findings(left)
    elif outcome.after.empty:
        screen.aside("next: wtstate verify checks everything", event="next")
    return exits.OK if outcome.after.empty and not left else exits.ERROR
