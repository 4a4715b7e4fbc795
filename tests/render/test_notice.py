"""What is said before a confirmation."""

from __future__ import annotations

from dataclasses import replace

from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.effects import RowWrite
from reconciler.planning.plan import Plan, make_plan
from reconciler.planning.steps.kinds import WriteRow
from reconciler.render.notice import notice

ADA, BOB = {"id": "ada"}, {"id": "bob"}


def _plan(old: list[dict[str, str]], new: list[dict[str, str]]) -> Plan:
    write = RowWrite(database="d", row="r", property="p", type="people", old=old, new=new)
    step = WriteRow(addresses=("corrections.c",), database="d", row="r", writes=(write,))
    action = ChangeRows(kind="correct-rows", address="corrections.c", database="d", rows=())
    return make_plan(
        workspace="w", actions=[action], findings=(), steps=[step, replace(step, row="s")], rate=(180, 60.0), titles={}
    )


def test_people_who_are_newly_named_are_counted_once() -> None:
    """Two rows name the same person anew; who was named before does not count."""
    assert any(said.startswith("1 person will be newly named") for said in notice(_plan([ADA], [ADA, BOB])))


def test_nobody_is_newly_named_when_somebody_goes() -> None:
    """Taking a person out of a field names nobody."""
    assert not any("newly named" in said for said in notice(_plan([ADA, BOB], [ADA])))
