"""Two first runs at once make one archive: the oldest stays, the other is taken away by the run that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.execute.ground import Ground
from reconciler.execute.lease import Stopped, Tenancy, leased
from reconciler.memory.lease import listing
from reconciler.memory.schema import belongs_to, is_archive
from reconciler.model.condition import normal
from reconciler.model.finding import Finding
from reconciler.model.properties import common
from reconciler.notion import shapes
from reconciler.notion.ids import id_of
from reconciler.notion.listing import items
from reconciler.planning.steps import kinds
from reconciler.survey.remembering import empty


async def only_archive(made: Mapping[str, Any], step: kinds.OpenBatch, ground: Ground, tenancy: Tenancy) -> None:
    """Looks whether another run made an archive too while this one made ``made``; 1 request where none did.

    Called when the lease was waited for, so that whoever began before is seen. Raises `Stopped` in the younger run,
    whose archive and lease are in the trash then.
    """
    older = [
        other
        for other in await _others(made, step, ground)
        if (other["created_time"], other["id"]) < (made["created_time"], made["id"])
    ]
    if not older:
        return
    first = min(older, key=lambda other: (other["created_time"], other["id"]))
    if await empty(ground.client, ground.archive_source, but=tenancy.page):
        await ground.client.request("PATCH", f"databases/{made['id']}", body={"in_trash": True})
        tenancy.lease = None
    else:
        await tenancy.release()
    raise Stopped(await _who(first, ground))


async def _others(made: Mapping[str, Any], step: kinds.OpenBatch, ground: Ground) -> list[dict[str, Any]]:
    """Other archives of this state under the page, as Notion answers them."""
    found = []
    for block in await items(ground.client, "GET", f"blocks/{id_of(step.parent)}/children"):
        title = str(common.fields(block.get("child_database")).get("title") or "")
        if block.get("type") != "child_database" or normal(title) != normal(step.title) or block["id"] == made["id"]:
            continue
        answer = await ground.client.request("GET", f"databases/{block['id']}")
        live = shapes.database(answer)
        if is_archive(live) and belongs_to(live, ground.state.workspace.owner) and not live.in_trash:
            found.append(answer)
    return found


async def _who(first: Mapping[str, Any], ground: Ground) -> Finding:
    """Who made the archive that stays; where nobody holds its lease any more, that there is one now."""
    for source in common.entries(first.get("data_sources")):
        pages = await items(ground.client, "POST", f"data_sources/{source['id']}/query")
        held = [lease for lease in listing(pages).leases.values() if lease.until > ground.client.time]
        if held:
            return leased(min(held, key=lambda lease: lease.age))
    return Finding(
        code="moved",
        what="another run has made the archive since the plan was made",
        why="what it remembers is not in the plan",
        next="plan again",
    )
