"""``wtstate twin …``: the local Notion by itself."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.twin import Faults, Twin
    from reconciler.twin.export.report import LoadReport

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
    for command in (load, show, serve, reset, assumptions):
        app.command()(command)
    return app


def load(
    export: Annotated[
        Path, typer.Argument(metavar="FILE_OR_FOLDER", help='A Notion "Markdown & CSV" export, or a backup.')
    ],
    types: Types = None,
    no_stubs: NoStubs = False,
    write_types: Annotated[
        Path | None, typer.Option("--write-types", metavar="FILE", help="Save the types that were inferred, to edit.")
    ] = None,
    data: options.TwinData = None,
    directory: options.Directory = Path(),
    environment: options.TwinEnvironment = None,
) -> int:
    """Load a Notion export or a backup into the twin.

    Example: wtstate twin load ~/Downloads/Export.zip
    """
    from reconciler.twin import is_snapshot

    if is_snapshot(export):
        return _load_backup(export, twin_file(directory, data, environment))
    with opened(twin_file(directory, data, environment)) as local:
        report = load_export(local, export, types=types, stubs=not no_stubs)
    screen.say_lines(report.lines())
    if write_types is not None:
        from reconciler.cli.files import write_toml

        write_toml(write_types, inferred(report))
    screen.aside(
        "next: wtstate pull writes these databases as state files; wtstate plan compares state files with them",
        event="next",
    )
    return exits.OK


def _load_backup(file: Path, into: Path) -> int:
    """A backup into a twin that is empty, which then is that workspace."""
    from reconciler.connection import load_file

    with opened(into) as local:
        report = load_file(local, file)
    screen.say_lines(report.lines())
    return exits.OK


def inferred(report: LoadReport) -> dict[str, dict[str, str]]:
    """The types of an export's columns by database and column, as ``--types`` takes them; stubs are left out.

    Databases that share a title are named as their files are: title and id.
    """
    real = [database for database in report.databases if not database.stub]
    shared = Counter(database.title for database in real)
    return {
        database.title if shared[database.title] == 1 else Path(database.path).stem.removesuffix("_all"): {
            column.name: column.type for column in database.columns if column.type != "title"
        }
        for database in real
    }


def show(
    json: options.Json = False,
    data: options.TwinData = None,
    directory: options.Directory = Path(),
    environment: options.TwinEnvironment = None,
) -> int:
    """Print the twin's workspace, as a tree or as JSON.

    Example: wtstate twin show
    """
    from reconciler.render.json import json_text
    from reconciler.twin import dump, tree

    path = twin_file(directory, data, environment)
    if not path.exists():
        raise WtstateError(
            Finding(
                code="no-twin",
                what=f"there is no twin at {path}",
                next="make one with `wtstate twin load FOLDER_OR_ZIP`, or name another file with --data",
            )
        )
    with opened(path) as local:
        typer.echo(json_text(dump(local)) if json else tree(local))
    return exits.OK


def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="0 picks a free one.")] = 8787,
    data: Annotated[
        str | None, typer.Option("--data", metavar="FILE", help="The twin's file; :memory: keeps nothing.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line when ready.")] = False,
    rate: Annotated[
        str | None, typer.Option("--rate", metavar="N/Ss", help="Answer 429 beyond this: 180/60s, 600/60s, or off.")
    ] = None,
    latency: Annotated[
        str | None, typer.Option("--latency", metavar="MS", help="Let every answer wait: 250ms, or 250ms±100.")
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option("--faults", metavar="FILE", help="A TOML file that says which requests fail, and how."),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option("--assume", metavar="kind|harsh|NAME=READING", help="See `twin assumptions`. Can be repeated."),
    ] = None,
    search_lag: Annotated[
        float, typer.Option("--search-lag", min=0, metavar="SECONDS", help="How far search is behind.")
    ] = 0,
    max_upload: Annotated[
        int | None,
        typer.Option("--max-upload", min=1, metavar="MIB", help="How large files may be; 5 in free workspaces."),
    ] = None,
    directory: options.Directory = Path(),
    environment: options.TwinEnvironment = None,
) -> int:
    """Serve the twin over HTTP on a loopback address, until Ctrl-C.

    Example: wtstate twin serve --port 0 --json
    """
    from reconciler.twin import Assumptions, TwinServeError
    from reconciler.twin import serve as serve_twin

    def announce(known: Mapping[str, object]) -> None:
        if json:
            from json import dumps

            typer.echo(dumps(known))
        else:
            for line in _how_to_connect(known):
                typer.echo(line)
        sys.stdout.flush()

    path = twin_file(directory, data, environment)
    with _as_usage("--assume"):
        assumed = Assumptions.read(assume or ())
    failing = _faults(rate, latency, faults)
    try:
        with usable(path):
            serve_twin(
                path,
                port,
                as_json=json,
                announce=announce,
                assume=assumed,
                faults=failing,
                search_lag=round(search_lag * 1000),
                max_upload=None if max_upload is None else max_upload * 1024 * 1024,
            )
    except TwinServeError as error:
        raise WtstateError(Finding(code="twin-port", what=error.reason, next="try --port 0")) from error
    return exits.OK


def _faults(rate: str | None, latency: str | None, file: Path | None) -> Faults:
    """What the file says, unless the command line says otherwise."""
    from reconciler.twin import Faults, Latency, Rate, read_faults

    said = Faults()
    if file is not None:
        with _as_usage("--faults"):
            said = read_faults(file)
    if rate is not None:
        with _as_usage("--rate"):
            said = replace(said, rate=Rate.read(rate))
    if latency is not None:
        with _as_usage("--latency"):
            said = replace(said, latency=Latency.read(latency))
    return said


@contextmanager
def _as_usage(option: str) -> Iterator[None]:
    """A value that the twin refuses is a mistake of the command line."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def assumptions(
    retypes: Annotated[
        bool, typer.Option("--retypes", help="List each change of a type, too: one switch for each pair.")
    ] = False,
    json: options.Json = False,
) -> int:
    """List what nobody has seen Notion do.

    Each gap is a switch with a kind and a harsh reading.

    Example: wtstate twin assumptions
    """
    from reconciler.render.json import json_text
    from reconciler.twin.assumptions import ALL, GAPS, RETYPES

    if json:
        typer.echo(json_text({"format_version": "1.0", "assumptions": [asdict(one) for one in ALL.values()]}))
        return exits.OK
    for one in (*GAPS, *(RETYPES if retypes else ())):
        typer.echo(f"{one.name}\n  kind:     {one.kind}\n  harsh:    {one.harsh}\n  evidence: {one.evidence}\n")
    if not retypes:
        typer.echo(
            f"retype-OLD-NEW  ({len(RETYPES)} switches, one for each change of a type; --retypes lists them)\n"
            f"  kind:     {RETYPES[0].kind}\n  harsh:    {RETYPES[0].harsh}\n  evidence: {RETYPES[0].evidence}\n"
        )
    typer.echo("Choose with: wtstate twin serve --assume harsh, or --assume NAME=harsh; kind holds otherwise.")
    return exits.OK


