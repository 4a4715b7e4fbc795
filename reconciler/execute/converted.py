"""What Notion makes of values when their type changes: read back at once, so that later edits of people can be told."""

from __future__ import annotations

from dataclasses import replace

from reconciler.execute.ground import Conversion, Ground, Refused
from reconciler.execute.schema import moved
from reconciler.memory.entry import timestamp
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveRow, Value
from reconciler.notion import read
from reconciler.planning.asking import holding, joined_filter
from reconciler.planning.diff.unfinished import edited
from reconciler.planning.effects import Against, RowWrite
from reconciler.planning.steps import kinds


async def read_converted(step: kinds.ReadConverted, ground: Ground) -> None:
    """Asks for the rows that hold something of the converted properties, and keeps what they hold.

    `Refused` where somebody has edited such a value already, since the look before the type changed.
    """
    place = ground.place(step.database, step.addresses[0])
    live = place.live or await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    looks = {ground.property_id(step.database, look.property_id): look for look in step.looks}
    props = [prop for prop in map(live.by_id, looks) if prop is not None]
    found = await read.query(
        ground.client,
        live,
        filter=joined_filter([holding(prop) for prop in props]),
        property_ids=sorted({*(prop.id for prop in props), live.title_property.id}),
    )
    if found.incomplete:
        raise Refused(
            Finding(
                code="incomplete-read",
                address=step.addresses[0],
                what=f"what Notion made of the values could not be read whole: {found.incomplete}",
                next="run again",
            )
        )
    for prop in props:
        look = looks[prop.id]
        there = {row.id: row for row in found.rows if prop.id in row.values and row.id in look.known}
        kept = ground.converted[step.database, look.property_id]
        if any(_edited(row, row.values[prop.id], prop.type, kept, ground) for row in there.values()):
            raise Refused(moved(step.addresses[0], "values were edited while their type changed"))
        values = {row: each.values[prop.id] for row, each in there.items()}
        ground.converted[step.database, look.property_id] = replace(kept, found=values)


def unmoved(write: RowWrite, row: LiveRow, now: Value, ground: Ground, *, cut: bool = False) -> bool:
    """Whether nobody edited a value that is about to be written over, as far as can be told; ``row`` as it is now.

    Of a value that is ``cut`` a part is shown, which must be in what is known.
    """
    kind = properties.of(write.type)

    def still(known: Value) -> bool:
        return all(item in known for item in now) if cut else kind.same(now, known)

    if write.against is Against.READ:
        return still(write.old)
    if write.against is Against.ARRIVED:
        held = ground.arrived.get(write.row, {}).get(ground.property_id(write.database, write.property))
        # Edges come and go with what this run writes on their other side.
        return held is None or still(held) or row.last_edited_by in ("", ground.bot)
    conversion = ground.converted.get((write.database, write.property))
    if write.against is Against.UNCOMPARED or conversion is None:
        return True
    if write.row in conversion.found:
        return still(conversion.found[write.row])
    # It held nothing then. Notion may convert later than it answers, which is no edit by a person.
    return kind.empty(now) or not _edited(row, now, write.type, conversion, ground)


def _edited(row: LiveRow, now: Value, kind: str, conversion: Conversion, ground: Ground) -> bool:
    look = conversion.look
    before = look.known.get(row.id, properties.of(look.type).nothing)
    return edited(row, now, kind, before=(look.type, before), since=timestamp(conversion.since), bot=ground.bot)
