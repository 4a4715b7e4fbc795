"""What people do by hand: edits under their name, options renamed, properties no client can make."""

from __future__ import annotations

import pytest

from reconciler.twin import Twin
from tests.twin.build import edges, make, row, schema, text, values


def test_a_persons_edit_bears_their_name_and_keeps_mirrors(twin: Twin) -> None:
    left = make(twin, "Left")
    right = make(twin, "Right", L={"relation": {"data_source_id": left, "dual_property": {}}})
    target, page = row(twin, left, "target"), row(twin, right, "a")
    ada = twin.admin.person("Ada", "ada@example.org")
    twin.clock = lambda: 1_790_000_000_000
    body = {"properties": {"Name": {"title": text("b")}, "L": edges(target)}}
    twin.call("PATCH", f"pages/{page}", body, token=twin.admin.acting_as(ada))
    shown = twin.call("GET", f"pages/{page}")
    assert (shown["last_edited_by"]["id"], shown["created_by"]["id"]) == (ada, twin.bot_id)
    assert shown["last_edited_time"] == "2026-09-21T14:13:00.000Z"
    assert values(twin, target)["Related to Right (L)"] == [{"id": page}]


def test_an_option_renamed_by_hand_keeps_its_id_and_rows_follow(twin: Twin) -> None:
    source = make(twin, S={"select": {"options": [{"name": "A", "color": "red"}]}})
    page = row(twin, source, S={"select": {"name": "A"}})
    before = schema(twin, source)["S"]["select"]["options"][0]["id"]
    twin.admin.recolor_option(source, "S", "A", name="Z", color="blue")
    assert values(twin, page)["S"] == {"id": before, "name": "Z", "color": "blue"}


def test_buttons_and_verifications_are_made_by_hand_and_shown(twin: Twin) -> None:
    source = make(twin)
    twin.admin.add_property(source, "Go", "button")
    twin.admin.add_property(source, "Checked", "verification")
    page = row(twin, source)
    assert schema(twin, source)["Go"]["button"] == {}
    assert values(twin, page)["Go"] == {}
    assert values(twin, page)["Checked"]["state"] == "unverified"


def test_capabilities_that_do_not_exist_are_refused(twin: Twin) -> None:
    with pytest.raises(ValueError, match="Capabilities are"):
        twin.admin.token(capabilities={"fly"})
