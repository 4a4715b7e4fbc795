"""``wtstate pull``: writes what is live as state files that plan to nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.generated import Written, generated, is_ours, put
from reconciler.cli.session import Aim, run, target_line
from reconciler.cli.tried import tried
from reconciler.model import address as addresses
from reconciler.model.condition import normal
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.api import Target
    from reconciler.desired.state import Database, State
    from reconciler.desired.writing.tables import Found, LeftOut
    from reconciler.model.live import LiveDatabase, Workspace
    from reconciler.planning.plan import Plan

WORKSPACE = "workspace.toml"
_NOTHING = {
    "twin": "next: wtstate init --export FOLDER_OR_ZIP loads a Notion export; with NOTION_TOKEN set it looks at Notion",
    "notion": "next: share the databases' page with the connection (••• → Connections), then say this again",
}
"""What to do where no database is seen."""


def pull(
    databases: Annotated[
        list[str] | None, typer.Argument(metavar="DATABASE", help="Titles, keys, urls or ids. Without it: all.")
    ] = None,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Write live databases as state files that plan to nothing.

    One file a database, under state/. A file that a person wrote or changed is never written over, and what other files
    declare is left to them.

    Example: wtstate pull "WT Projects"
    """
    aim = Aim(directory, state, target, environment)
    declared = aim.existing()
    chosen = aim.chosen(declared)

    async def named(live: Sequence[LiveDatabase]) -> Sequence[str]:
        del live
        return databases or ()

    return run(pull_into(aim, chosen, declared, named, settings=lambda found: workspace_table(chosen, found)))


@dataclass(frozen=True)
class Pulled:
    """What a pull came to: its files, the keys in them, what could not be said, and what was passed over."""

    files: tuple[Written, ...]
    keys: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    skipped: tuple[str, ...]


Choose = Callable[[Sequence["LiveDatabase"]], Awaitable[Sequence[str]]]
"""From what is live to the titles, keys, urls or ids that are wanted; none means all."""


async def pull_into(
    aim: Aim,
    target: Target,
    declared: State | None,
    choose: Choose,
    *,
    settings: Callable[[Workspace], dict[str, Any]],
) -> int:
    """Reads the target, writes the files and plans once more; ``settings`` gives the [workspace] table of a new state.

    ``declared`` is the state that is there already. Returns the exit code.
    """
    from reconciler import api
    from reconciler.render.counting import count

    directory = options.state_path(aim.directory, aim.state)
    async with api.connect(
        target, declared or api.empty_state(), read_only=True, reporter=screen.progress()
    ) as session:
        screen.aside(target_line(target, session, environment=aim.environment or ""), event="target")
        live = of_environment(await session.databases(), declared.workspace.prefix if declared else "")
        pulled = gather(live, await choose(live), declared, directory, settings(session.workspace))
    if not pulled.keys:
        screen.say_lines([*pulled.skipped, "Nothing to write."])
        if not live:
            screen.aside(_NOTHING[target.kind], event="next")
        return exits.OK
    state = tried(directory, {file.path: file.text for file in pulled.files}, environment=aim.environment or "")
    plan = await _planned(target, state, pulled.keys)
    changed = put(list(pulled.files))
    same = len(pulled.files) - len(changed)
    told = [f"Wrote {count(len(changed), 'file')}:", *(f"  {path}" for path in changed)] if changed else []
    told += [f"{count(same, 'file')} as before."] if same else []
    told += [f"left out: {one.address}: {one.why}" for one in pulled.left_out]
    screen.say_lines([*pulled.skipped, *told])
    return _judged(plan)


def _judged(plan: Plan) -> int:
    """Says what a plan of the pulled files finds; it must find nothing."""
    from reconciler.render.text import plan_text, summary_text

    typer.echo()
    if plan.empty and not plan.blocked:
        screen.say(summary_text(plan, width=screen.out_width()))
        screen.aside("next: wtstate suggest tells what looks wrong; edit the files, then wtstate plan", event="next")
        return exits.OK
    screen.say(plan_text(plan, width=screen.out_width()))
    screen.say_findings(
        [
            Finding(
                code="pull-not-empty",
                what="a plan of the files that were written is not empty",
                why="what was pulled should describe what is there",
                next="somebody may be editing: pull again; if it stays so, report it as a bug",
            )
        ]
    )
    return exits.ERROR


def of_environment(live: Sequence[LiveDatabase], prefix: str) -> Sequence[LiveDatabase]:
    """Those of an environment, whose titles begin with its prefix: what lies beside them belongs to another one."""
    return [each for each in live if each.title.startswith(prefix)]


def workspace_table(target: Target, workspace: Workspace) -> dict[str, Any]:
    """The [workspace] table of a state that has none: what it is called, where its databases lie, and which it is."""
    table: dict[str, Any] = {"name": workspace.name, "parent": "env:NOTION_WT_PARENT_PAGE_ID"}
    return table if target.kind == "twin" or not workspace.id else {**table, "id": workspace.id}