def _how_to_connect(known: Mapping[str, object]) -> tuple[str, ...]:
    return (
        f"The twin listens on {known['base_url']}; Ctrl-C stops it. To work on it as on Notion:",
        f"  export NOTION_BASE_URL={known['base_url']}",
        f"  export NOTION_TOKEN={known['token']}",
        f"  export NOTION_WT_PARENT_PAGE_ID={known['root_page_id']}",
    )


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Needed: everything in the twin goes.")] = False,
    data: options.TwinData = None,
    directory: options.Directory = Path(),
    environment: options.TwinEnvironment = None,
) -> int:
    """Empty the twin.

    Example: wtstate twin reset --yes
    """
    from reconciler.twin import reset as empty

    path = twin_file(directory, data, environment)
    if not yes:
        raise WtstateError(
            Finding(
                code="no-confirmation",
                what=f"everything in the twin {path} would go, and --yes was not given",
                next="say it again with --yes",
            )
        )
    with usable(path):
        empty(path)
    typer.echo("The twin is empty.")
    return exits.OK


def twin_file(directory: Path, data: str | None, environment: str | None = None) -> Path:
    """Where the twin's file is: ``data`` as given, else that of ``directory`` and the environment."""
    from reconciler.connection import TWIN_FILE, kept_in

    if data is not None:
        return Path(data)
    if environment:
        from reconciler.desired.environments import is_name

        if not is_name(environment):
            raise typer.BadParameter(f"{environment!r} is no name of an environment", param_hint="--env")
    return kept_in(directory, environment or "") / TWIN_FILE.name


@contextmanager
def opened(path: Path) -> Iterator[Twin]:
    """The twin in ``path``, made when it is not there. Raises as `usable` does."""
    from reconciler.twin import open_twin

    with usable(path), open_twin(path) as local:
        yield local


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Makes the file's directory, its owner's alone; what is wrong with the file becomes a `WtstateError`.

    That is: a file that is damaged, locked or no twin, and a directory that cannot be made.
    """
    from reconciler.twin import TwinStoreError

    try:
        if str(path) != MEMORY:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
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


def load_export(local: Twin, export: Path, *, types: Path | None = None, stubs: bool = True) -> LoadReport:
    """Loads an export and says what was loaded. Raises `WtstateError`; the twin is then as it was."""
    from reconciler.twin.export import ExportError
    from reconciler.twin.export import load as load_into

    try:
        return load_into(local, export, types=types, stubs=stubs)
    except ExportError as error:
        raise WtstateError(Finding(code="export", what=f"{error.where}: {error.what}", next=error.next)) from error
