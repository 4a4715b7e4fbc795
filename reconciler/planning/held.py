"""What is held back once all tasks are known and the guards have spoken: tasks whose needs are not planned."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.finding import Finding
from reconciler.planning import guards
from reconciler.planning.effects import Task


def with_needs(tasks: Iterable[Task]) -> tuple[list[Task], list[Finding]]:
    """Leaves out tasks whose needs are neither planned nor there, over and over until none is left."""
    chosen = list(tasks)
    held: list[Finding] = []
    while True:
        planned = {task.action.address for task in chosen}
        lacking = [(task, [n for n in task.needs if n not in planned]) for task in chosen]
        short = [(task, missing) for task, missing in lacking if missing]
        if not short:
            return chosen, held
        held += [guards.needs(task.action.address, missing, where=task.action.where) for task, missing in short]
        gone = {id(task) for task, _ in short}
        chosen = [task for task in chosen if id(task) not in gone]
