"""``wtstate schema``: the JSON Schema of the state's files, for editors."""

from __future__ import annotations

import typer

from reconciler.cli import exits


def schema() -> int:
    """Print the state files' JSON Schema.

    Example: wtstate schema > state.schema.json
    """
    from reconciler.desired import json_schema
    from reconciler.render.json import json_text

    typer.echo(json_text(json_schema()))
    return exits.OK
