"""Differences between declared options and live ones: added, folded, reordered, kept or archived.

An option cannot be renamed: rows are rewritten, then the old one goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.desired.state import Field, Option
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model.finding import Finding
from reconciler.model.limits import OPTIONS
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties import common
from reconciler.planning import guards
from reconciler.planning.actions.base import RowChange
from reconciler.planning.actions.removal import Remove
from reconciler.planning.actions.schema import FoldOption
from reconciler.planning.diff.option_list import (
    WAY_STATION,
    OptionContext,
    additions,
    former,
    whole_list,
    written,
)
from reconciler.planning.edits import entry_of
from reconciler.planning.effects import Effect, LastLook, RowWrite, Task, WayStation
from reconciler.planning.words import few


def live_folds(declared: Field, live: LiveProperty) -> dict[str, str]:
    """The live options that are folded away, so whose rows must be read, each with the option that they become."""
    names = {o["name"] for o in live.config.get("options", ())}
    return {old: option.name for option in declared.options or () for old in former(option) if old in names}


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
    expand = whole_list(context)
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
    yield from additions(context, expand)
    for old, option in context.folds:
        if not context.scope.includes(context.option_address(old)):
            continue
        yield from _fold(context, old, option, expand)
    folded = {old for old, _ in context.folds}
    passing = context.pair.passing.get(context.live.id, frozenset())
    rest = [o["name"] for o in kept if o["name"] not in folded | passing]
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


def _fold(context: OptionContext, old: str, option: Option, expand: list[dict[str, Any]]) -> Iterator[Task | Finding]:
    address = context.option_address(old)
    if context.ledger.incomplete:
        yield guards.incomplete(address, context.ledger.incomplete, where=option.where)
        return
    left_behind = old == option.name + WAY_STATION
    edits = [_edit(context, row, old, option.name) for row in holders(context, old)]
    effects: list[Effect] = [written(context, expand)] if any("id" not in o for o in expand) else []
    effects.extend(write for write, _, _ in edits)
    if edits and not left_behind:
        effects.append(
            _entry(context, address, f"folded into {option.name}", old, [a for _, _, a in edits], reason="fold")
        )
    if not (left_behind and context.by_station(option)):
        effects.append(_last_look(context, old))
        effects.append(written(context, expand, without=old))
    if context.by_station(option):
        effects.extend(_second_round(context, option, expand))
    yield Task(
        action=FoldOption(
            address=address,
            database=context.declared.database,
            field=context.declared.name,
            old=old,
            new=option.name,
            rows=tuple(sorted(change for _, change, _ in edits)),
            where=option.where,
            details=tuple(_on_the_way(context, option, left_behind=left_behind)),
            kept=left_behind,
        ),
        effects=tuple(effects),
    )


def _on_the_way(context: OptionContext, option: Option, *, left_behind: bool) -> Iterator[str]:
    if context.by_station(option):
        yield "by way of a temporary option: only its case changes"
    if left_behind:
        yield "the temporary option of a run that was cut off; what rows held before is in the archive"


def _second_round(context: OptionContext, option: Option, expand: list[dict[str, Any]]) -> Iterator[Effect]:
    """Whoever is to hold the option gets its true name once the old spelling is gone; until then the way station's.

    All stations of the property are opened in one list; what the first round took away is left out of it later on.
    """
    station = option.name + WAY_STATION
    stations = {o.name + WAY_STATION: o.name for o in context.declared.options or () if context.by_station(o)}
    both: list[dict[str, Any]] = []
    for entry in expand:
        true_name = stations.get(str(entry["name"]))
        if true_name is not None:
            words = {word: value for word, value in entry.items() if word != "id"}
            both.append({**words, "name": true_name})
        both.append({"name": entry["name"]} if true_name is not None else entry)
    yield WayStation(property_id=context.live.id, name=option.name, station=station)
    yield written(context, both, again=2)
    yield LastLook(
        database=context.declared.database,
        property_id=context.live.id,
        type=context.live.type,
        filter=option_filter(context.live, station),
        gone=station,
        round=2,
    )
    yield written(context, both, without=station, again=2)


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


def _edit(context: OptionContext, row: LiveRow, old: str, new: str | None) -> tuple[RowWrite, RowChange, ArchivedValue]:
    return context.ledger.write(row, context.live, _replaced(context.ledger.value(row, context.live), old, new))


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
    edits = [_edit(context, row, name, None) for row in holding]
    live_options = context.live.config.get("options", ())
    expand = whole_list(context)
    effects: list[Effect] = [write for write, _, _ in edits]
    option = next(o for o in live_options if o["name"] == name)
    why = f"option {name} ({option.get('color')}) dropped"
    effects.append(_entry(context, address, why, name, [a for _, _, a in edits], reason="drop", source=source))
    effects.append(_last_look(context, name))
    effects.append(written(context, expand, without=name))
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
