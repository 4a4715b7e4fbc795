"""Whom the token speaks for, held against the workspace that the state is for."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.state import State
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import Workspace
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client


async def speaker(client: Client, state: State, *, page: str, whose: bool) -> Workspace:
    """The workspace that the token is of, with the id of its parent ``page``; 1 request.

    ``whose`` holds it against `[workspace] id`: raises `WtstateError` where it is another one.
    """
    workspace = replace(await read.me(client), parent_id=common.dashed(page))
    return checked(workspace, state) if whose else workspace


def checked(workspace: Workspace, state: State) -> Workspace:
    """The workspace, if it is the one that the state is for. Raises `WtstateError` (``wrong-workspace``)."""
    wanted = state.workspace.id
    if wanted is not None and wanted.replace("-", "") != workspace.id.replace("-", ""):
        raise WtstateError(
            Finding(
                code="wrong-workspace",
                what=f"the token is of the workspace {workspace.name!r}, and the state belongs to another one",
                why="[workspace] id says which workspace the state is for",
                next="use that workspace's token, or mend id",
                where=state.workspace.where,
            )
        )
    return workspace


def same(one: Workspace, other: Workspace) -> bool:
    """Whether both are the same bot in the same workspace; what these are called may have changed."""
    return (one.id, one.bot_id) == (other.id, other.bot_id)
