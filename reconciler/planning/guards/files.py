"""Files that Notion hosts, which would be dropped or overwritten: their addresses die within the hour.

They are copied into the archive entry where they can be: each is looked at first, for its size decides, and the
workspace's limit. A file that would have to be *written* somewhere else cannot be, so what needs that is held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.memory.entry import Entry
from reconciler.memory.hosted import Copy, Place, hosted
from reconciler.model.finding import Finding
from reconciler.planning.effects import NewRow, RowWrite, Task
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.guards.said import hosted_files, note
from reconciler.planning.words import few

FREE_LIMIT = 5 * 1024 * 1024
"""Bytes that every workspace takes: what is reckoned with where Notion does not say more."""

Sizes = Mapping[Place, int | None]
"""How large files are; None for one whose size could not be learned."""


def files_of(task: Task) -> tuple[tuple[Place, str], ...]:
    """The hosted files that only the archive would keep once the task is done, with their names."""
    return tuple(place for effect in task.effects if isinstance(effect, Entry) for place in hosted(effect))


def guard(tasks: Iterable[Task], sizes: Sizes, limit: int) -> tuple[list[Guarded], frozenset[Place]]:
    """What is said of tasks that would lose hosted files, and the files that must be looked at before that is known."""
    found: list[Guarded] = []
    unseen: set[Place] = set()
    for task in tasks:
        files = files_of(task)
        if not files:
            continue
        if any(map(_writes_hosted, task.effects)):
            found.append(_held(task, files, "they would have to be written elsewhere, which the API cannot"))
            continue
        unseen |= {place for place, _ in files if place not in sizes}
        if any(place not in sizes for place, _ in files):
            found.append(_held(task, files, "how large they are is not known yet"))
        else:
            found.append(_judged(task, files, sizes, limit or FREE_LIMIT))
    return found, frozenset(unseen)


def _judged(task: Task, files: tuple[tuple[Place, str], ...], sizes: Sizes, limit: int) -> Guarded:
    known = [(name, sizes[place]) for place, name in files]
    gone = [name for name, size in known if size is None]
    large = [name for name, size in known if size is not None and size > limit]
    if gone:
        return _held(task, files, f"{len(gone)} of them could not be looked at")
    if large:
        return _held(task, files, f"{len(large)} of them are larger than the {limit / 2**20:.0f} MiB that it takes")
    total = sum(size or 0 for _, size in known)
    said = f"{few(len(files), 'file that Notion hosts is', 'files that Notion hosts are')} copied into the archive"
    told = note("hosted-files", task.action.address, f"{said} ({_bytes(total)})", where=task.action.where)
    return Guarded(told, ())


def _bytes(size: int) -> str:
    if size < 2**10:
        return few(size, "byte", "bytes")
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.1f} KiB"


def _held(task: Task, files: tuple[tuple[Place, str], ...], why: str) -> Guarded:
    rows = len({place.row for place, _ in files})
    finding: Finding = hosted_files(task.action.address, rows, why, where=task.action.where)
    return Guarded(finding, (task,))


def _writes_hosted(effect: object) -> bool:
    match effect:
        case RowWrite(type="files"):
            return _hosted_in(effect.new) > len(effect.kept)
        case NewRow():
            return any(kind == "files" and _hosted_in(value) for _, kind, value in effect.values)
    return False


def _hosted_in(value: object) -> int:
    return sum(1 for file in value if file.get("hosted")) if isinstance(value, list) else 0


def copies_of(entry: Entry, sizes: Sizes) -> Iterator[Copy]:
    """The copies that an entry will tell of, their hashes still unknown."""
    for place, name in hosted(entry):
        yield Copy(place=place, name=name, size=sizes.get(place) or 0)
