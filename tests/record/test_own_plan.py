"""This repository's own state against the demo's workspace, as a repository of a user would test it.

The record was made by ``wtstate twin load reconciler/demo/export`` and ``wtstate record FILE --with-values``.
"""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from reconciler.pytest_plugin import PlanOf


def test_the_plan_of_this_repository(wtstate_plan: PlanOf, snapshot: SnapshotAssertion) -> None:
    assert wtstate_plan("tests/record/workspace.record") == snapshot
