"""Executors of the steps that make and change databases and their properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.execute import looks
from reconciler.execute.ground import Ground, Place, Refused
from reconciler.execute.settle import nothing_new
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.model.properties import common
from reconciler.notion import read, shapes
from reconciler.planning.diff.options import option_filter
from reconciler.planning.effects import OptionsWritten, PropertyChange
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase


def rich(text: str) -> list[dict[str, Any]]:
    """Plain text as Notion's rich text."""
    wire: list[dict[str, Any]] = properties.of("rich_text").wire([{"text": text}] if text else [])["rich_text"]
    return wire


def icon_body(icon: str) -> dict[str, Any] | None:
    """An icon as Notion wants it: an emoji, or the url of an image; "" takes it away."""
    if not icon:
        return None
    if icon.startswith(("https://", "http://")):
        return {"type": "external", "external": {"url": icon}}
    return {"type": "emoji", "emoji": icon}


async def create_database(step: kinds.CreateDatabase, ground: Ground) -> None:
    """Makes the database under the parent page and learns its ids."""
    new = step.new
    body: dict[str, Any] = {
        "parent": {"type": "page_id", "page_id": step.parent},
        "title": rich(new.title),
        "initial_data_source": {"properties": {change.field: _entry(change, ground) for change in new.properties}},
    }
    if new.description is not None:
        body["description"] = rich(new.description)
    if new.icon:
        body["icon"] = icon_body(new.icon)
    known = {place.database_id for place in ground.places.values()}
    look = looks.made_database(step.parent, new.title, lambda live: live.id not in known)
    answer = await ground.send("POST", "databases", body=body, look=look, serves=step.addresses)
    ground.places[new.key] = Place(database_id=answer["id"], data_source_id=answer["data_sources"][0]["id"])


async def patch_database(step: kinds.PatchDatabase, ground: Ground) -> None:
    """Writes the description and the lock; a data source shows its database's."""
    place = ground.place(step.database, step.addresses[0])
    body: dict[str, Any] = {}
    if step.description is not None:
        body["description"] = rich(step.description)
    if step.locked is not None:
        body["is_locked"] = step.locked
    look = looks.words(place.database_id, body)
    await ground.send("PATCH", f"databases/{place.database_id}", body=body, look=look, serves=step.addresses)


async def patch_schema(step: kinds.PatchSchema, ground: Ground) -> None:
    """Writes properties, whole lists of options, title and icon in one request, and checks that they were taken."""
    place = ground.place(step.database, step.addresses[0])
    if step.options:
        place = await _options_unmoved(step, ground, place)
    entries: dict[str, Any] = {}
    for change in step.changes:
        key = common.encoded(change.property_id) if change.property_id else change.field
        if change.remove:
            entries[key] = None
        else:  # One property may be changed by two actions: its name by one, what it is by the other.
            entries[key] = {**(entries.get(key) or {}), **_entry(change, ground)}
    for written in step.options:
        kept = [dict(o) for o in written.options if o["name"] not in step.without.get(written.property_id, frozenset())]
        entry = entries.setdefault(common.encoded(written.property_id), {})
        entry.update(properties.of(written.type).schema({"options": kept}))
    body: dict[str, Any] = {}
    if entries:
        body["properties"] = entries
    if step.title is not None:
        body["title"] = rich(step.title)
    if step.icon is not None:
        body["icon"] = icon_body(step.icon)
    before = place.live
    look = looks.schema(
        place.data_source_id,
        lambda live: _is_done(step, before, live),
        still=lambda live: _options_known(step, live),
    )
    answer = await ground.send(
        "PATCH", f"data_sources/{place.data_source_id}", body=body, look=look, serves=step.addresses
    )
    live = shapes.data_source(answer, database_id=place.database_id)
    ground.places[step.database] = replace(place, live=live)
    for change in step.changes:
        _learn_id(change, live, ground)
    _taken(step, live, ground)


def _learn_id(change: PropertyChange, live: LiveDatabase, ground: Ground) -> None:
    """Nobody has seen whether a property keeps its id with another type: one that does not is found by its name."""
    if change.retypes and change.property_id is not None and live.by_id(change.property_id) is None:
        found = live.by_name(change.field)
        if found is not None and found.type == change.type:
            ground.retyped[change.database, change.property_id] = found.id


def _is_done(step: kinds.PatchSchema, before: LiveDatabase | None, live: LiveDatabase) -> bool:
    """Whether the schema shows the change, which is made as a whole: all that can be told from names and types.

    False where nothing can be told; then the same is written again, which does no harm.
    """
    told = [_shows(change, live) for change in step.changes]
    for written in step.options:
        old, new = (_option_names(shown, written.property_id) for shown in (before, live))
        wanted = {o["name"] for o in written.options} - step.without.get(written.property_id, frozenset())
        told.append(new == wanted if old != wanted else None)
    if step.title is not None:
        told.append(live.title == step.title)
    known = [shows for shows in told if shows is not None]
    return bool(known) and all(known)


