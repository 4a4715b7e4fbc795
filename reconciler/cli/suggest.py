"""``wtstate suggest``: what looks wrong in a workspace, each with the TOML that would mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.pull import live_of, of_environment
from reconciler.cli.session import Aim, run, target_line

if TYPE_CHECKING:
    from reconciler.api import Session
    from reconciler.desired.state import Database, State
    from reconciler.observe.suggest import Declared, Subject, Suggestion

_FORMAT_VERSION = "1.0"


def suggest(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    json: options.Json = False,
) -> int:
    """Tell what looks wrong, with the TOML that would mend it.

    Reads every row. Changes nothing, and shows no value of a row.

    Example: wtstate suggest
    """
    found = run(_suggestions(Aim(directory, state, target, environment)))
    if json:
        from reconciler.render.json import json_text

        typer.echo(json_text({"format_version": _FORMAT_VERSION, "suggestions": [_document(one) for one in found]}))
        return exits.OK
    from reconciler.render.suggest import suggestions_text

    screen.say(suggestions_text([(one.finding, one_line(one) or toml(one)) for one in found], width=screen.out_width()))
    told = "put what you agree with into the state files" if found else "edit the state files"
    screen.aside(f"next: {told}, then wtstate plan", event="next")
    return exits.OK


def toml(one: Suggestion) -> str:
    """The tables that would mend it, as TOML; "" where TOML cannot say them."""
    from reconciler.desired.writing.text import toml_text

    try:
        return toml_text(one.tables).strip("\n")
    except ValueError:
        return ""


def one_line(one: Suggestion) -> str:
    """The line to write in place of the one that declares the field; "" where it takes more than that line."""
    from reconciler.desired.editing.inline import key_text, literal

    if not one.line or not toml(one):
        return ""
    (database,) = one.tables["databases"].values()
    ((name, words),) = database["fields"].items()
    return f"{key_text(name)} = {literal(words)}"


def _document(one: Suggestion) -> dict[str, Any]:
    told = one.finding
    where = str(told.where) if told.where else ""
    words = {"code": told.code, "address": told.address, "what": told.what, "why": told.why, "next": told.next}
    return {**words, "where": where, "toml": toml(one)}


async def _suggestions(aim: Aim) -> Sequence[Suggestion]:
    from reconciler import api
    from reconciler.observe.suggest import suggest as judge

    declared = aim.existing()
    target = aim.chosen(declared)
    reporter = screen.progress()
    async with api.connect(target, declared or api.empty_state(), read_only=True, reporter=reporter) as session:
        screen.aside(target_line(target, session, environment=aim.environment or ""), event="target")
        return judge([subject async for subject in _subjects(session, declared)])


async def _subjects(session: Session, declared: State | None) -> AsyncIterator[Subject]:
    """Every database that can be changed, with its rows; those whose values are sensitive without."""
    from reconciler.desired.writing.keys import key_for
    from reconciler.model.live import Rows
    from reconciler.observe.suggest import Subject

    prefix = declared.workspace.prefix if declared else ""
    live = of_environment(await session.databases(), prefix)
    known = {
        each.data_source_id: database
        for database in (declared.databases.values() if declared else ())
        if (each := live_of(database, live)) is not None
    }
    taken = [database.key for database in known.values()]
    for each in live:
        if each.unsupported:
            continue
        database = known.get(each.data_source_id)
        key = database.key if database else key_for(each.title.removeprefix(prefix), taken)
        taken.append(key)
        hidden = database is not None and database.sensitive
        rows = Rows() if hidden else await session.rows(each)
        yield Subject(key, each, rows, database.where if database else None, _declared(database) if database else {})


def _declared(database: Database) -> dict[str, Declared]:
    """How the files declare the fields of a database, from the files themselves; mirrors that only their owner
    names have no words of their own.
    """
    import tomllib

    from reconciler.observe.suggest import Declared

    found = {}
    for name, field in database.fields.items():
        source = Path(field.where.file).read_text(encoding="utf-8")
        words = tomllib.loads(source).get("databases", {}).get(database.key, {}).get("fields", {}).get(name)
        if words is None:
            continue
        line = source.splitlines()[field.where.line - 1]
        one_line = not line.lstrip().startswith("[") and _is_toml(line)
        found[name] = Declared(field.where, words if isinstance(words, dict) else {"type": words}, one_line)
    return found


def _is_toml(line: str) -> bool:
    """Whether the line says something whole."""
    import tomllib

    try:
        return bool(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return False
