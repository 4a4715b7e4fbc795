"""Guards over a whole plan: what it costs in requests, and in blocks where a workspace has a number of them only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.memory import codec
from reconciler.model.finding import Finding
from reconciler.model.live import Workspace
from reconciler.planning.guards.said import liftable
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step

FREE_UPLOAD_BYTES = 5 * 1024 * 1024
"""The largest file that a free workspace takes (recorded in ``users/me``): the one sign by which it is known."""
FREE_BLOCKS = 1_000
"""Blocks that a free workspace of several members may ever have (https://developers.notion.com/reference,
workspace-block-limits, 2026-09-01); pages are blocks too, data sources are not."""
CODES = frozenset({"max-requests", "block-limit", "apply-from", "proof-failed"})
"""Findings that stop the whole plan, wherever they stand."""


def stops(finding: Finding) -> bool:
    """Whether the finding stops the whole plan, not just one address."""
    return finding.code in CODES and finding.severity == "error"


def requests_guard(requests: int, *, asked: int | None, policy: int | None) -> Iterator[Finding]:
    """A plan that costs more requests than ``asked`` on the command line, or, without that, than the policy allows."""
    limit = policy if asked is None else asked
    if limit is None or requests <= limit:
        return
    who = "[policy] max_requests" if asked is None else "--max-requests"
    yield Finding(
        code="max-requests",
        what=f"the plan needs {requests} requests, {who} allows {limit}",
        next=f"plan less at a time with --only ADDRESS, or allow more: --max-requests {requests}",
    )


def blocks_guard(steps: Iterable[Step], workspace: Workspace) -> Iterator[Finding]:
    """A plan that makes more blocks than a free workspace may have in all.

    What is there already, and whether the workspace has several members, the API does not tell.
    """
    if not 0 < workspace.upload_limit <= FREE_UPLOAD_BYTES:
        return
    blocks = sum(map(_blocks, steps))
    if blocks <= FREE_BLOCKS:
        return
    yield liftable(
        "block-limit",
        "workspace",
        f"the plan makes {blocks} blocks, and a free workspace of several members may have {FREE_BLOCKS} in all",
        "upgrade the workspace, plan less at a time, or, if it has one member or the token is a personal one, consent",
        why="Notion would refuse the rest half-way",
    )


def _blocks(step: Step) -> int:
    match step:
        case kinds.WriteEntry():
            encoded = codec.encode(step.entry)
            return 1 + codec.blocks(encoded)
        case kinds.CreateRow() | kinds.AppendLine() | kinds.OpenBatch():
            return 1
        case kinds.SaveMemory():
            return step.requests
    return 0
