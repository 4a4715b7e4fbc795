"""``wtstate init``: from nothing to a state, asked step by step, or told by flags."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options, screen
from reconciler.cli.pull import pull_into, workspace_table
from reconciler.cli.session import Aim, run
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.api import Target
    from reconciler.model.live import LiveDatabase, Workspace

PARENT = "NOTION_WT_PARENT_PAGE_ID"
_VARIABLE = "NOTION_TOKEN"
_KEPT_NOWHERE = f"The token is kept nowhere: for the next commands, export {_VARIABLE}=…"


def init(
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FOLDER_OR_ZIP", help="Rehearse on a Notion export, loaded into the twin."),
    ] = None,
    parent: Annotated[
        str | None, typer.Option("--parent", metavar="PAGE", help="The page that holds the databases: its url or id.")
    ] = None,
    database: Annotated[
        list[str] | None,
        typer.Option("--database", metavar="NAME", help="Take this database: its title, url or id. Can be repeated."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Take all databases; do not ask.")] = False,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    target: options.Target = None,
) -> int:
    """Begin: look at a workspace and write its state files.

    Asks for what it needs to know; with flags it asks nothing. Writes nothing to the workspace.

    Example: wtstate init --export ~/Downloads/Export.zip
    """
    _nothing_there(options.state_path(directory, state))
    env = dict(os.environ)
    chosen = _target(env, target, directory, parent, export)
    if export is not None:
        _load(chosen, export)
    aim = Aim(directory, state, target)

    async def choose(live: Sequence[LiveDatabase]) -> Sequence[str]:
        return database or ([] if everything else await _choice(live))

    def settings(workspace: Workspace) -> dict[str, Any]:
        table = workspace_table(chosen, workspace)
        return table if chosen.kind == "twin" or env.get(PARENT) else {**table, "parent": chosen.parent}

    code = run(pull_into(aim, chosen, None, choose, settings=settings))
    if chosen.kind == "notion" and not os.environ.get(_VARIABLE):
        screen.note(_KEPT_NOWHERE)
    return code


def _nothing_there(directory: Path) -> None:
    if directory.is_dir() and any(directory.rglob("*.toml")):
        raise WtstateError(
            Finding(
                code="state-there",
                what=f"there are state files in {directory} already",
                why="init begins a state, and never writes over one",
                next="add databases to it with `wtstate pull NAME`, or name another directory with --state",
            )
        )


def _target(
    env: Mapping[str, str],
    asked: options.TargetName | None,
    directory: Path,
    parent: str | None,
    export: Path | None,
) -> Target:
    """The target: the twin for an export or where it is asked for, else Notion with the token that is set or typed."""
    from reconciler import api

    if export is not None or asked is options.TargetName.TWIN:
        return api.choose_target(env=env, target="twin", directory=directory)
    known = dict(env)
    if not known.get(_VARIABLE, "").strip() and screen.can_ask():
        known[_VARIABLE] = _typed_token()
        if not known[_VARIABLE] and asked is None:
            return api.choose_target(env=env, target="twin", directory=directory)
    chosen = api.choose_target(env=known, target=asked.value if asked else None, directory=directory)
    if chosen.kind == "twin":
        return chosen
    page = parent or chosen.parent
    if not page and screen.can_ask():
        page = run(screen.ask("The page that holds the databases (its url or id):"))
    return replace(chosen, parent=page)


def _typed_token() -> str:
    """What a person types, which is shown nowhere; "" for nothing."""
    from getpass import getpass

    screen.note_lines(
        [
            "A token comes from https://www.notion.so/profile/integrations; share the page with the integration there.",
            "Without one, press Enter: the local twin is looked at.",
        ]
    )
    return getpass("Token: ").strip()


def _load(target: Target, export: Path) -> None:
    from reconciler.cli.twin import load_export, opened

    path = target.twin_path
    if path is None:
        raise ValueError("a twin target names its file")
    if path.exists():
        raise WtstateError(
            Finding(
                code="twin-there",
                what=f"the twin {path} holds something already",
                why="what is in the export would be there twice",
                next="empty it with `wtstate twin reset --yes`, or leave --export out to take what is in it",
            )
        )
    with opened(path) as local:
        screen.say_lines([*load_export(local, export).lines(), ""])


async def _choice(live: Sequence[LiveDatabase]) -> list[str]:
    """The ids of the databases that a person picks; [] for all. Asks again until it is understood."""
    from reconciler.render.counting import count

    if not live or not screen.can_ask():
        return []
    lines = [f"{number:>3}  {each.title} · {_about(each)}" for number, each in enumerate(live, start=1)]
    screen.note_lines([f"It sees {count(len(live), 'database')}:", *lines])
    while True:
        typed = await screen.ask("Which? Numbers such as 1, 3-5; Enter takes all:")
        picked = numbers(typed, len(live))
        if picked is not None:
            return [live[number - 1].id for number in picked]
        screen.note(f"There are 1 to {len(live)}.")


def _about(one: LiveDatabase) -> str:
    from reconciler.render.counting import count

    return one.unsupported or count(len(one.properties), "field")


def numbers(typed: str, most: int) -> list[int] | None:
    """``1, 3-5`` as [1, 3, 4, 5]; [] for nothing or "all"; None for what is not understood or not there."""
    if typed.strip().lower() in ("", "all"):
        return []
    picked: list[int] = []
    for part in re.split(r"[\s,]+", typed.strip(" ,")):
        found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", part)
        if found is None:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= most:
            return None
        picked += range(first, last + 1)
    return sorted(set(picked))
