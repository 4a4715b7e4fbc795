"""``wtstate twin …``: the local Notion by itself."""

from __future__ import annotations

import typer


def twin() -> typer.Typer:
    """The commands of ``wtstate twin``."""
    app = typer.Typer(name="twin", help="The local Notion: serve, load, reset, show.", no_args_is_help=True)
    return app
