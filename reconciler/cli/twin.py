"""``wtstate twin …``: the local Notion by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.twin import Twin

MEMORY = ":memory:"
"""As ``--data``: keep nothing."""

Types = Annotated[
    Path | None, typer.Option("--types", metavar="FILE", help="A TOML file that says types where they cannot be seen.")
]
NoStubs = Annotated[
    bool, typer.Option("--no-stubs", help="Keep links to rows that are not in the export as text; make no stubs.")
]


def twin() -> typer.Typer:
    """The commands of ``wtstate twin``."""
    app = typer.Typer(name="twin", help="The local Notion by itself.", no_args_is_help=True)
    for command in (load, show, serve, reset):
        app.command()(command)
    return app


def load(
    export: Annotated[Path, typer.Argument(metavar="FOLDER_OR_ZIP", help='A Notion "Markdown & CSV" export.')],
    types: Types = None,
    no_stubs: NoStubs = False,
    data: options.TwinData = None,
    directory: options.Directory = Path(),
) -> int:
    """Load a Notion export into the twin."""
    with opened(twin_file(directory, data)) as local:
        for line in load_export(local, export, types=types, stubs=not no_stubs):
            typer.echo(line)
    return exits.OK


def show(json: options.Json = False, data: options.TwinData = None, directory: options.Directory = Path()) -> int:
    """Print the twin's workspace: a tree, or everything in it as JSON."""
    from reconciler.render.escape import visible
    from reconciler.render.json import json_text
    from reconciler.twin import dump, tree

    with opened(twin_file(directory, data)) as local:
        if json:
            typer.echo(json_text(dump(local)))
        else:
            for line in tree(local):
                typer.echo(visible(line))
    return exits.OK


def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 picks a free one.")] = 8787,
    data: options.TwinData = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
    directory: options.Directory = Path(),
) -> int:
    """Serve the twin over HTTP on a loopback address, until Ctrl-C."""
    raise NotImplementedError


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Needed: everything in the twin goes.")] = False,
    data: options.TwinData = None,
    directory: options.Directory = Path(),
) -> int:
    """Empty the twin."""
    raise NotImplementedError


def twin_file(directory: Path, data: str | None) -> Path:
    """Where the twin's file is: ``data`` as given, else the default of ``directory``."""
    from reconciler.api import TWIN_FILE

    return Path(data) if data is not None else directory / TWIN_FILE


@contextmanager
def opened(path: Path) -> Iterator[Twin]:
    """The twin in ``path``, made when it is not there; its directory is the owner's alone.

    Raises `WtstateError` for a file that is damaged, locked or no twin.
    """
    from reconciler.twin import TwinStoreError, open_twin

    try:
        if str(path) != MEMORY:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_twin(path) as local:
            yield local
    except (TwinStoreError, OSError) as error:
        raise WtstateError(unusable(path, error)) from error


def unusable(path: Path, error: Exception) -> Finding:
    """What is said of a twin's file that cannot be opened or written."""
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return Finding(
        code="twin-store",
        what=f"the twin's file {path} cannot be used: {reason}",
        next="close what uses it, name another file with --data, or delete it and load again",
    )


def load_export(local: Twin, export: Path, *, types: Path | None = None, stubs: bool = True) -> tuple[str, ...]:
    """Loads an export and says what was loaded, one line each. Raises `WtstateError`; the twin is then as it was."""
    from reconciler.twin.export import ExportError
    from reconciler.twin.export import load as load_into

    try:
        return load_into(local, export, types=types, stubs=stubs).lines()
    except ExportError as error:
        raise WtstateError(Finding(code="export", what=f"{error.where}: {error.what}", next=error.next)) from error
