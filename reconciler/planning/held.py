"""What is held back once all tasks are known: those that would lose files, those whose needs are not planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.desired.state import Policy, State
from reconciler.memory.entry import Entry
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.planning import guards
from reconciler.planning.effects import Task


def unread_words(state: State) -> Iterator[Finding]:
    """Words that are read and checked, and that this version does not carry out yet: said, never ignored."""
    if state.policy != Policy():
        yield guards.note("not-yet", "policy", "this version does not carry out [policy] yet", "nothing to do")
    for key, desired in state.databases.items():
        if desired.archive is not None:
            address = addresses.of_database(key)
            told = "its values go to the workspace's archive: this version knows one archive"
            yield guards.note("not-yet", address, told, "nothing to do", where=desired.where)


def without_hosted_files(tasks: Iterable[Task]) -> tuple[list[Task], list[Finding]]:
    """Leaves out tasks that would drop or overwrite files that Notion hosts."""
    chosen, held = [], []
    for task in tasks:
        kept = [value for effect in task.effects if isinstance(effect, Entry) for value in effect.values]
        rows = {v.row for v in kept if v.type == "files" and any(file.get("hosted") for file in v.old or ())}
        if rows:
            held.append(guards.hosted_files(task.action.address, len(rows), where=task.action.where))
        else:
            chosen.append(task)
    return chosen, held


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
