"""``wtstate graph``: the databases and their relations as a picture, for people and for documents."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.planning.picture import Picture


class Drawn(StrEnum):
    """What ``--format`` takes."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


def graph(
    format_: Annotated[
        Drawn, typer.Option("--format", help="Mermaid for Markdown, DOT for Graphviz, SVG for browsers.")
    ] = Drawn.MERMAID,
    diff: Annotated[
        bool, typer.Option("--diff", help="Read the workspace and colour what the plan would change.")
    ] = False,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
) -> int:
    """Print the databases and relations as a graph.

    Without --diff it is what the files declare, and no target is asked.

    Example: wtstate graph --diff --format svg
    """
    aim = Aim(directory, state, target, environment)
    picture = run(_planned(aim)) if diff else _declared(aim)
    typer.echo(drawn(picture, format_, diff=diff), nl=False)
    return exits.OK


def drawn(picture: Picture, wanted: Drawn, *, diff: bool) -> str:
    """The picture in one form."""
    if wanted is Drawn.SVG:
        from reconciler.render.boxes import Side
        from reconciler.render.svg import standalone

        return standalone(picture, Side.DIFF if diff else Side.AFTER, "Databases and relations")
    from reconciler.render import graph as render

    return (render.mermaid if wanted is Drawn.MERMAID else render.dot)(picture, diff=diff)


def _declared(aim: Aim) -> Picture:
    from reconciler.planning.drawing import of_state

    return of_state(aim.read())


async def _planned(aim: Aim) -> Picture:
    async with opened(aim, read_only=True) as session:
        return (await session.plan()).picture
