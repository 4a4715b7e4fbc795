"""Names that are taken: what would be called like a property that stays, waits."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase
from reconciler.planning import guards
from reconciler.planning.effects import NameMirror, PropertyChange, Task


def without_taken_names(tasks: list[Task], live: Mapping[str, LiveDatabase]) -> tuple[list[Task], list[Finding]]:
    """Leaves out tasks that give a property a name which another one holds and keeps, until none is left."""
    chosen, held = list(tasks), list[Finding]()
    while True:
        names = {key: _held_names(key, database, chosen) for key, database in live.items()}
        clashing = [(task, name) for task in chosen if (name := _clash(task, names)) is not None]
        if not clashing:
            return chosen, held
        for task, name in clashing:
            held.append(guards.name_taken(task.action.address, name, name, where=None))
        gone = {id(task) for task, _ in clashing}
        chosen = [task for task in chosen if id(task) not in gone]


def _held_names(key: str, database: LiveDatabase, tasks: list[Task]) -> dict[str, str]:
    """Property ids by the names that they keep in this plan, without case."""
    renamed = {
        effect.property_id
        for task in tasks
        for effect in task.effects
        if isinstance(effect, PropertyChange) and effect.database == key and effect.name is not None
    }
    return {prop.name.casefold(): prop.id for prop in database.properties if prop.id not in renamed}


def _clash(task: Task, names: Mapping[str, Mapping[str, str]]) -> str | None:
    for effect in task.effects:
        match effect:
            case (
                PropertyChange(database=key, name=str(name), property_id=mine)
                | NameMirror(database=key, name=str(name), owner=mine)
            ):
                holder = names.get(key, {}).get(name.casefold())
                if holder is not None and holder != mine:
                    return name
    return None
