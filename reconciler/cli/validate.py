"""``wtstate validate``: checks the files alone; no target, no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reconciler.cli import exits, options
from reconciler.cli.session import Aim

if TYPE_CHECKING:
    from reconciler.desired.state import State


def validate(
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
) -> int:
    """Check the state's files alone.

    As they are without an environment and in each of them, or in one. No token, no network.

    Example: wtstate validate
    """
    from reconciler.render.counting import count

    found = Aim(directory, state, None, environment).read()
    for name in () if environment else found.environments:
        Aim(directory, state, None, name).read()
    fields = sum(len(database.fields) for database in found.databases.values())
    rules = sum(len(part) for part in (found.corrections, found.merges, found.drops, found.rows, found.checks))
    typer.echo(
        f"The state is valid: {count(len(found.databases), 'database')}, {count(fields, 'field')}, "
        f"{count(rules, 'rule')}{_environments(found)}."
    )
    return exits.OK


def _environments(found: State) -> str:
    if found.workspace.environment:
        return f", in the environment {found.workspace.environment}"
    return f"; environments: {', '.join(found.environments)}" if found.environments else ""
