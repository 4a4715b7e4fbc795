"""The list of options that is written: declared ones in the order of the files, then undeclared ones in live order.

Notion replaces the whole list of options, so each write holds every option that stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.desired.state import Field, Option
from reconciler.model import address as addresses
from reconciler.model.live import LiveProperty
from reconciler.planning.actions.schema import ChangeField
from reconciler.planning.effects import OptionsWritten, Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.scope import Scope

OPTION_TYPES = frozenset({"select", "multi_select", "status"})
WAY_STATION = " (wtstate)"
"""Ends the name of the option that holds rows while the case of a name changes."""


@dataclass(frozen=True)
class OptionContext:
    """One declared field with options and its live property."""

    declared: Field
    live: LiveProperty
    pair: DatabaseMatch
    ledger: Ledger
    scope: Scope
    arriving: tuple[str, ...] = ()
    """Options that rows of a merge bring along: they join the undeclared ones."""

    @property
    def address(self) -> str:
        return addresses.of_field(self.declared.database, self.declared.name)

    def option_address(self, name: str) -> str:
        return addresses.of_option(self.declared.database, self.declared.name, name)

    @property
    def live_names(self) -> tuple[str, ...]:
        return tuple(o["name"] for o in self.live.config.get("options", ()))

    @property
    def folds(self) -> tuple[tuple[str, Option], ...]:
        """(live option, declared option that it was), in the order of the files."""
        pairs = [(old, option) for option in self.declared.options or () for old in former(option)]
        return tuple((old, option) for old, option in pairs if old in self.live_names)

    def by_station(self, option: Option) -> bool:
        """Whether rows get the option by way of another name, because only the case of its own changes."""
        return any(
            old != option.name
            and old.casefold() == option.name.casefold()
            and self.scope.includes(self.option_address(old))
            for old in self.live_names
        )


def former(option: Option) -> tuple[str, ...]:
    """What an option was called, the way station that a run which was cut off may have left included."""
    return (*option.was, option.name + WAY_STATION) if option.was else ()


def _expanded(option: Option, context: OptionContext) -> dict[str, Any]:
    """The option as the first list has it: by id when live, by a way station when only its case changes."""
    name = option.name + WAY_STATION if context.by_station(option) else option.name
    live = next((o for o in context.live.config.get("options", ()) if o["name"] == name), None)
    wanted = {"name": option.name, "color": option.color, "description": option.description, "group": option.group}
    entry = {word: value for word, value in wanted.items() if value is not None}
    entry["name"] = name
    if live is not None:
        entry.pop("color", None)
        return {"id": live["id"], **entry}
    return entry


def whole_list(context: OptionContext) -> list[dict[str, Any]]:
    """Declared options in the order of the files, undeclared live ones in live order, then those that rows bring."""
    live_names = {name.casefold(): name for name in context.live_names}
    declared = [
        _expanded(option, context)
        for option in context.declared.options or ()
        if context.by_station(option) or live_names.get(option.name.casefold(), option.name) == option.name
    ]
    names = {str(o["name"]) for o in declared}
    kept = [
        {"id": o["id"], "name": o["name"]} for o in context.live.config.get("options", ()) if o["name"] not in names
    ]
    there = {str(o["name"]).removesuffix(WAY_STATION) for o in (*declared, *kept)}
    return [*declared, *kept, *({"name": name} for name in context.arriving if name not in there)]


def additions(context: OptionContext, expand: list[dict[str, Any]]) -> Iterator[Task]:
    """One task for all options that are new, said anew, or in another order; none when nothing of it differs."""
    live = {o["name"]: o for o in context.live.config.get("options", ())}
    new = [o for o in expand if "id" not in o and not o["name"].endswith(WAY_STATION)]
    lines = [f"option {o['name']} ({o['color']})" if "color" in o else f"option {o['name']}" for o in new]
    for option in context.declared.options or ():
        was = live.get(option.name)
        if was is not None and option.description is not None and option.description != (was.get("description") or ""):
            lines.append(f"option {option.name}: description → {option.description}")
        if was is not None and option.group is not None and option.group != _group_of(context.live, was):
            lines.append(f"option {option.name}: group → {option.group}")
    staying = [o["name"] for o in expand if o["name"] in _staying(context)]
    if not lines and not context.folds and staying != [name for name in context.live_names if name in staying]:
        lines.append("order of options: " + ", ".join(staying))
    if not lines:
        return
    yield Task(
        action=ChangeField(
            address=context.address,
            database=context.declared.database,
            old_name=context.declared.name,
            name=context.declared.name,
            changes=tuple(lines),
            where=context.declared.where,
            reason="options",
        ),
        effects=(written(context, expand),),
    )


def _staying(context: OptionContext) -> set[str]:
    """The live options that this plan does not take away."""
    declared = {o.name for o in context.declared.options or ()}
    if context.pair.desired.undeclared == "archive":
        return declared & set(context.live_names)
    return set(context.live_names) - {old for old, _ in context.folds}


def _group_of(live: LiveProperty, option: Mapping[str, Any]) -> str | None:
    groups = live.config.get("groups", ())
    return next((g["name"] for g in groups if option.get("id") in g.get("option_ids", ())), None)


def written(
    context: OptionContext, expand: list[dict[str, Any]], *, without: str | None = None, again: int = 1
) -> OptionsWritten:
    """The write of a list, ``without`` the option that goes in a removal; ``again`` is its round."""
    return OptionsWritten(
        database=context.declared.database,
        field=context.declared.name,
        property_id=context.live.id,
        type=context.live.type,
        options=tuple(expand),
        without=without,
        round=again,
    )
