"""Databases: made where they are missing, titled, described and marked with their icon as declared."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.state import Database, Field
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.planning.actions.schema import ChangeDatabase, CreateDatabase
from reconciler.planning.diff.fields import BOUND_TYPES, HAND_MADE, described_config, initial_config
from reconciler.planning.effects import DatabaseWords, Effect, NewDatabase, PropertyChange, Task
from reconciler.planning.explain import differences
from reconciler.planning.match import DatabaseMatch


def database_tasks(pair: DatabaseMatch) -> Iterator[Task | Finding]:
    """The database made, or its own words changed."""
    desired = pair.desired
    address = addresses.of_database(desired.key)
    if pair.live is None:
        yield _create(desired, address)
        return
    said = {"title": desired.title, "description": desired.description, "icon": desired.icon}
    wanted = {word: value for word, value in said.items() if value is not None}
    live = {"title": pair.live.title, "description": pair.live.description, "icon": pair.live.icon or ""}
    changes = differences({word: live[word] for word in wanted}, wanted)
    if not changes:
        return
    new = {word: value for word, _, value in changes}
    words = DatabaseWords(
        database=desired.key, title=new.get("title"), icon=new.get("icon"), description=new.get("description")
    )
    yield Task(
        action=ChangeDatabase(
            address=address,
            database=desired.key,
            changes=changes,
            where=desired.where,
            reason="was" if "title" in new else "differs",
        ),
        effects=(words,),
    )


def _said(declared: Field) -> str:
    """A field of a new database on one line, with its configuration."""
    config = "; ".join(described_config(declared))
    return f"{declared.name} ({declared.type})" + (f": {config}" if config else "")


def _create(desired: Database, address: str) -> Task:
    plain = [f for f in desired.fields.values() if f.type not in BOUND_TYPES | HAND_MADE]
    if not any(f.type == "title" for f in plain):
        properties: list[PropertyChange] = [
            PropertyChange(database=desired.key, field="Name", name="Name", type="title", config={})
        ]
    else:
        properties = []
    properties += [
        PropertyChange(
            database=desired.key,
            field=f.name,
            name=f.name,
            type=f.type,
            config=initial_config(f),
            description=f.description,
        )
        for f in plain
    ]
    effects: list[Effect] = [
        NewDatabase(
            key=desired.key,
            title=desired.title,
            description=desired.description,
            icon=desired.icon,
            properties=tuple(properties),
        )
    ]
    return Task(
        action=CreateDatabase(
            address=address,
            database=desired.key,
            title=desired.title,
            fields=tuple(_said(f) for f in plain),
            where=desired.where,
        ),
        effects=tuple(effects),
    )
