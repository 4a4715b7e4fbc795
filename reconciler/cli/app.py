"""All commands, put together: one file a command beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from reconciler.cli import exits, screen, voice
from reconciler.cli.accept import accept
from reconciler.cli.adopt import adopt
from reconciler.cli.apply import apply
from reconciler.cli.archive import archive
from reconciler.cli.backup import backup
from reconciler.cli.demo import demo
from reconciler.cli.doctor import doctor
from reconciler.cli.drift import drift
from reconciler.cli.explain import explain
from reconciler.cli.forget import forget
from reconciler.cli.graph import graph
from reconciler.cli.history import history
from reconciler.cli.init import init
from reconciler.cli.plan import plan
from reconciler.cli.pull import pull
from reconciler.cli.record import record
from reconciler.cli.restore import restore
from reconciler.cli.schema import schema
from reconciler.cli.session import Ended
from reconciler.cli.suggest import suggest
from reconciler.cli.twin import twin
from reconciler.cli.usages import usages
from reconciler.cli.validate import validate
from reconciler.cli.verify import verify
from reconciler.model.finding import WtstateError
from reconciler.render.escape import visible

_USAGE_EXIT = 2
"""What typer gives a mistyped command line."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        from reconciler.notion.version import VERSION

        typer.echo(f"wtstate {version('wtstate')} (Notion API {VERSION})")
        raise typer.Exit(exits.OK)


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong. Can stand anywhere.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say every step of an apply. Can stand anywhere.")
    ] = False,
    log: Annotated[
        str, typer.Option("--log", metavar="text|json", help="json: stderr is one object a line. Can stand anywhere.")
    ] = "text",
) -> None:
    """Desired state for Notion: plan, apply, and archive whatever is dropped.

    The state is in TOML files under state/. "plan" shows the difference to the workspace and writes nothing; "apply"
    makes it so. Without NOTION_TOKEN the workspace is a local twin: "wtstate demo" shows everything in seconds.

    Begin with: wtstate demo; then wtstate init
    """
    del version, quiet, verbose, log  # told by callbacks and `voice.split`


def build() -> typer.Typer:
    """The whole command line. Plain help: drawing boxes would cost more than the command itself."""
    app = typer.Typer(
        name="wtstate",
        callback=root,
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    daily = (init, pull, suggest, plan, apply, verify, drift, accept, history, restore, backup, doctor)
    for command in (*daily, record, validate, graph, schema, adopt, forget, usages, explain, demo):
        app.command()(command)
    app.add_typer(archive())
    app.add_typer(twin())
    return app


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and gives its exit code; every `WtstateError` is said once, here."""
    try:
        spoken, rest = voice.split(arguments)
    except voice.VoiceError as error:
        screen.note(f"error: {error}")
        return exits.USAGE
    with voice.speaking(spoken):
        return _run(rest)


def _run(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(build())
    try:
        code = command.main(args=list(arguments), prog_name="wtstate", standalone_mode=False)
    except WtstateError as error:
        screen.say_findings(error.findings)
        return exits.ERROR
    except Ended as error:
        return error.code
    except typer.Abort:
        return exits.INTERRUPTED
    except typer.TyperException as error:
        return _wrong_usage(error)
    return code if isinstance(code, int) else exits.OK


def _wrong_usage(error: typer.TyperException) -> int:
    if error.exit_code != _USAGE_EXIT:
        screen.note(f"error: {error.format_message()}")
        return exits.ERROR
    context = getattr(error, "ctx", None)
    if context is not None and error.message == context.get_help():
        typer.echo(error.message, err=True)
        return exits.USAGE
    path = context.command_path if context is not None else "wtstate"
    typer.echo(f"error: {visible(error.format_message())}\nTry '{path} --help'.", err=True)
    return exits.USAGE
