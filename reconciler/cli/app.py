"""All commands, put together: one file a command beside this one, imported when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from reconciler.cli import exits, screen, voice
from reconciler.cli.session import Ended
from reconciler.model.finding import WtstateError
from reconciler.render.escape import visible

COMMANDS = (
    "init", "pull", "suggest", "plan", "apply", "verify", "drift", "accept", "history", "restore", "backup", "doctor",
    "record", "validate", "graph", "schema", "adopt", "forget", "usages", "explain", "demo", "archive", "twin",
)  # fmt: skip
"""In the order in which help lists them."""
_GROUPS = frozenset({"archive", "twin"})
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


def build(only: str | None = None) -> typer.Typer:
    """The whole command line, or what of it ``only`` needs. Plain help: drawing boxes would cost more than the command.

    Each command is a function of its name in a module of its name, and groups are made by one.
    """
    app = typer.Typer(
        name="wtstate",
        callback=root,
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for name in COMMANDS if only is None else (only,):
        made = getattr(import_module(f"reconciler.cli.{name}"), name)
        if name in _GROUPS:
            app.add_typer(made())
        else:
            app.command()(made)
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
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    command = typer.main.get_command(build(named))
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
