"""From Notion's answers to the twin's records: databases, data sources, blocks, views, comments, users. Pure."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from reconciler.twin import formula, ids, richtext
from reconciler.twin.errors import TwinError
from reconciler.twin.records import Block, Comment, Database, DataSource, JsonObject, Property, User, View
from reconciler.twin.snapshot import values
from reconciler.twin.times import moment, to_ms


def ms(text: Any) -> int:
    """A time as answered, in milliseconds; 0 where there is none."""
    found = moment(text) if isinstance(text, str) else None
    return 0 if found is None else to_ms(found)


def who(found: Any) -> str:
    """The id of a user as answered, "" for none."""
    return str(found.get("id") or "") if isinstance(found, dict) else ""


def user(found: JsonObject, *, listed: bool) -> User | None:
    """A user, if the answer tells more than the id."""
    kind = found.get("type")
    if kind not in ("person", "bot") or not found.get("id"):
        return None
    person = found.get("person")
    email = person.get("email") if isinstance(person, dict) else None
    return User(id=str(found["id"]), name=str(found.get("name") or ""), kind=kind, email=email, listed=listed)


def database(found: JsonObject) -> Database:
    """A database as it was answered itself."""
    return Database(
        id=str(found["id"]),
        parent=_parent(found.get("parent")),
        title=values.text(found.get("title")),
        description=values.text(found.get("description")),
        icon=values.file(found.get("icon")),
        cover=values.file(found.get("cover")),
        is_inline=found.get("is_inline") is True,
        is_locked=found.get("is_locked") is True,
        in_trash=found.get("in_trash") is True,
        created=ms(found.get("created_time")),
        edited=ms(found.get("last_edited_time")),
        created_by=who(found.get("created_by")),
        edited_by=who(found.get("last_edited_by")),
    )


def database_of(source: JsonObject) -> Database:
    """The database of a data source that alone was answered: it bears the title and all that it shows of it."""
    return database(
        {
            **source,
            "id": (source.get("parent") or {}).get("database_id"),
            "parent": source.get("database_parent"),
        }
    )


def bare_database(database_id: str, parent: JsonObject, title: str) -> Database:
    """A database of which only the title is known, or not even that."""
    return database({"id": database_id, "parent": parent, "title": richtext.of(title)})


def _parent(found: Any) -> JsonObject:
    if isinstance(found, dict) and isinstance(found.get(str(found.get("type"))), str | bool):
        return {"type": found["type"], found["type"]: found[found["type"]]}
    return {"type": "workspace", "workspace": True}


def data_source(found: JsonObject, of: Database) -> DataSource:
    """A data source with its properties, whose configurations are turned into the twin's own form."""
    icon = values.file(found.get("icon"))
    plain = DataSource(
        id=str(found["id"]),
        database_id=of.id,
        title=values.text(found.get("title")),
        icon=None if icon == of.icon else icon,
        in_trash=found.get("in_trash") is True and not of.in_trash,
        created=ms(found.get("created_time")),
        edited=ms(found.get("last_edited_time")),
        created_by=who(found.get("created_by")),
        edited_by=who(found.get("last_edited_by")),
        properties={},
    )
    entries = [entry for entry in (found.get("properties") or {}).values() if isinstance(entry, dict)]
    for entry in entries:
        made = _property(entry)
        plain.properties[made.id] = made
    for made in [each for each in plain.properties.values() if each.type == "formula"]:
        plain.properties[made.id] = _compiled(plain, made)
    return plain


def _property(entry: JsonObject) -> Property:
    kind = str(entry.get("type") or "")
    return Property(
        id=str(entry.get("id") or ""),
        name=str(entry.get("name") or ""),
        type=kind,
        description=entry.get("description"),
        config=_config(kind, entry.get(kind) or {}),
    )


