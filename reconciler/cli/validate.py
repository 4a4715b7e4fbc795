"""``wtstate validate``: checks the files alone; no target, no network."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from reconciler.cli import exits, options


def validate(state: options.StateDirectory = Path("state"), directory: options.Directory = Path()) -> int:
    """Check the state's files alone."""
    from reconciler.desired import load
    from reconciler.render.counting import count

    found = load(options.state_path(directory, state), env=os.environ, base=Path.cwd())
    fields = sum(len(database.fields) for database in found.databases.values())
    rules = sum(len(part) for part in (found.corrections, found.merges, found.drops, found.rows, found.checks))
    typer.echo(
        f"The state is valid: {count(len(found.databases), 'database')}, {count(fields, 'field')}, "
        f"{count(rules, 'rule')}."
    )
    return exits.OK
