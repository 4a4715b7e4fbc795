"""Properties as they were: names, types, configurations; those that went are made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty
from reconciler.planning import guards
from reconciler.planning.diff.fields import HAND_MADE, LATE_TYPES
from reconciler.planning.effects import Effect, NameMirror, PropertyChange, SweepOptions
from reconciler.planning.identity import FORMER
from reconciler.planning.restore import computed
from reconciler.planning.restore.site import Site, kept, site_of

OPTION_TYPES = frozenset({"select", "multi_select", "status"})


@dataclass
class Schema:
    """What one former property needs: ``effects``, lines for people, and what is to be said."""

    effects: list[Effect] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    said: list[Finding] = field(default_factory=list)
    retypes: bool = False
    blocked: bool = False


def restored(was: LiveProperty, site: Site, found: Mapping[str, Site], *, consents: bool) -> Schema:
    """How the property becomes again what it was. ``consents`` takes back what people changed since, too."""
    live = site.now.get(was.id)
    if live is None:
        return _again(was, site, found, consents=consents)
    schema = Schema()
    change = site.touched.changes.get(was.id, {})
    words: dict[str, Any] = {}
    address = site.label(was)
    if live.name != was.name and ("name" in change or "removed" in change):
        if change.get("name") == live.name or consents:
            words["name"] = was.name
        else:
            schema.said.append(kept(address, f"the field was called {was.name!r}, and somebody renamed it since"))
    if _points_elsewhere(was, live) and "config" in change:
        _retyped(was, live, site, found, schema)
        return schema
    if live.type != was.type:
        if change.get("type") != live.type and not consents:
            schema.said.append(kept(address, f"the field was of type {was.type}, and somebody made it {live.type}"))
            schema.blocked = True
            return schema
        _retyped(was, live, site, found, schema)
        return schema
    if "description" in change and live.description != was.description:
        if change["description"] == live.description or consents:
            words["description"] = was.description
        else:
            schema.said.append(kept(address, "somebody wrote another description since"))
    if _is_parted(live, _other_side(was, found)):
        schema.said.append(_parted(address, was))
    config = _config(was, live, site, found, schema)
    if config is not None:
        words |= {"type": was.type, "config": config, "late": was.type in LATE_TYPES}
    if words:
        schema.effects.insert(0, PropertyChange(database=site.key, field=was.name, property_id=live.id, **words))
    schema.lines.extend(_told(was, live, words))
    site.after[was.id] = LiveProperty(id=live.id, name=was.name, type=was.type, config=live.config)
    return schema


def _points_elsewhere(was: LiveProperty, live: LiveProperty) -> bool:
    if not was.type == live.type == "relation":
        return False
    return was.config.get("data_source_id") != live.config.get("data_source_id")


def _told(was: LiveProperty, live: LiveProperty, words: Mapping[str, Any]) -> Iterator[str]:
    if "description" in words:
        yield f"description: {live.description or '(none)'} → {was.description or '(none)'}"
    if "config" in words and was.type == "formula":
        yield f"formula: {was.config.get('expression')}"
    elif "config" in words:
        yield "its configuration as it was"


def _again(was: LiveProperty, site: Site, found: Mapping[str, Site], *, consents: bool) -> Schema:
    """A property that is gone."""
    schema = Schema()
    change = site.touched.changes.get(was.id, {})
    address = site.label(was)
    other = _other_side(was, found)
    if was.id in site.covered or _turns_back(other):
        site.after[was.id] = LiveProperty(id=was.name, name=was.name, type=was.type, config={})
        return schema
    if "removed" not in change and _is_hidden(was, found):
        site.after[was.id] = was
        site.hidden.append(was)
        schema.blocked = True
        return schema
    if "removed" not in change and not consents and not _went_with(other) and not _led_to_gone(was, found):
        schema.said.append(kept(address, f"the field {was.name!r} is gone, and no batch removed it"))
        schema.blocked = True
        return schema
    if was.type in HAND_MADE:
        schema.said.append(_unmakable(address, was))
        schema.blocked = True
        return schema
    site.after[was.id] = LiveProperty(id=was.name, name=was.name, type=was.type, config=_plain(was))
    if was.type == "relation" and was.config.get("mirror"):
        _two_way(was, site, other, schema)
        return schema
    schema.effects.append(
        PropertyChange(
            database=site.key,
            field=was.name,
            name=was.name,
            type=was.type,
            config=_plain(was),
            description=was.description or None,
            late=was.type in LATE_TYPES,
        )
    )
    return schema


def _is_hidden(was: LiveProperty, found: Mapping[str, Site]) -> bool:
    """Whether a relation is not shown because the batch put what it leads to into the trash: it comes with that."""
    leads_to = site_of(found, str(was.config.get("data_source_id"))) if was.type == "relation" else None
    return leads_to is not None and leads_to.live.in_trash and leads_to.touched.trashes is True


def _led_to_gone(was: LiveProperty, found: Mapping[str, Site]) -> bool:
    """Whether a relation went with the database that it led to, which is made again."""
    leads_to = site_of(found, str(was.config.get("data_source_id"))) if was.type == "relation" else None
    return leads_to is not None and (leads_to.gone or leads_to.unfinished)


def _is_parted(live: LiveProperty, other: tuple[Site, LiveProperty] | None) -> bool:
    """Whether both sides of a two-way relation stand and are none any more: a removal was refused halfway."""
    there = other[0].now.get(other[1].id) if other is not None else None
    return there is not None and there.type == live.type == "relation" and not live.config.get("mirror")


def _parted(address: str, was: LiveProperty) -> Finding:
    other = was.config["mirror"].get("name")
    return guards.note(
        "not-restorable",
        address,
        f"not restorable: that {was.name!r} and {other!r} are two sides of one relation",
        f"remove {other!r} and make {was.name!r} two-way in Notion",
        why="a run was to remove one of them and was refused halfway",
    )


def _unmakable(address: str, was: LiveProperty) -> Finding:
    return guards.manual(
        "make",
        address,
        f"a {was.type} property can only be made in the app",
        f"add the property {was.name!r} of type {was.type} in Notion",
    )


def _other_side(was: LiveProperty, found: Mapping[str, Site]) -> tuple[Site, LiveProperty] | None:
    """The other side of a two-way relation, as it was, with its site."""
    mirror = was.config.get("mirror") if was.type == "relation" else None
    site = site_of(found, str(was.config.get("data_source_id"))) if mirror else None
    other = site.was.by_id(str(mirror["id"])) if site and mirror else None
    return (site, other) if site is not None and other is not None else None


def _went_with(other: tuple[Site, LiveProperty] | None) -> bool:
    """Whether a side is gone because its other side was removed or turned: Notion may take both."""
    if other is None:
        return False
    change = other[0].touched.changes.get(other[1].id, {})
    return "removed" in change or "type" in change


def _turns_back(other: tuple[Site, LiveProperty] | None) -> bool:
    """Whether the other side's type changes back, which makes this side anew."""
    if other is None:
        return False
    there = other[0].now.get(other[1].id)
    return there is not None and (there.type != "relation" or _points_elsewhere(other[1], there))


