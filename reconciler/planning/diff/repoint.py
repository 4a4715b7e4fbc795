"""A live relation that points at another database than declared: its edges are archived, it is pointed anew.

Notion changes the target in place (recorded); what becomes of the edges is not known, so nothing rests on it: all of
them go to the archive, and those that can be found again are written. A row that lies in the new target, or comes to it
by a merge of the same plan, keeps its edge; any other is looked up by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.desired.state import Field
from reconciler.model.live import LiveProperty, Value
from reconciler.model.properties.convert import Context, Converted, Failed
from reconciler.planning.effects import PropertyChange
from reconciler.planning.match import Matched


def points_elsewhere(declared: Field, live: LiveProperty, matched: Matched) -> bool:
    """Whether the relation is to be pointed at another database. A mirror follows its owner."""
    if not declared.type == live.type == "relation" or declared.to is None or declared.mirror_of is not None:
        return False
    target = matched.databases.get(declared.to)
    if target is None:
        return False
    return target.live is None or target.live.data_source_id != live.config.get("data_source_id")


def looked_up(edges: Value, context: Context, name: Callable[[str], str]) -> Converted | Failed:
    """The edges as they lead into the new target; ``name`` gives the text by which a row is looked up there.

    Edges that lead nowhere are left out; `Failed` says how many they are where none is left.
    """
    found: list[str] = []
    lost = 0
    for page in edges:
        if context.is_row(page):
            found.append(page)
            continue
        try:
            text = name(page)
            rows = context.rows(text) if text else ()
        except LookupError:
            rows = ()
        if len(rows) == 1:
            found.append(rows[0])
        else:
            lost += 1
    if not found:
        return Failed(f"{lost} of {len(edges)} links find no row of that name, or several, in the new target")
    return Converted(list(dict.fromkeys(found)), exact=lost == 0)


def one_way_first(declared: Field, live: LiveProperty) -> Iterator[PropertyChange]:
    """A two-way relation is made one-way before it is pointed elsewhere: the other side then stays (recorded)."""
    if live.config.get("mirror"):
        one_way = {"data_source_id": live.config["data_source_id"], "mirror": None}
        yield PropertyChange(
            database=declared.database, field=live.name, property_id=live.id, type="relation", config=one_way
        )
