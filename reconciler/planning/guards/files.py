"""Files that Notion hosts, which would be dropped or overwritten: nothing keeps them when their address dies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.memory.entry import Entry
from reconciler.planning.effects import Task
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.guards.said import hosted_files


def guard(tasks: Iterable[Task]) -> Iterator[Guarded]:
    """Holds back tasks that would drop or overwrite files that Notion hosts."""
    for task in tasks:
        kept = [value for effect in task.effects if isinstance(effect, Entry) for value in effect.values]
        rows = {v.row for v in kept if v.type == "files" and any(file.get("hosted") for file in v.old or ())}
        if rows:
            yield Guarded(hosted_files(task.action.address, len(rows), where=task.action.where), (task,))