def _config(kind: str, body: JsonObject) -> JsonObject:
    match kind:
        case "select" | "multi_select" | "status":
            options = [{"description": None, "color": "default", **option} for option in body.get("options") or ()]
            return {**body, "options": options, **({"groups": body.get("groups") or []} if kind == "status" else {})}
        case "number" | "formula":
            return dict(body)
        case "unique_id":
            return {"prefix": body.get("prefix"), "next": 1}
        case "relation":
            one_way = {"data_source_id": body.get("data_source_id"), "kind": body.get("type", "single_property")}
            synced = (body.get("dual_property") or {}).get("synced_property_id")
            return {**one_way, "synced": synced} if synced else {**one_way, "kind": "single_property"}
        case "rollup":
            return {
                "relation": ids.encode(str(body.get("relation_property_id") or "")),
                "rolled": ids.encode(str(body.get("rollup_property_id") or "")),
                "function": body.get("function"),
            }
        case _:
            return {}


def _compiled(source: DataSource, made: Property) -> Property:
    """A formula with ids for names; one that the twin cannot parse is kept as it is, and not computed."""
    text = str(made.config.get("expression") or "")
    with suppress(TwinError):
        text = formula.compiled(source, text)
    return Property(
        id=made.id, name=made.name, type=made.type, description=made.description, config={"expression": text}
    )


def bare_source(source_id: str, of: Database) -> DataSource:
    """A data source of which nothing is known but that it is there."""
    plain = data_source({"id": source_id, "title": of.title}, of)
    title = Property(id="title", name="Name", type="title")
    return DataSource(**{**_fields(plain), "properties": {"title": title}})


def _fields(source: DataSource) -> dict[str, Any]:
    return {name: getattr(source, name) for name in DataSource.__dataclass_fields__}


def block(found: JsonObject, *, position: int) -> Block:
    """A block in its parent. Child pages and databases hold their place only."""
    kind = str(found.get("type") or "unsupported")
    parent = _parent(found.get("parent"))
    body = found.get(kind)
    place = kind in ("child_page", "child_database")
    return Block(
        id=str(found["id"]),
        parent_kind=parent["type"],
        parent_id=str(parent[parent["type"]]),
        position=position,
        type=kind,
        body={} if place or not isinstance(body, dict) else _body(body),
        in_trash=found.get("in_trash") is True,
        created=ms(found.get("created_time")),
        edited=ms(found.get("last_edited_time")),
        created_by=who(found.get("created_by")),
        edited_by=who(found.get("last_edited_by")),
    )


def _body(body: JsonObject) -> JsonObject:
    kept = {key: value for key, value in body.items() if key != "children"}
    for key in ("rich_text", "caption"):
        if isinstance(kept.get(key), list):
            kept[key] = values.text(kept[key])
    if isinstance(kept.get("icon"), dict):
        kept["icon"] = values.file(kept["icon"])
    if kept.get("type") == "file" and isinstance(kept.get("file"), dict):
        kept["file"] = (values.file({"type": "file", "file": kept["file"]}) or {})["file"]
    return kept


def view(found: JsonObject) -> View:
    """A view with its settings."""
    settings = {key: found.get(key) for key in ("filter", "sorts", "quick_filters", "configuration")}
    return View(
        id=str(found["id"]),
        database_id=str((found.get("parent") or {}).get("database_id") or ""),
        source=str(found.get("data_source_id") or ""),
        name=str(found.get("name") or ""),
        type=str(found.get("type") or "table"),
        created=ms(found.get("created_time")),
        edited=ms(found.get("last_edited_time")),
        created_by=who(found.get("created_by")),
        edited_by=who(found.get("last_edited_by")),
        settings={key: value for key, value in settings.items() if value},
    )


def comment(found: JsonObject) -> Comment:
    """A comment of a page or block."""
    return Comment(
        id=str(found["id"]),
        parent=_parent(found.get("parent")),
        discussion_id=str(found.get("discussion_id") or ""),
        created=ms(found.get("created_time")),
        edited=ms(found.get("last_edited_time")),
        created_by=who(found.get("created_by")),
        rich_text=values.text(found.get("rich_text")),
    )
