"""What the memory must know afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.memory.batches import open_batch
from reconciler.model import address as addresses
from reconciler.planning.compiling.pieces import Compiled
from reconciler.planning.identity import targets
from reconciler.planning.rules import absorb
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step


def settles(source: Compiled, steps: Sequence[Step]) -> Iterator[Step]:
    """Changed databases are read once more, and what the memory must know is written."""
    schema = (kinds.CreateDatabase, kinds.PatchSchema, kinds.PatchMirror, kinds.PatchDatabase, kinds.Mark)
    changed = [step for step in steps if isinstance(step, schema)]
    trashed = {step.database for step in steps if isinstance(step, kinds.Trash)}
    touched = {step.database for step in changed} - trashed
    # A binding keeps the schema as last applied, and by which batch; a lock is no part of it.
    binds = {step.database for step in changed if not _only_locks(step)} & touched & targets(source.state).keys()
    binds |= {
        key
        for key, pair in source.matched.databases.items()
        if pair.live is not None and key not in source.memory.bindings and key not in trashed
    } & targets(source.state).keys()
    if open_batch(source.memory) is not None and not source.restores:
        # A run that was cut off may have changed ids that it could not keep.
        binds |= {key for key in source.memory.bindings if key not in trashed and _outdated(key, source)}
    for key in sorted(touched):
        yield kinds.ReadBack(database=key)
    gone = tuple(
        sorted(key for key in source.memory.bindings if key not in targets(source.state) or key in source.forgets)
    )
    held = {key: frozenset(source.matched.databases[key].blocked) for key in binds}
    yield kinds.SaveMemory(
        binds=tuple(sorted(binds)),
        forgets=gone,
        settles=source.settling,
        unbound=held,
        serves=_serving(source),
        stayed=tuple(sorted(source.stayed.union(_left_behind(steps)))),
    )
    yield kinds.Release()


def _only_locks(step: Step) -> bool:
    return isinstance(step, kinds.PatchDatabase) and step.description is None


def _left_behind(steps: Iterable[Step]) -> Iterator[str]:
    """Rows that a merge leaves where they are, with a line that tells where their values went."""
    return (step.line.row for step in steps if isinstance(step, kinds.AppendLine))


def _serving(source: Compiled) -> dict[str, str]:
    """The addresses of the actions that settle rules which are kept under another key than their address."""
    found: dict[str, str] = {}
    for key, pair in source.matched.databases.items():
        for name, declared in pair.desired.fields.items():
            for prop in pair.live.properties if pair.live else ():
                found[absorb.settle_key(declared, prop.name)] = addresses.of_field(key, name)
    return {key: address for key, address in found.items() if key in source.settling}


def _outdated(key: str, source: Compiled) -> bool:
    """Whether the ids of a database's fields are other ones than those that the memory keeps."""
    pair = source.matched.databases.get(key)
    if pair is None or pair.live is None:
        return False
    known = {name: prop.id for name, prop in pair.fields.items() if prop is not None and name not in pair.blocked}
    return known != {name: i for name, i in source.memory.bindings[key].fields.items() if name in pair.desired.fields}
