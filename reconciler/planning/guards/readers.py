"""Values that get other readers: a page's readers are those of the page it lies on, as far as the API can tell.

Notion's API shows nobody's permissions, so two places have the same readers only where they lie on the same page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.memory.entry import Entry
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.planning.effects import MoveRow, Task
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.guards.said import liftable, note
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.words import few

_WHY = "whoever can read that page can read them; the API does not show who that is"


def archive_guard(
    tasks: Iterable[Task], databases: Mapping[str, DatabaseMatch], pages: Mapping[str, str], declared: frozenset[str]
) -> Iterator[Guarded]:
    """Databases whose values would be archived on another page than their own.

    ``pages`` gives the id of the page that the archive of a database lies on ("" where that is unknown), ``declared``
    the databases for which the state itself says where the archive lies, which is consent.
    """
    keeping: dict[str, list[tuple[Task, int]]] = {}
    for task in tasks:
        for effect in task.effects:
            if isinstance(effect, Entry) and (effect.values or effect.content):
                keeping.setdefault(effect.database, []).append((task, len(effect.values) + len(effect.content)))
    for key, kept in sorted(keeping.items()):
        pair = databases.get(key)
        if pair is None or pair.live is None or _same_page(pair.live.parent, pages.get(key, "")):
            continue
        values = sum(count for _, count in kept)
        yield Guarded(_archive(pair, values, key in declared), tuple(task for task, _ in kept))


def _same_page(one: str, other: str) -> bool:
    return bool(one) and one.replace("-", "") == other.replace("-", "")


def _archive(pair: DatabaseMatch, values: int, declared: bool) -> Finding:
    address = addresses.of_database(pair.desired.key)
    goes = few(values, "value goes", "values go")
    what = f"{goes} to an archive on another page than the database lies on"
    if declared:
        return note("readers-change", address, what, "nothing to do: the state says so", where=pair.desired.where)
    return liftable(
        "readers-change",
        address,
        what,
        "say where the archive lies (`archive_page` in [workspace], `archive` in the database's table), or consent",
        where=pair.desired.where,
        why=_WHY,
    )


def merge_guard(tasks: Iterable[Task], databases: Mapping[str, DatabaseMatch]) -> Iterator[Guarded]:
    """Merges that move rows into a database on another page."""
    for task in tasks:
        moves = [effect for effect in task.effects if isinstance(effect, MoveRow)]
        if not moves:
            continue
        source, target = databases.get(moves[0].source), databases.get(moves[0].database)
        if source is None or target is None or source.live is None or target.live is None:
            continue
        if _same_page(source.live.parent, target.live.parent):
            continue
        rows = few(len(moves), "row goes", "rows go")
        finding = liftable(
            "readers-change",
            task.action.address,
            f"{rows} from {source.live.title!r} to {target.live.title!r}, which lies on another page",
            "move one of the databases beside the other in Notion, or consent",
            where=task.action.where,
            why=_WHY,
        )
        yield Guarded(finding, (task,))