def _two_way(was: LiveProperty, site: Site, other: tuple[Site, LiveProperty] | None, schema: Schema) -> None:
    """A two-way relation comes back: by its other side, where that is there one-way, else both anew."""
    there = other[0].now.get(other[1].id) if other else None
    description = was.description or None
    half = _half_made(site, there)
    if half is not None:
        schema.effects.append(
            PropertyChange(
                database=site.key, field=was.name, property_id=half.id, name=was.name, description=description
            )
        )
        site.after[was.id] = replace(half, name=was.name)
        return
    if other is not None and there is not None and there.type == "relation" and not there.config.get("mirror"):
        partner, side = other
        schema.effects.append(
            PropertyChange(
                database=partner.key,
                field=side.name,
                property_id=there.id,
                type="relation",
                config={"data_source_id": site.was.data_source_id, "mirror": {}},
            )
        )
        name = side.name if _is_named_back(partner, side, there) else there.name
        schema.effects.append(
            NameMirror(owner=(partner.key, name), database=site.key, name=was.name, description=description)
        )
        schema.lines.append(f"two-way again with {partner.label(side)}")
        return
    schema.effects.append(
        PropertyChange(
            database=site.key,
            field=was.name,
            name=was.name,
            type="relation",
            config={"data_source_id": was.config["data_source_id"], "mirror": {}},
            description=description,
        )
    )
    if other is not None:
        partner, side = other
        _name_other(was, site, partner, side, schema, retypes=False)
    elif was.config["mirror"].get("name"):
        schema.said.append(
            guards.note(
                "not-restorable",
                site.label(was),
                f"not restorable: the name {was.config['mirror']['name']!r} of its other side",
                "rename that property in Notion",
                why="its database was no part of the batch, so Notion names it",
            )
        )


