"""Options that several commands share: one spelling, one help text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class TargetName(StrEnum):
    """What ``--target`` takes."""

    TWIN = "twin"
    NOTION = "notion"


Directory = Annotated[
    Path, typer.Option("-C", metavar="DIR", help="Work in DIR: where state/ and .wtstate/ are looked for.")
]
StateDirectory = Annotated[Path, typer.Option("--state", metavar="DIR", help="The directory of the state's files.")]
Target = Annotated[
    TargetName | None,
    typer.Option("--target", help="The local twin or Notion. Without it: Notion when NOTION_TOKEN is set, else twin."),
]
Environment = Annotated[
    str | None,
    typer.Option(
        "--env", metavar="NAME", envvar="WTSTATE_ENV", help="One of [environments]: the same state in another place."
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ADDRESS", help="Plan only this and what lies in it. Can be repeated."),
]
Except = Annotated[
    list[str] | None, typer.Option("--except", metavar="ADDRESS", help="Plan without this. Can be repeated.")
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="GUARD:ADDRESS", help="Lift one guard for one address. Can be repeated."),
]
LimitRows = Annotated[int, typer.Option("--limit-rows", min=0, metavar="N", help="Values shown for each action.")]
SampledRows = Annotated[
    int | None,
    typer.Option("--limit-rows", min=0, metavar="N", help="Values shown for each action. Without it: 3, in HTML 20."),
]
MaxRequests = Annotated[
    int | None,
    typer.Option("--max-requests", min=0, metavar="N", help="Refuse a plan that needs more requests than this."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TwinData = Annotated[
    str | None, typer.Option("--data", metavar="FILE", help="The twin's file. Without it: .wtstate/twin.sqlite.")
]


TwinEnvironment = Annotated[
    str | None,
    typer.Option("--env", metavar="NAME", envvar="WTSTATE_ENV", help="The twin of one of [environments]."),
]


def state_path(directory: Path, state: Path) -> Path:
    """Where the state's files are: ``state`` under ``directory`` unless it is absolute."""
    return directory / state
