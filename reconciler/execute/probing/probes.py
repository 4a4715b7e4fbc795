"""The probes, by the name of the twin's switch (`wtstate twin assumptions`) whose reading they find out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.execute.probing.lab import Body, Lab, Probe, Reading, Table, reading, refused, related, text

_TEXT: Body = {"rich_text": {}}


def _words(*names: str) -> list[Body]:
    return [{"name": name} for name in names]


async def _two_way(lab: Lab) -> tuple[Table, Table, str]:
    """Two databases with a two-way relation ``Rel`` from the first to the second, and the mirror's name."""
    target = await lab.table({})
    owner = await lab.table({})
    made = await lab.change(owner, {"Rel": related(target, two_way=True)})
    return owner, target, str(made["Rel"]["relation"]["dual_property"]["synced_property_name"])


async def dual_deleted(lab: Lab) -> Reading | None:
    owner, target, mirror = await _two_way(lab)
    await lab.change(owner, {"Rel": None})
    return reading(mirror in await lab.schema(target))


async def dual_to_itself(lab: Lab) -> Reading | None:
    table = await lab.table({})
    made = await lab.change(table, {"Rel": related(table, two_way=True)})
    return reading(sum(1 for each in made.values() if each["type"] == "relation") == 2)


async def synced_name_given(lab: Lab) -> Reading | None:
    target, owner = await lab.table({}), await lab.table({})
    named = {"data_source_id": target.source, "type": "dual_property"}
    asked: Body = {"relation": {**named, "dual_property": {"synced_property_name": "Chosen"}}}
    if await refused(lab.change(owner, {"Rel": asked})):
        return "harsh"
    return None if "Chosen" in await lab.schema(target) else "kind"


async def rename_swap(lab: Lab) -> Reading | None:
    table = await lab.table({"A": _TEXT, "B": {"number": {}}})
    if await refused(lab.change(table, {"A": {"name": "B"}, "B": {"name": "A"}})):
        return "harsh"
    return "kind" if (await lab.schema(table))["A"]["type"] == "number" else None


async def option_mismatch(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"select": {"options": [{"name": "One", "color": "red"}]}}})
    (option,) = (await lab.schema(table))["S"]["select"]["options"]
    asked = {"S": {"select": {"options": [{"id": option["id"], "name": "Two", "color": "green"}]}}}
    if await refused(lab.change(table, asked)):
        return "harsh"
    (now,) = (await lab.schema(table))["S"]["select"]["options"]
    return "kind" if (now["name"], now["color"]) == ("One", "red") else None


async def retyped_id(lab: Lab) -> Reading | None:
    table = await lab.table({"T": _TEXT})
    before = (await lab.schema(table))["T"]["id"]
    return reading((await lab.change(table, {"T": {"number": {}}}))["T"]["id"] == before)


async def retarget_edges(lab: Lab) -> Reading | None:
    first, other, owner = await lab.table({}), await lab.table({}), await lab.table({})
    await lab.change(owner, {"Rel": related(first, two_way=False)})
    target = await lab.row(first)
    row = await lab.row(owner, {"Rel": {"relation": [{"id": target}]}})
    await lab.change(owner, {"Rel": related(other, two_way=False)})
    await lab.change(owner, {"Rel": related(first, two_way=False)})
    return reading([each["id"] for each in await lab.value(row, "Rel")] == [target])


async def database_title_to_source(lab: Lab) -> Reading | None:
    table = await lab.table({})
    await lab.client.request("PATCH", f"databases/{table.database}", body={"title": text("wtstate probe renamed")})
    answer = await lab.client.request("GET", f"data_sources/{table.source}")
    return reading("".join(run["plain_text"] for run in answer["title"]) == "wtstate probe renamed")


async def used_property_deleted(lab: Lab) -> Reading | None:
    table = await lab.table({"N": {"number": {}}})
    await lab.change(table, {"F": {"formula": {"expression": 'prop("N") + 1'}}})
    return reading(not await refused(lab.change(table, {"N": None})))


async def moved_row_values(lab: Lab) -> Reading | None:
    first, second = await lab.table({"T": _TEXT}), await lab.table({"T": _TEXT})
    row = await lab.row(first, {"T": {"rich_text": text("kept")}})
    parent = {"type": "data_source_id", "data_source_id": second.source}
    await lab.client.request("POST", f"pages/{row}/move", body={"parent": parent})
    return reading(bool(await lab.value(row, "T")))


async def atomic_patch(lab: Lab) -> Reading | None:
    table = await lab.table({"A": _TEXT})
    asked: dict[str, Body | None] = {"A": {"name": "Changed"}, "Z": {"formula": {"expression": 'prop("Nowhere")'}}}
    if not await refused(lab.change(table, asked)):
        return None
    return reading("A" in await lab.schema(table))


async def title_renamed(lab: Lab) -> Reading | None:
    return reading(not await refused(lab.change(await lab.table({}), {"Name": {"name": "Title"}})))


async def title_deleted(lab: Lab) -> Reading | None:
    return reading(await refused(lab.change(await lab.table({}), {"Name": None})))


async def name_taken(lab: Lab) -> Reading | None:
    """Where names may not even be exchanged, a refusal may be for either reason: then it is not known."""
    table = await lab.table({"A": _TEXT, "B": _TEXT})
    if not await refused(lab.change(table, {"A": {"name": "B"}})):
        return "harsh"
    return "kind" if await rename_swap(lab) == "kind" else None


