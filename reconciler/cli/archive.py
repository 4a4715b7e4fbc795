"""``wtstate archive``: finds what was archived, shows it, and deletes it for good."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.observe.archive_search import Wanted
    from reconciler.observe.history import EntryLine, EntryView

_WORD = "purge"


def archive() -> typer.Typer:
    """The commands below ``wtstate archive``."""
    app = typer.Typer(name="archive", no_args_is_help=True, help="Find, show and delete what was archived.")
    for command in (list_, show, purge):
        app.command(command.__name__.rstrip("_"))(command)
    return app


def list_(
    database: Annotated[
        str | None, typer.Option("--database", metavar="KEY", help="Only entries of this database.")
    ] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="NAME", help="Only entries of this field.")] = None,
    row: Annotated[
        str | None, typer.Option("--row", metavar="TEXT", help="Only entries with a row that is called so.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only this kind: correction, fold, drop, merge, …")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Only from this day on: 2026-01-31.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only up to this day.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", metavar="ID", help="Only entries of this batch.")] = None,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    json: options.Json = False,
) -> int:
    """List archive entries, the newest first.

    Example: wtstate archive list --database wt-phase-tracker
    """
    from reconciler.observe.archive_search import Wanted

    wanted = Wanted(
        database=database,
        field=field,
        row=row,
        kind=kind,
        since=_day("--since", since),
        until=_day("--until", until),
        batch=batch,
    )
    _show_list(run(_list(Aim(directory, state, target, environment), wanted)), as_json=json)
    return exits.OK


def _day(option: str, text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-01-31", param_hint=option) from None


async def _list(aim: Aim, wanted: Wanted) -> tuple[EntryLine, ...]:
    async with opened(aim, read_only=True) as session:
        return await session.archives.entries(wanted)


def _show_list(lines: tuple[EntryLine, ...], *, as_json: bool) -> None:
    from reconciler.observe.history import entries_document
    from reconciler.render.history import entries_text
    from reconciler.render.json import json_text

    if as_json:
        typer.echo(json_text(entries_document(lines)))
    else:
        screen.say(entries_text(lines, width=screen.out_width()))


def show(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="The id or url of an entry.")],
    limit_rows: Annotated[int, typer.Option("--limit-rows", min=0, metavar="N", help="Values shown.")] = 20,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    json: options.Json = False,
) -> int:
    """Show one entry with its values.

    Example: wtstate archive show 2f1c0a5e8d3b4c6f9a7e1b0d5c3f2a18
    """
    view = run(_show(Aim(directory, state, target, environment), entry))
    if json:
        from reconciler.observe.history import entry_document
        from reconciler.render.json import json_text

        typer.echo(json_text(entry_document(view)))
        return exits.OK
    from reconciler.render.history import entry_text

    screen.say(entry_text(view, limit=limit_rows, width=screen.out_width()))
    return exits.OK


async def _show(aim: Aim, entry: str) -> EntryView:
    async with opened(aim, read_only=True) as session:
        return await session.archives.entry(entry)


def purge(
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the archive.")],
    what: Annotated[
        list[str] | None, typer.Argument(metavar="ENTRY|BATCH", help="What to delete: ids of entries or batches.")
    ] = None,
    expired: Annotated[bool, typer.Option("--expired", help="Delete what is older than [policy] keep says.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Delete archived values for good.

    They cannot be restored afterwards. A tombstone stays of each entry: what, when, why, how many values.

    Example: wtstate archive purge --expired --reason "Older than we keep"
    """
    asked = tuple(what or ())
    if not asked and not expired:
        raise typer.BadParameter("name what to delete, or give --expired", param_hint="ENTRY|BATCH")
    if not yes and not screen.can_ask():
        raise WtstateError(
            Finding(
                code="no-confirmation",
                what="there is no terminal to confirm on, and --yes was not given",
                why="nothing is deleted without a person's word",
                next="look at what it is (wtstate archive show), then run purge with --yes",
            )
        )
    return run(_purge(Aim(directory, state, target, environment), asked, expired=expired, reason=reason, yes=yes))


async def _purge(aim: Aim, asked: tuple[str, ...], *, expired: bool, reason: str, yes: bool) -> int:
    from reconciler.render.counting import count

    async with opened(aim, read_only=False, locks=True) as session:
        going = await session.archives.to_purge(asked, expired=expired)
        if not going.kept and not going.pages:
            screen.say_lines(["Nothing to purge."])
            return exits.OK
        lines = [
            f"  {one.entry.kind} {one.entry.record_id}: {count(len(one.entry.values), 'value')}" for one in going.kept
        ]
        lines += [f"  the record of batch {batch}, by which it could be restored" for batch in going.batches]
        screen.say_lines(["To be deleted for good:", *lines])
        if not yes and await screen.ask(f"Delete it? Only '{_WORD}' is a yes:") != _WORD:
            screen.note("Cancelled. Nothing was deleted.")
            return exits.ERROR
        done = await session.archives.purge(going, reason=reason)
        entries = "entry" if done.entries == 1 else "entries"
        screen.say_lines(
            [
                f"Purged {count(done.values, 'value')} of {done.entries} {entries}; tombstones stay.",
                "Notion's trash keeps the emptied pages, and its page history what stood on them, as long as the"
                " workspace's plan says; only a person can delete them there.",
            ]
        )
    return exits.OK
