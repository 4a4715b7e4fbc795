"""Formulas and rollups as they were: they follow what they read by id, and a restore may give that another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.live import LiveProperty
from reconciler.planning.diff import formula
from reconciler.planning.effects import PropertyChange
from reconciler.planning.restore.site import Site, site_of


def formula_back(
    was: LiveProperty, live: LiveProperty, site: Site, *, changed: bool
) -> tuple[dict[str, Any] | None, PropertyChange | None]:
    """The configuration to write with the other fields, or the change that writes it once types are what they were.

    Neither where the formula is as it was, or was not touched.
    """
    said = str(was.config["expression"])
    differs = not formula.same(said, str(live.config["expression"]), {})
    reads = formula.references(said)
    if differs and any(_has_other_id(site, name) for name in reads):
        return None, PropertyChange(
            database=site.key,
            field=was.name,
            property_id=live.id,
            type="formula",
            config=dict(was.config),
            closing=True,
        )
    again = any(_is_again(site, name) for name in reads)
    return (dict(was.config) if (changed and differs) or again else None), None


def _is_again(site: Site, name: str) -> bool:
    prop = site.was.by_name(name)
    return prop is not None and prop.id not in site.now and "removed" in site.touched.changes.get(prop.id, {})


def _has_other_id(site: Site, name: str) -> bool:
    """Whether a change of type gave the property another id, which formulas that read it may not have followed."""
    prop = site.was.by_name(name)
    return prop is not None and prop.id in site.now and site.now[prop.id].id != prop.id


def rolls_other(was: LiveProperty, live: LiveProperty, site: Site, found: Mapping[str, Site]) -> bool:
    """Whether it rolls up something else than it did; also where that was made again under a new id."""
    relation = site.was.by_id(str(was.config.get("relation_property_id")))
    target = site_of(found, str(relation.config.get("data_source_id"))) if relation else None
    rolled_id = str(was.config.get("rollup_property_id"))
    over = site.now.get(relation.id) if relation else None
    rolled = target.now.get(rolled_id) if target else None
    same = (
        live.config.get("function") == was.config.get("function")
        and live.config.get("relation_property_id") == (over.id if over else was.config.get("relation_property_id"))
        and live.config.get("rollup_property_id") == (rolled.id if rolled else rolled_id)
    )
    lost = (relation is not None and over is None) or (target is not None and rolled is None)
    return lost or not same
