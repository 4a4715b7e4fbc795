"""History counts a batch's actions as apply said them."""

from __future__ import annotations

from reconciler.memory.memory import Batch
from reconciler.observe.history import batch_line


def test_two_actions_at_one_address_are_one_as_apply_says() -> None:
    plan = "change-field tasks.a · archives 2\nfold-option tasks.a · archives 1\ncreate-field tasks.b"
    batch = Batch(id="b", status="done", started="", plan=plan, addresses=("tasks.a", "tasks.b"))
    line = batch_line(batch)
    assert (line.actions, line.values) == (2, 3)