async def description_patched(lab: Lab) -> Reading | None:
    table = await lab.table({"A": {"rich_text": {}, "description": "before"}})
    made = await lab.change(table, {"A": {"description": "after"}})
    return reading(made["A"].get("description") == "after")


async def option_description(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"select": {"options": _words("One")}}})
    (option,) = (await lab.schema(table))["S"]["select"]["options"]
    made = await lab.change(table, {"S": {"select": {"options": [{"id": option["id"], "description": "after"}]}}})
    return reading(made["S"]["select"]["options"][0].get("description") == "after")


async def option_removed(lab: Lab) -> Reading | None:
    table = await lab.table({"M": {"multi_select": {"options": _words("One", "Two")}}})
    row = await lab.row(table, {"M": {"multi_select": _words("One", "Two")}})
    options = (await lab.schema(table))["M"]["multi_select"]["options"]
    stay = [{"id": option["id"]} for option in options if option["name"] == "Two"]
    await lab.change(table, {"M": {"multi_select": {"options": stay}}})
    return reading([each["name"] for each in await lab.value(row, "M")] == ["Two"])


async def new_option_color(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"select": {"options": []}}})
    await lab.row(table, {"S": {"select": {"name": "New"}}})
    (option,) = (await lab.schema(table))["S"]["select"]["options"]
    return reading(option["color"] == "default")


async def status_default(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"status": {"options": _words("First", "Second")}}})
    return reading(await lab.value(await lab.row(table), "S") is not None)


async def status_patched(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"status": {"options": _words("First")}}})
    (option,) = (await lab.schema(table))["S"]["status"]["options"]
    asked = {"S": {"status": {"options": [{"id": option["id"]}, {"name": "More"}]}}}
    return reading(not await refused(lab.change(table, asked)))


async def status_removed(lab: Lab) -> Reading | None:
    table = await lab.table({"S": {"status": {"options": _words("First", "Second")}}})
    row = await lab.row(table, {"S": {"status": {"name": "Second"}}})
    options = (await lab.schema(table))["S"]["status"]["options"]
    stay = [{"id": option["id"]} for option in options if option["name"] == "First"]
    if await refused(lab.change(table, {"S": {"status": {"options": stay}}})):
        return None
    return reading(await lab.value(row, "S") is not None)


async def default_schema(lab: Lab) -> Reading | None:
    parent = {"type": "page_id", "page_id": lab.page}
    body = {"parent": parent, "title": text("wtstate probe bare")}
    answer = await lab.client.request("POST", "databases", body=body)
    lab.made.append(str(answer["id"]))
    made = await lab.schema(Table(str(answer["id"]), str(answer["data_sources"][0]["id"])))
    return reading(list(made) == ["Name"])


_SAMPLES: Mapping[str, tuple[Body, Any]] = {
    "number": ({"number": {}}, 7),
    "select": ({"select": {"options": []}}, {"name": "One"}),
    "multi_select": ({"multi_select": {"options": []}}, [{"name": "One"}]),
    "date": ({"date": {}}, {"start": "2026-01-02"}),
    "url": ({"url": {}}, "https://example.org"),
    "email": ({"email": {}}, "ada@example.org"),
    "phone_number": ({"phone_number": {}}, "+49 1"),
}
"""A configuration and a value of each type that is retyped to text and back."""
_AS_TEXT = {
    "number": "7", "select": "One", "multi_select": "One", "date": "2026-01-02", "url": "https://example.org",
    "email": "ada@example.org", "phone_number": "+49 1",
}  # fmt: skip


def _retype(old: Body, value: Body, new: Body) -> Probe:
    """Whether a value is still there in some form once its property has another type."""

    async def probe(lab: Lab) -> Reading | None:
        table = await lab.table({"T": old})
        row = await lab.row(table, {"T": value})
        if await refused(lab.change(table, {"T": new})):
            return None
        return reading(await lab.value(row, "T") not in (None, [], ""))

    return probe


def _retypes() -> dict[str, Probe]:
    found: dict[str, Probe] = {}
    for kind, (config, value) in _SAMPLES.items():
        found[f"retype-rich_text-{kind}"] = _retype(_TEXT, {"rich_text": text(_AS_TEXT[kind])}, config)
        found[f"retype-{kind}-rich_text"] = _retype(config, {kind: value}, _TEXT)
    found["retype-select-multi_select"] = _retype(
        _SAMPLES["select"][0], {"select": {"name": "One"}}, _SAMPLES["multi_select"][0]
    )
    return found


PROBES: Mapping[str, Probe] = {
    "atomic-patch": atomic_patch,
    "database-title-to-source": database_title_to_source,
    "default-schema": default_schema,
    "description-patched": description_patched,
    "dual-deleted": dual_deleted,
    "dual-to-itself": dual_to_itself,
    "moved-row-values": moved_row_values,
    "name-taken": name_taken,
    "new-option-color": new_option_color,
    "option-description": option_description,
    "option-mismatch": option_mismatch,
    "option-removed": option_removed,
    "rename-swap": rename_swap,
    "retarget-edges": retarget_edges,
    "retyped-id": retyped_id,
    "status-default": status_default,
    "status-patched": status_patched,
    "status-removed": status_removed,
    "synced-name-given": synced_name_given,
    "title-deleted": title_deleted,
    "title-renamed": title_renamed,
    "used-property-deleted": used_property_deleted,
    **_retypes(),
}
"""What can be found out in seconds. Lags and last-edited times cannot: they would need minutes, and tell of one day."""