def gather(
    live: Sequence[LiveDatabase],
    wanted: Sequence[str],
    declared: State | None,
    directory: Path,
    settings: dict[str, Any],
) -> Pulled:
    """The files for the databases that are wanted. Raises `WtstateError` for a name that no live database has."""
    from reconciler.desired.writing.keys import key_for
    from reconciler.desired.writing.tables import Found, Known, tables

    chosen = _chosen(live, wanted)
    found: list[Found] = []
    known: dict[str, Known] = {}
    skipped: list[str] = []
    held = {each.data_source_id: database for database in _databases(declared) if (each := live_of(database, live))}
    taken = [database.key for database in _databases(declared)]
    prefix = declared.workspace.prefix if declared else ""
    for each in live:
        database = held.get(each.data_source_id)
        ours = database is not None and is_ours(Path(database.where.file))
        if why := each.unsupported or _is_kept(each, declared):
            skipped += [f"{each.title}: passed over, {why}"] if each in chosen else []
            continue
        if database is not None and (not ours or each not in chosen):
            known[each.data_source_id] = Known(database.key, frozenset(database.fields), pairs(database))
            if each in chosen:
                skipped.append(f"{each.title}: {database.where.file} declares it as {database.key!r}; left to it")
        elif each in chosen:
            title = each.title.removeprefix(prefix)
            key = database.key if database else key_for(title, taken)
            taken.append(key)
            found.append(Found(key, replace(each, title=title), bind=_shares_title(each, live)))
    said = tables(found, known)
    files = [
        generated(_path(directory, one, declared), {"databases": {one.key: said.databases[one.key]}}) for one in found
    ]
    if declared is None and found:
        files.insert(0, generated(directory / WORKSPACE, {"workspace": {**settings, **_archive(live)}}))
    return Pulled(tuple(files), tuple(one.key for one in found), said.left_out, tuple(skipped))


def _is_kept(one: LiveDatabase, declared: State | None) -> str:
    """Why the title belongs to an archive that the state declares, "" where it does not."""
    if declared is None:
        return ""
    titles = {declared.workspace.archive, *(each.archive for each in declared.databases.values() if each.archive)}
    return "the state gives its title to an archive" if one.title in titles else ""


def _archive(live: Sequence[LiveDatabase]) -> dict[str, str]:
    """The word for the archive of a new state, where a database has the usual title: of an export, say."""
    from reconciler.api import empty_state
    from reconciler.desired.writing.keys import key_for

    usual = empty_state().workspace.archive
    taken = [each.title for each in live]
    return {"archive": key_for(usual, taken)} if usual in taken else {}


def pairs(database: Database) -> dict[str, tuple[tuple[str, str], bool]]:
    """The two-way relations that a database declares, by name: the other side, and whether that owns them."""
    owned = {name: (one.mirror_of, True) for name, one in database.fields.items() if one.mirror_of}
    owns = {n: ((one.to, one.two_way), False) for n, one in database.fields.items() if one.to and one.two_way}
    return {**owns, **owned}


def _databases(declared: State | None) -> list[Database]:
    return list(declared.databases.values()) if declared else []


def _shares_title(one: LiveDatabase, live: Sequence[LiveDatabase]) -> bool:
    """Whether the title alone does not say which database it is."""
    from reconciler.notion.shapes import UNTITLED

    return one.title == UNTITLED or sum(normal(each.title) == normal(one.title) for each in live) > 1


def live_of(database: Database, live: Sequence[LiveDatabase]) -> LiveDatabase | None:
    """The live database that a declared one means: by its url, its title, a former title."""
    from reconciler.notion.ids import id_of

    if database.bind:
        return next((each for each in live if id_of(each.id) == id_of(database.bind)), None)
    for title in (database.title, *database.was):
        for each in live:
            if normal(each.title) == normal(title):
                return each
    return None


def _path(directory: Path, one: Found, declared: State | None) -> Path:
    """The database's file: where it is declared already, else one named as its key."""
    if declared and one.key in declared.databases:
        return Path(declared.databases[one.key].where.file)
    return directory / f"{one.key}.toml"


def _chosen(live: Sequence[LiveDatabase], wanted: Sequence[str]) -> list[LiveDatabase]:
    if not wanted:
        return list(live)
    chosen: list[LiveDatabase] = []
    findings: list[Finding] = []
    for name in wanted:
        hits = [each for each in live if _is_meant(name, each)]
        chosen += hits
        if not hits:
            titles = ", ".join(repr(each.title) for each in live) or "none"
            findings.append(
                Finding(
                    code="no-database", what=f"no database is {name!r}; there are: {titles}", next="name one of them"
                )
            )
    if findings:
        raise WtstateError(findings)
    return chosen


def _is_meant(name: str, one: LiveDatabase) -> bool:
    from reconciler.desired.writing.keys import slug
    from reconciler.notion.ids import id_of

    if normal(name) == normal(one.title) or name == slug(one.title):
        return True
    try:
        return id_of(name) == id_of(one.id)
    except (ValueError, WtstateError):
        return False


async def _planned(target: Target, state: State, keys: Sequence[str]) -> Plan:
    """The plan of what was pulled."""
    from reconciler import api

    async with api.connect(target, state, read_only=True, reporter=screen.progress()) as session:
        return await session.plan(only=[addresses.of_database(key) for key in keys])