def _shows(change: PropertyChange, live: LiveDatabase) -> bool | None:
    """Whether the live schema shows the change; None where it would look the same without it."""
    if change.property_id is None:
        made = live.by_name(change.field)
        return made is not None and (change.type is None or made.type == change.type)
    prop = live.by_id(change.property_id)
    if change.remove:
        return prop is None
    if prop is None and change.retypes:  # it may have got another id with its type
        prop = live.by_name(change.field)
    if prop is None:
        return False
    if change.name is not None and prop.name != change.name:
        return False
    if change.retypes and prop.type != change.type:
        return False
    if change.config is not None and "two_way" in change.config:
        return bool(prop.config.get("mirror")) == bool(change.config["two_way"])
    return True if change.name is not None or change.retypes else None


def _option_names(live: LiveDatabase | None, property_id: str) -> set[str]:
    prop = live.by_id(property_id) if live is not None else None
    return {str(o["name"]) for o in prop.config.get("options", ())} if prop is not None else set()


def _entry(change: PropertyChange, ground: Ground) -> dict[str, Any]:
    """The body entry of one property."""
    entry: dict[str, Any] = {}
    if change.name is not None and change.property_id is not None:
        entry["name"] = change.name
    if change.type is not None and change.config is not None:
        config = dict(change.config)
        if "to" in config:
            target = ground.place(config.pop("to"), addresses.of_field(change.database, change.field))
            config = {"data_source_id": target.data_source_id, "mirror": {} if config.pop("two_way") else None}
        entry.update(properties.of(change.type).schema(config))
    if change.description is not None:
        entry["description"] = change.description or None
    return entry


async def _options_unmoved(step: kinds.PatchSchema, ground: Ground, place: Place) -> Place:
    """Reads the schema just before a whole list is written: an option that someone added since would be lost."""
    live = await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    _options_known(step, live)
    return replace(place, live=live)


def _options_known(step: kinds.PatchSchema, live: LiveDatabase) -> None:
    """Raises `Refused` where the live schema has an option that neither the plan nor its reading knows."""
    for written in step.options:
        prop = live.by_id(written.property_id)
        now = {o["name"] for o in prop.config.get("options", ())} if prop else set()
        new = sorted(now - _known(written) - {o["name"] for o in written.options})
        if new or prop is None:
            said = f"options were added since the plan was made: {', '.join(new)}" if prop else "the field is gone"
            raise Refused(moved(addresses.of_field(written.database, written.field), said))


def _known(written: OptionsWritten) -> set[str]:
    return {str(o["name"]) for o in written.options}


def moved(address: str, what: str) -> Finding:
    """Somebody changed what the plan was made from."""
    return Finding(
        code="moved",
        address=address,
        what=what,
        next="plan again, and look at what changed",
        why="apply does what the plan showed, no more and no less",
    )


def _taken(step: kinds.PatchSchema, live: LiveDatabase, ground: Ground) -> None:
    """Whether Notion's answer shows what was written; what it does not is refused by address."""
    for change in step.changes:
        known = ground.property_id(step.database, change.property_id) if change.property_id else None
        prop = live.by_id(known) if known else live.by_name(change.field)
        address = addresses.of_field(change.database, change.field)
        if change.remove and prop is not None:
            raise Refused(_not_taken(address, "the property is still there"))
        if not change.remove and (prop is None or (change.name is not None and prop.name != change.name)):
            raise Refused(_not_taken(address, "the property does not have the name that was written"))
    if step.phase is Phase.EXPAND:
        return
    for written in step.options:
        prop = live.by_id(written.property_id)
        left = {o["name"] for o in prop.config.get("options", ())} if prop else set()
        still = sorted(left & step.without.get(written.property_id, frozenset()))
        if still:
            raise Refused(
                _not_taken(
                    addresses.of_field(written.database, written.field), f"options are still there: {', '.join(still)}"
                )
            )


def _not_taken(address: str, what: str) -> Finding:
    return Finding(
        code="not-taken",
        address=address,
        what=f"Notion accepted the change, but {what}",
        next="run again; if it stays so, make the change by hand in Notion",
    )


