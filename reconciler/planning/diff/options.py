"""Differences between declared options and live ones: added, folded, reordered, kept or archived.

Notion replaces the whole list of options, so each write holds every option that stays: declared ones in the order of
the files, then undeclared ones in live order. An option cannot be renamed: rows are rewritten, then the old one goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.desired.state import Field, Option
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.limits import OPTIONS
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties import common
from reconciler.planning import guards
from reconciler.planning.actions.base import RowChange
from reconciler.planning.actions.removal import Remove
from reconciler.planning.actions.schema import ChangeField, FoldOption
from reconciler.planning.edits import entry_of
from reconciler.planning.effects import Effect, LastLook, OptionsWritten, RowWrite, Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.scope import Scope
from reconciler.planning.words import few

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
        pairs = [(old, option) for option in self.declared.options or () for old in option.was]
        return tuple((old, option) for old, option in pairs if old in self.live_names)


def live_folds(declared: Field, live: LiveProperty) -> tuple[str, ...]:
    """The live options that are folded away, so whose rows must be read."""
    names = {o["name"] for o in live.config.get("options", ())}
    return tuple(old for option in declared.options or () for old in option.was if old in names)


def option_tasks(context: OptionContext) -> Iterator[Task | Finding]:
    """Everything that makes the live options what is declared."""
    declared = context.declared
    names = {o.name for o in declared.options or ()}
    clash = list(_case_clashes(context))
    if clash:
        yield from clash
        return
    yield from _manual_colors(context)
    kept = [o for o in context.live.config.get("options", ()) if o["name"] not in names]
    expand = _whole_list(context)
    if len(expand) > OPTIONS:
        yield guards.blocked(
            "option-limit",
            context.address,
            f"{len(expand)} options would be in the list at once; Notion takes {OPTIONS}",
            "fold or drop some of them first, in a state of its own",
            where=declared.where,
            why="old and new options stand side by side until the rows are rewritten",
        )
        return
    yield from _additions(context, expand)
    for old, option in context.folds:
        if not context.scope.includes(context.option_address(old)):
            continue
        yield from _fold(context, old, option, expand)
    folded = {old for old, _ in context.folds}
    rest = [o["name"] for o in kept if o["name"] not in folded]
    if context.pair.desired.undeclared == "archive":
        for name in rest:
            if context.scope.includes(context.option_address(name)):
                yield from remove_option(context, name, reason="undeclared", where=declared)
    elif rest:
        yield guards.note("undeclared-options", context.address, ", ".join(rest), where=declared.where)


def _case_clashes(context: OptionContext) -> Iterator[Finding]:
    """Declared options that a live one has in another case and that do not say they were it."""
    by_fold = {name.casefold(): name for name in context.live_names}
    for option in context.declared.options or ():
        twin = by_fold.get(option.name.casefold())
        if twin is not None and twin != option.name and twin not in option.was:
            yield guards.blocked(
                "option-case",
                context.option_address(option.name),
                f"the live option {twin!r} differs in case alone",
                f"add was = [{twin!r}] to the option",
                where=option.where,
                why="Notion's option names are unique without regard to case",
            )


def _manual_colors(context: OptionContext) -> Iterator[Finding]:
    for option in context.declared.options or ():
        live = next((o for o in context.live.config.get("options", ()) if o["name"] == option.name), None)
        if live and option.color and live.get("color") != option.color:
            yield guards.manual(
                "color",
                context.option_address(option.name),
                f"its color is {live.get('color')}, declared {option.color}",
                f"set the color of {option.name!r} to {option.color} in Notion",
                where=option.where,
                why="the API cannot change the color of an option that exists",
            )


def _expanded(option: Option, context: OptionContext) -> dict[str, Any]:
    """The option as the first list has it: by id when live, by a way station when only its case changes."""
    live = next((o for o in context.live.config.get("options", ()) if o["name"] == option.name), None)
    wanted = {"name": option.name, "color": option.color, "description": option.description, "group": option.group}
    entry = {word: value for word, value in wanted.items() if value is not None}
    if live is not None:
        entry.pop("color", None)
        return {"id": live["id"], **entry}
    if _only_case(option, context.live_names):
        entry["name"] = option.name + WAY_STATION
    return entry


def _whole_list(context: OptionContext) -> list[dict[str, Any]]:
    """Declared options in the order of the files, undeclared live ones in live order, then those that rows bring."""
    declared = [_expanded(option, context) for option in context.declared.options or ()]
    names = {o.name for o in context.declared.options or ()}
    kept = [
        {"id": o["id"], "name": o["name"]} for o in context.live.config.get("options", ()) if o["name"] not in names
    ]
    there = {o["name"] for o in (*declared, *kept)}
    return [*declared, *kept, *({"name": name} for name in context.arriving if name not in there)]


def _only_case(option: Option, live_names: tuple[str, ...]) -> bool:
    return any(name != option.name and name.casefold() == option.name.casefold() for name in live_names)


def _additions(context: OptionContext, expand: list[dict[str, Any]]) -> Iterator[Task]:
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
        effects=(_written(context, expand),),
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


def _written(
    context: OptionContext, expand: list[dict[str, Any]], *, without: str | None = None, again: int = 1
) -> OptionsWritten:
    return OptionsWritten(
        database=context.declared.database,
        field=context.declared.name,
        property_id=context.live.id,
        type=context.live.type,
        options=tuple(expand),
        without=without,
        round=again,
    )


def _fold(context: OptionContext, old: str, option: Option, expand: list[dict[str, Any]]) -> Iterator[Task | Finding]:
    address = context.option_address(old)
    if context.ledger.incomplete:
        yield guards.incomplete(address, context.ledger.incomplete, where=option.where)
        return
    through = option.name + WAY_STATION if _only_case(option, context.live_names) else option.name
    edits = [_edit(context, row, old, through, shown=option.name) for row in holders(context, old)]
    effects: list[Effect] = [_written(context, expand)] if any("id" not in o for o in expand) else []
    effects.extend(write for write, _, _ in edits)
    if edits:
        effects.append(
            _entry(context, address, f"folded into {option.name}", old, [a for _, _, a in edits], reason="fold")
        )
    effects.append(_last_look(context, old))
    effects.append(_written(context, expand, without=old))
    if through != option.name:
        effects.extend(_second_round(context, option, expand, [write for write, _, _ in edits], old=old))
    yield Task(
        action=FoldOption(
            address=address,
            database=context.declared.database,
            field=context.declared.name,
            old=old,
            new=option.name,
            rows=tuple(sorted(change for _, change, _ in edits)),
            where=option.where,
            details=("by way of a temporary option: only its case changes",) if through != option.name else (),
        ),
        effects=tuple(effects),
    )


def _second_round(
    context: OptionContext, option: Option, expand: list[dict[str, Any]], writes: list[RowWrite], *, old: str
) -> Iterator[Effect]:
    """The way station's rows get the option's true name, once the old one is gone."""
    station = option.name + WAY_STATION
    final = [o for o in expand if o["name"] != old]
    at = next(i for i, o in enumerate(final) if o["name"] == station)
    both = [*final[:at], {**final[at], "name": option.name}, {"name": station}, *final[at + 1 :]]
    yield _written(context, both, again=2)
    for write in writes:
        yield RowWrite(
            database=write.database,
            row=write.row,
            property=write.property,
            type=write.type,
            old=write.new,
            new=_replaced(write.new, station, option.name),
            round=2,
        )
    yield LastLook(
        database=context.declared.database,
        property_id=context.live.id,
        type=context.live.type,
        filter=option_filter(context.live, station),
        gone=station,
        round=2,
    )
    yield _written(context, both, without=station, again=2)


def holders(context: OptionContext, name: str) -> list[LiveRow]:
    """The rows that hold the option now, after the actions so far."""
    return [row for row in context.ledger.rows if name in _names(context.ledger.value(row, context.live))]


def _names(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _replaced(value: Value, old: str, new: str | None) -> Value:
    """The value with one option replaced by another, or taken out; the order stays, doubles go."""
    if not isinstance(value, list):
        return new
    return list(dict.fromkeys(new if name == old else name for name in value if name != old or new is not None))


def _edit(
    context: OptionContext, row: LiveRow, old: str, new: str | None, *, shown: str | None
) -> tuple[RowWrite, RowChange, ArchivedValue]:
    value = _replaced(context.ledger.value(row, context.live), old, new)
    write, change, archived = context.ledger.write(row, context.live, value)
    if shown != new and not context.pair.desired.sensitive:
        final = _replaced(value, new or "", shown)
        change = RowChange(change.row, change.field, change.old, context.ledger.shown(context.live.type, final))
    return write, change, archived


def _entry(
    context: OptionContext,
    address: str,
    why: str,
    option: str,
    values: list[ArchivedValue],
    *,
    reason: str,
    source: str = "",
) -> Entry:
    live = next(o for o in context.live.config["options"] if o["name"] == option)
    return entry_of(
        context.pair,
        address,
        reason,
        field_name=context.live.name,
        reason=why,
        source=source,
        where=context.declared.where,
        definition={
            "property": {"id": context.live.id, "name": context.live.name, "type": context.live.type},
            "option": dict(live),
        },
        values=values,
    )


def option_filter(live: LiveProperty, name: str) -> dict[str, Any]:
    """The Notion filter for rows that hold the option."""
    operator = "contains" if live.type == "multi_select" else "equals"
    return {"property": common.encoded(live.id), live.type: {operator: name}}


def _last_look(context: OptionContext, name: str) -> LastLook:
    return LastLook(
        database=context.declared.database,
        property_id=context.live.id,
        type=context.live.type,
        filter=option_filter(context.live, name),
        gone=name,
    )


def remove_option(
    context: OptionContext, name: str, *, reason: str, where: Any, source: str = "", address: str = ""
) -> Iterator[Task | Finding]:
    """An option goes: rows that hold it are archived and rewritten, then it leaves the list."""
    address = address or context.option_address(name)
    if context.ledger.incomplete:
        yield guards.incomplete(address, context.ledger.incomplete, where=where.where)
        return
    holding = holders(context, name)
    if holding and context.live.type == "status":
        yield guards.blocked(
            "status-in-use",
            address,
            f"{few(len(holding), 'row holds', 'rows hold')} it, and a status cannot be empty",
            f"fold it: add was = [{name!r}] to the option that its rows should have",
            where=where.where,
        )
        return
    edits = [_edit(context, row, name, None, shown=None) for row in holding]
    live_options = context.live.config.get("options", ())
    expand = _whole_list(context)
    effects: list[Effect] = [write for write, _, _ in edits]
    option = next(o for o in live_options if o["name"] == name)
    why = f"option {name} ({option.get('color')}) dropped"
    effects.append(_entry(context, address, why, name, [a for _, _, a in edits], reason="drop", source=source))
    effects.append(_last_look(context, name))
    effects.append(_written(context, expand, without=name))
    yield Task(
        action=Remove(
            address=address,
            database=context.declared.database,
            subject="option",
            name=name if address == context.option_address(name) else f"{context.declared.name}[{name}]",
            rows=tuple(sorted(change for _, change, _ in edits)),
            where=where.where,
            reason=reason,
            source=source,
        ),
        effects=tuple(effects),
    )
