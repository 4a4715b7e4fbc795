"""What else speaks of a thing that goes: formulas, views and templates, as items for a person with the mended text.

Formulas keep their references by id, so a rename is safe; a folded option is named in them as text. Views and templates
are read for databases that have such an action alone, because each costs requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty
from reconciler.model.properties import common
from reconciler.planning import guards
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.diff.options import live_folds
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.rules import standing
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope


@dataclass(frozen=True)
class Going:
    """What goes in one database: options by property id, with what takes their place if anything, and properties."""

    options: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    properties: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.options or self.properties)


def going(state: State, pair: DatabaseMatch, memory: Memory, scope: Scope) -> Going:
    """The options that are folded or dropped and the properties that are dropped in one database."""
    key = pair.desired.key
    options: dict[str, dict[str, str | None]] = {}
    gone: set[str] = set()
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        if live is None or live.type not in OPTION_TYPES or live.type != declared.type:
            continue
        for old, new in live_folds(declared, live).items():
            if scope.includes(addresses.of_option(key, name, old)):
                options.setdefault(live.id, {})[old] = new
    for rule in state.drops.values():
        database, field_name, option = rule.what
        address = addresses.of_rule("drops", rule.name)
        acts = standing.standing(rule, address, memory, scope) is Standing.ACTS
        prop = pair.live.by_name(field_name) if pair.live and field_name else None
        if database != key or prop is None or not acts or not scope.includes(address):
            continue
        if option is None:
            gone.add(prop.id)
        else:
            options.setdefault(prop.id, {})[option] = None
    return Going(options=options, properties=frozenset(gone))


def formulas(matched: Matched, goings: Mapping[str, Going]) -> Iterator[Finding]:
    """Formulas of the state's databases that hold a folded option as text, with the text that would be right."""
    folds = {old: new for one in goings.values() for by in one.options.values() for old, new in by.items() if new}
    for key, pair in matched.databases.items():
        for prop in pair.live.properties if pair.live else ():
            text = str(prop.config.get("expression", "")) if prop.type == "formula" else ""
            mended = text
            for old, new in sorted(folds.items()):
                mended = mended.replace(json.dumps(old, ensure_ascii=False), json.dumps(new, ensure_ascii=False))
            if mended != text:
                yield guards.manual(
                    "formula",
                    addresses.of_field(key, prop.name),
                    f"its formula names a folded option: {text}",
                    f"change it to {mended}",
                    why="a formula keeps the names of options as text",
                )


def views(pair: DatabaseMatch, one: Going, found: tuple[Mapping[str, Any], ...]) -> Iterator[Finding]:
    """Views that filter, sort or group by what goes."""
    for view in found:
        for what, mend in _mentions(pair, one, view):
            yield guards.manual(
                "view",
                addresses.of_database(pair.desired.key),
                f"the view {str(view.get('name') or '(untitled)')!r} {what}",
                mend,
                where=pair.desired.where,
            )


def _mentions(pair: DatabaseMatch, one: Going, view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = {word: view.get(word) for word in ("filter", "sorts", "quick_filters", "configuration")}
    for prop in pair.live.properties if pair.live else ():
        parts = [part for word, part in settings.items() if word != "configuration" for part in _about(part, prop)]
        if prop.id in one.properties and (parts or _groups_by(settings["configuration"], prop)):
            yield f"uses the field {prop.name!r}, which goes", "take it out of the view in Notion"
        for old, new in sorted(one.options.get(prop.id, {}).items()):
            named = {old, *(o["id"] for o in prop.config.get("options", ()) if o["name"] == old)}
            if any(_holds(part, named) for part in parts):
                mend = f"choose {new!r} there instead" if new else "take it out of the view in Notion"
                yield f"filters {prop.name!r} by {old!r}, which goes", mend


def _about(part: Any, prop: LiveProperty) -> Iterator[Mapping[str, Any]]:
    """Every object within ``part`` that names the property, by id or name."""
    if isinstance(part, Mapping):
        named = {common.decoded(str(part.get(word))) for word in ("property", "property_id") if part.get(word)}
        if named & {prop.id, prop.name} or part.get("property_name") == prop.name:
            yield part
        for inner in part.values():
            yield from _about(inner, prop)
    elif isinstance(part, list):
        for inner in part:
            yield from _about(inner, prop)


def _groups_by(part: Any, prop: LiveProperty) -> bool:
    grouping = part.get("group_by") if isinstance(part, Mapping) else None
    return grouping is not None and any(True for _ in _about(grouping, prop))


def _holds(part: Any, names: set[str]) -> bool:
    if isinstance(part, Mapping):
        return any(_holds(inner, names) for inner in part.values())
    if isinstance(part, list):
        return any(_holds(inner, names) for inner in part)
    return part in names


def templates(pair: DatabaseMatch, one: Going, found: tuple[Mapping[str, Any], ...]) -> Iterator[Finding]:
    """Templates that set a folded or dropped option; ``found`` are the templates' pages as answered."""
    for page in found:
        entries = page.get("properties") or {}
        title = "".join(t.get("plain_text", "") for e in entries.values() for t in e.get("title") or ())
        for name, entry in sorted(entries.items()):
            options = one.options.get(common.decoded(str(entry.get("id"))), {})
            for old, new in sorted(options.items()):
                if _holds(entry.get(str(entry.get("type"))), {old}):
                    yield guards.manual(
                        "template",
                        addresses.of_database(pair.desired.key),
                        f"the template {title or '(untitled)'!r} sets {name!r} to {old!r}, which goes",
                        f"set it to {new!r} in the template" if new else "clear it in the template",
                        where=pair.desired.where,
                    )