async def patch_mirror(step: kinds.PatchMirror, ground: Ground) -> None:
    """Names the mirror that Notion made for a two-way relation; it is found by id, from its owner."""
    owner_key, owner_field = step.mirror.owner
    address = addresses.of_field(owner_key, owner_field)
    owner_place = ground.place(owner_key, address)
    owner = owner_place.live.by_name(owner_field) if owner_place.live else None
    mirror = (owner.config.get("mirror") or {}) if owner else {}
    if not mirror.get("id"):
        raise Refused(_not_taken(address, "it made no mirror, so the relation is one-way"))
    entry: dict[str, Any] = {"name": step.mirror.name}
    if step.mirror.description is not None:
        entry["description"] = step.mirror.description or None
    target = ground.place(step.mirror.database, address)
    answer = await ground.send(
        "PATCH",
        f"data_sources/{target.data_source_id}",
        body={"properties": {common.encoded(mirror["id"]): entry}},
        look=looks.schema(
            target.data_source_id,
            lambda live: (named := live.by_id(mirror["id"])) is not None and named.name == step.mirror.name,
        ),
        serves=step.addresses,
    )
    ground.places[step.mirror.database] = replace(
        target, live=shapes.data_source(answer, database_id=target.database_id)
    )


async def trash(step: kinds.Trash, ground: Ground) -> None:
    """Puts the database into Notion's trash."""
    place = ground.place(step.database, step.addresses[0])
    path, body = f"databases/{place.database_id}", {"in_trash": True}
    await ground.send("PATCH", path, body=body, look=nothing_new(path, body), serves=step.addresses)


async def untrash(step: kinds.Untrash, ground: Ground) -> None:
    """Takes a database, or a row, out of Notion's trash."""
    place = ground.place(step.database, step.addresses[0])
    path = f"databases/{place.database_id}" if step.row is None else f"pages/{step.row}"
    body = {"in_trash": False}
    await ground.send("PATCH", path, body=body, look=nothing_new(path, body), serves=step.addresses)


async def sweep_options(step: kinds.Sweep, ground: Ground) -> None:
    """Takes away options that Notion made on the way and no row holds; one that a row holds stays.

    The list is read once more just before it is written: an option that somebody added since would be lost.
    """
    sweep = step.sweep
    prop, options = await _options_now(step, ground)
    extra = [option["name"] for option in options if option["name"] not in sweep.stay][:FILTER_ITEMS]
    if prop is None or not extra:
        return
    place = ground.place(sweep.database, step.addresses[0])
    asked = {"or": [option_filter(prop, name) for name in extra]}
    live = place.live or await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    held = await read.query(ground.client, live, filter=asked, property_ids=[prop.id])
    holding = [row.values.get(prop.id) for row in held.rows]
    names = {name for value in holding for name in (value if isinstance(value, list) else [value])}
    unheld = set() if held.incomplete else set(extra) - names
    if not unheld:
        return
    _, options = await _options_now(step, ground)
    kept = [{"id": option["id"], "name": option["name"]} for option in options if option["name"] not in unheld]
    entry = properties.of(sweep.type).schema({"options": kept})
    body = {"properties": {common.encoded(prop.id): entry}}
    stay, swept = {option["name"] for option in kept}, prop.id
    look = looks.schema(place.data_source_id, lambda now: _option_names(now, swept) == stay)
    path = f"data_sources/{place.data_source_id}"
    answer = await ground.send("PATCH", path, body=body, look=look, serves=step.addresses)
    source = shapes.data_source(answer, database_id=place.database_id)
    ground.places[sweep.database] = replace(place, live=source)


async def _options_now(step: kinds.Sweep, ground: Ground) -> tuple[LiveProperty | None, Sequence[Mapping[str, Any]]]:
    """The property that is swept, and its options, as they are now."""
    place = ground.place(step.database, step.addresses[0])
    live = await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    ground.places[step.database] = replace(place, live=live)
    prop = live.by_id(ground.property_id(step.database, step.sweep.property_id))
    return prop, prop.config.get("options", ()) if prop and prop.type == step.sweep.type else ()


async def mark(step: kinds.Mark, ground: Ground) -> None:
    """Describes, locks and titles a database as archived."""
    place = ground.place(step.database, step.addresses[0])
    body = {"description": rich(step.mark.note), "is_locked": True}
    look = looks.words(place.database_id, body)
    await ground.send("PATCH", f"databases/{place.database_id}", body=body, look=look, serves=step.addresses)
    # The title comes last: where it is there, everything is.
    look = looks.schema(place.data_source_id, lambda live: live.title == step.mark.title)
    body = {"title": rich(step.mark.title)}
    await ground.send("PATCH", f"data_sources/{place.data_source_id}", body=body, look=look, serves=step.addresses)


async def read_back(step: kinds.ReadBack, ground: Ground) -> None:
    """Reads a changed database by id, for what the memory keeps of it."""
    place = ground.place(step.database, step.database)
    live = await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    ground.places[step.database] = replace(place, live=live)
