"""Reads and plans: the one way from a workspace to a plan, whether it is the real one or a rehearsal's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.desired.state import State
from reconciler.model.live import Workspace
from reconciler.notion.client import Client
from reconciler.planning.build import build_plan
from reconciler.planning.identity import Child
from reconciler.planning.plan import Plan
from reconciler.planning.reading import Reading
from reconciler.planning.scope import Scope
from reconciler.survey.ask import survey
from reconciler.survey.further import look_further
from reconciler.survey.remembering import Glance, made_sure
from reconciler.survey.speaker import same, speaker


async def read_and_plan(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
    glance: Glance | None = None,
) -> tuple[Reading, Plan]:
    """What `survey` reads and the plan that it makes; it looks further where a guard must know more.

    With a ``glance`` it reads less as long as nothing is to be done and nothing is held back. Where something is, all
    that was left out is asked before the plan is made: it is the plan that is made without a glance.
    """
    history = bool(scope.allow)  # a consent may be what an earlier batch used
    reading = await survey(
        client, state, workspace, scope, children=children, on_twin=on_twin, history=history, glance=glance
    )
    plan = build_plan(reading, scope)
    if glance is not None and not _at_rest(plan):
        sure = workspace if glance.sure else await speaker(client, state, page=workspace.parent_id, whose=not on_twin)
        whole = await made_sure(client, replace(reading, workspace=sure)) if same(sure, workspace) else None
        reading = whole or await survey(client, state, sure, scope, children=None, on_twin=on_twin, history=history)
        plan = build_plan(reading, scope)
    if plan.uncounted or plan.unseen:
        reading = await look_further(client, reading, count=plan.uncounted, see=plan.unseen)
        plan = build_plan(reading, scope)
    return reading, plan


def _at_rest(plan: Plan) -> bool:
    """Whether there is nothing to do, and nothing that would be done if it were not held back."""
    return plan.empty and not (plan.blocked or plan.uncounted or plan.unseen)
