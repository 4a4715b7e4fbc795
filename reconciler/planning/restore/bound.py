"""What the memory will keep of the databases that a restore changes: only where that differs, it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.memory.memory import Binding
from reconciler.model.live import LiveDatabase
from reconciler.planning.diff import formula
from reconciler.planning.effects import DatabaseWords, Effect, NameMirror, PropertyChange, Task
from reconciler.planning.identity import targets
from reconciler.planning.restore.material import Material

_NEW = "new"
"""Stands for the id of a property that is still to be made."""


def rebound(material: Material, live: Mapping[str, LiveDatabase], tasks: Iterable[Task]) -> frozenset[str]:
    """The keys whose binding the restore changes: title, ids of fields, formulas as they are read back."""
    effects = [effect for task in tasks for effect in task.effects]
    known = targets(material.state)
    found = set()
    for key, database in live.items():
        binding = material.memory.bindings.get(key)
        if key not in known or database.in_trash:
            continue
        if binding is None or _after(key, database, effects, binding, tuple(known[key].fields)) != (
            binding.title, dict(binding.fields), {name: read for name, (_, read) in binding.formulas.items()},
        ):  # fmt: skip
            found.add(key)
    return frozenset(found)


def _after(
    key: str, live: LiveDatabase, effects: Iterable[Effect], binding: Binding, declared: tuple[str, ...]
) -> tuple[str, dict[str, str], dict[str, str]]:
    """The title, the ids of declared fields by name, and formulas by field name, as they will be."""
    title = live.title
    names = {prop.id: prop.name for prop in live.properties}
    texts = {prop.id: str(prop.config["expression"]) for prop in live.properties if prop.type == "formula"}
    for effect in effects:
        match effect:
            case DatabaseWords(database=database) if database == key:
                title = effect.title if effect.title is not None else title
            case NameMirror(database=database) if database == key:
                names[f"{_NEW} {effect.name}"] = effect.name
            case PropertyChange(database=database) if database == key:
                _change(effect, names, texts)
    renamed = {prop.name: names[prop.id] for prop in live.properties if prop.id in names}
    ids = {name: property_id for property_id, name in names.items()}
    fields = {}
    for name in declared:
        bound = binding.fields.get(name, "")
        property_id = ids.get(name) or (bound if bound in names else None)
        if property_id is not None:
            fields[name] = property_id
    formulas = {
        name: formula.renamed(texts[fields[name]], renamed) if not fields[name].startswith(_NEW) else _NEW
        for name in fields
        if fields[name] in texts and name in binding.formulas
    }
    return title, fields, formulas


def _change(change: PropertyChange, names: dict[str, str], texts: dict[str, str]) -> None:
    property_id = change.property_id or f"{_NEW} {change.field}"
    if change.remove:
        names.pop(property_id, None)
        return
    if change.name is not None:
        names[property_id] = change.name
    if change.type == "formula" and change.config is not None:
        texts[property_id] = str(change.config["expression"])
