"""Reads and plans: the one way from a workspace to a plan, whether it is the real one or a rehearsal's."""

from __future__ import annotations

from collections.abc import Sequence

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


async def read_and_plan(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> tuple[Reading, Plan]:
    """What `survey` reads and the plan that it makes; it looks further where a guard must know more."""
    consents = bool(scope.allow)  # one may be what an earlier batch used
    reading = await survey(client, state, workspace, scope, children=children, on_twin=on_twin, history=consents)
    plan = build_plan(reading, scope)
    if plan.uncounted or plan.unseen:
        reading = await look_further(client, reading, count=plan.uncounted, see=plan.unseen)
        plan = build_plan(reading, scope)
    return reading, plan