def _half_made(site: Site, there: LiveProperty | None) -> LiveProperty | None:
    """The side that Notion made with the other one, where a run was cut off before it named it."""
    mirror = there.config.get("mirror") if there is not None and there.type == "relation" else None
    half = site.live.by_id(str(mirror["id"])) if mirror else None
    return half if half is not None and site.was.by_id(half.id) is None and half.id not in _ids(site) else None


def _ids(site: Site) -> set[str]:
    return {prop.id for prop in site.now.values()}


def _is_named_back(partner: Site, side: LiveProperty, there: LiveProperty) -> bool:
    return partner.touched.changes.get(side.id, {}).get("name") == there.name


def _name_other(
    was: LiveProperty, site: Site, partner: Site, side: LiveProperty, schema: Schema, *, retypes: bool
) -> None:
    partner.covered.add(side.id)
    schema.lines.append(f"two-way again with {partner.label(side)}")
    schema.effects.append(
        NameMirror(
            owner=(site.key, was.name),
            database=partner.key,
            name=side.name,
            description=side.description or None,
            retypes=retypes,
        )
    )


def _retyped(was: LiveProperty, live: LiveProperty, site: Site, found: Mapping[str, Site], schema: Schema) -> None:
    """The type changes back; a two-way relation gets a new other side, and what was left of the old one goes."""
    schema.retypes = True
    config = _plain(was)
    other = _other_side(was, found)
    if other is not None:
        partner, side = other
        there = partner.now.get(side.id)
        if there is not None:
            schema.effects.append(
                PropertyChange(database=partner.key, field=there.name, property_id=there.id, name=side.name + FORMER)
            )
            schema.effects.append(
                PropertyChange(database=partner.key, field=there.name, property_id=there.id, remove=True, closing=True)
            )
        config = {"data_source_id": was.config["data_source_id"], "mirror": {}}
        _name_other(was, site, partner, side, schema, retypes=True)
    schema.effects.append(
        PropertyChange(
            database=site.key,
            field=was.name,
            property_id=live.id,
            name=was.name if live.name != was.name else None,
            type=was.type,
            config=config,
            description=was.description if was.description != live.description else None,
            retypes=True,
        )
    )
    if was.type in OPTION_TYPES:
        stay = tuple(str(option["name"]) for option in was.config.get("options", ()))
        schema.effects.append(SweepOptions(database=site.key, property_id=live.id, type=was.type, stay=stay))
    site.after[was.id] = LiveProperty(id=live.id, name=was.name, type=was.type, config=config)


def _plain(was: LiveProperty) -> dict[str, Any]:
    """The configuration to make the property with: without ids of what was in it, which died with it."""
    config = dict(was.config)
    if was.type in OPTION_TYPES:
        return {"options": [new_option(was, option) for option in config.get("options", ())]}
    if was.type == "relation":
        return {"data_source_id": config["data_source_id"], "mirror": None}
    if was.type == "rollup":
        return {w: v for w, v in config.items() if not w.endswith("_id")}
    return config


def new_option(was: LiveProperty, option: Mapping[str, Any]) -> dict[str, Any]:
    """An option of the property as it is made again, in the group that it was in."""
    made = {word: option[word] for word in ("name", "color", "description") if option.get(word)}
    for group in was.config.get("groups", ()):
        if option.get("id") in group.get("option_ids", ()):
            made["group"] = group["name"]
    return made


def _config(
    was: LiveProperty, live: LiveProperty, site: Site, found: Mapping[str, Site], schema: Schema
) -> dict[str, Any] | None:
    """The configuration to write, None where it is as it was, or was not touched."""
    change = site.touched.changes.get(was.id, {})
    match was.type:
        case "number" | "unique_id":
            return dict(was.config) if "config" in change and dict(live.config) != dict(was.config) else None
        case "formula":
            config, closing = computed.formula_back(was, live, site, changed="config" in change)
            if closing is not None:
                schema.effects.append(closing)
                schema.lines.append(f"formula: {was.config.get('expression')}")
            return config
        case "rollup":
            return _plain(was) if computed.rolls_other(was, live, site, found) else None
        case "relation" if "config" in change and live.config.get("mirror") and not was.config.get("mirror"):
            one_way = {"data_source_id": was.config["data_source_id"], "mirror": None}
            schema.effects.append(
                PropertyChange(
                    database=site.key,
                    field=was.name,
                    property_id=live.id,
                    type="relation",
                    config=one_way,
                    closing=True,
                )
            )
            schema.lines.append("one-way again")
    return None
