"""Asynchronous tasks: the twin does everything at once, so there is none to ask for."""

from __future__ import annotations

from reconciler.twin.records import JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session


def retrieve(session: Session, request: Request) -> JsonObject:
    session.need("read")
    raise session.absent("async_task", request.params["task_id"])
