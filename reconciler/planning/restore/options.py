"""Lists of options as they were: those that went come back in their place, those that a batch made go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.live import LiveProperty, Value
from reconciler.planning import guards
from reconciler.planning.diff.option_list import WAY_STATION
from reconciler.planning.diff.options import option_filter
from reconciler.planning.effects import Effect, LastLook, OptionsWritten, WayStation
from reconciler.planning.restore.fields import OPTION_TYPES, Schema, new_option
from reconciler.planning.restore.material import Material
from reconciler.planning.restore.site import Site


@dataclass(frozen=True)
class _List:
    """What becomes of one list: all options side by side, those that then go, and (name, the twin that it clashes
    with) where two differ in case alone."""

    whole: list[dict[str, Any]]
    goes: list[str]
    clashes: dict[str, str]


def restore_options(
    was: LiveProperty,
    site: Site,
    material: Material,
    schema: Schema,
    *,
    leaving: frozenset[str],
) -> None:
    """Adds to ``schema`` what makes the list as it was. A name that differs from one that goes in case alone comes by a
    way station, because Notion's names are unique without case."""
    live = site.now.get(was.id)
    if live is None or live.type != was.type or was.type not in OPTION_TYPES or was.id not in site.touched.options:
        return
    wanted = _wanted(was, live, site, material, schema, leaving)
    now = [str(option["name"]) for option in live.config.get("options", ())]
    if not material.wants(site.key, was.id) and all("id" in option for option in wanted.whole):
        return  # Single entries that bring no option back leave the list as it is.
    final = [str(o["name"]) for o in wanted.whole if o["name"] not in wanted.goes]
    added = [name for name in final if name not in now]
    if final != [name for name in now if name not in wanted.goes] or any("description" in o for o in wanted.whole):
        schema.lines.extend(f"option {name}" for name in added)
        if not added:
            schema.lines.append("order of options: " + ", ".join(final))
        schema.effects.append(_written(site, was, live, _stationed(wanted)))
    for name in wanted.goes:
        schema.lines.append(f"without the option {name}, which the batch made")
        schema.effects.append(_look(site, live, name))
        schema.effects.append(_written(site, was, live, _stationed(wanted), without=name))
    if wanted.clashes:
        schema.effects.extend(_second_round(site, was, live, wanted))


def _wanted(
    was: LiveProperty, live: LiveProperty, site: Site, material: Material, schema: Schema, leaving: frozenset[str]
) -> _List:
    there = {str(option["name"]): option for option in live.config.get("options", ())}
    former = {str(option["name"]): option for option in was.config.get("options", ())}
    whole = []
    everything = material.wants(site.key, was.id)
    for name, option in former.items():
        if name in there:
            entry = {"id": there[name]["id"], "name": name}
            if everything and option.get("description") and option["description"] != there[name].get("description"):
                entry["description"] = option["description"]
            elif everything and not option.get("description") and _is_declared(there[name], was, site, material):
                entry["description"] = None
            whole.append(entry)
        elif material.wants_option(site.key, was.id, name):
            whole.append(new_option(was, option))
    extra = [name for name in there if name not in former]
    held = set(_held(site, live, leaving))
    made = set(site.touched.options[was.id]) if everything else set()
    goes = [name for name in extra if name in made and name not in held]
    for name in extra:
        if name in made and name in held:
            schema.said.append(
                guards.note(
                    "changed-since",
                    site.label(was),
                    f"the option {name!r}, which the batch made, stays: rows hold it",
                    "nothing to do",
                )
            )
    whole += [{"id": there[name]["id"], "name": name} for name in extra]
    coming = [str(o["name"]) for o in whole if "id" not in o]
    clashes = {name: twin for name in coming for twin in goes if twin.casefold() == name.casefold()}
    return _List(whole=whole, goes=goes, clashes=clashes)


def _is_declared(option: Mapping[str, Any], was: LiveProperty, site: Site, material: Material) -> bool:
    """Whether an option has the description that the state gives it: what people wrote is not taken away."""
    database = material.state.databases.get(site.key)
    names = [name for name, bound in site.bound.items() if bound == was.id]
    fields = [database.fields[name] for name in names if name in database.fields] if database else []
    said = {each.description for field in fields for each in field.options or () if each.name == option["name"]}
    return bool(option.get("description")) and option["description"] in said


def _held(site: Site, live: LiveProperty, leaving: frozenset[str]) -> Iterator[str]:
    for row in site.ledger.rows:
        if row.id not in leaving:
            yield from _names(site.ledger.value(row, live))


def _names(value: Value) -> Iterable[str]:
    return value if isinstance(value, list) else [value] if value else []


def _stationed(wanted: _List) -> list[dict[str, Any]]:
    return [{**o, "name": o["name"] + WAY_STATION} if o["name"] in wanted.clashes else o for o in wanted.whole]


def _written(
    site: Site,
    was: LiveProperty,
    live: LiveProperty,
    options: list[dict[str, Any]],
    *,
    without: str | None = None,
    turn: int = 1,
) -> OptionsWritten:
    return OptionsWritten(
        database=site.key,
        field=was.name,
        property_id=live.id,
        type=live.type,
        options=tuple(options),
        without=without,
        round=turn,
    )


def _look(site: Site, live: LiveProperty, name: str, *, turn: int = 1) -> LastLook:
    return LastLook(
        database=site.key,
        property_id=live.id,
        type=live.type,
        filter=option_filter(live, name),
        gone=name,
        round=turn,
    )


def _second_round(site: Site, was: LiveProperty, live: LiveProperty, wanted: _List) -> Iterator[Effect]:
    """The way stations give their rows and their places to the true names, once the twins are gone."""
    both: list[dict[str, Any]] = []
    for option in wanted.whole:
        if option["name"] not in wanted.goes:
            both.append(option)
            if option["name"] in wanted.clashes:
                both.append({"name": option["name"] + WAY_STATION})
    yield _written(site, was, live, both, turn=2)
    for name in wanted.clashes:
        station = name + WAY_STATION
        yield WayStation(property_id=live.id, name=name, station=station)
        yield _look(site, live, station, turn=2)
        yield _written(site, was, live, both, without=station, turn=2)
