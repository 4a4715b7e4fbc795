"""Writes whose outcome is not clear are settled by looking: no write is repeated before it was looked for.

Notion has no idempotency key. So each write carries a `Look`: where to read, and how to know that it was done.

- no answer, a cut connection, 5xx: looked for; there: taken as done; not there: sent again. What makes something new is
  looked for only `ARRIVES` seconds after it was sent: Notion works on a request for up to a minute.
- 503 that names what it saved: that is read first, and believed if it is what was sent. It is never sent again.
- 409: Notion did not save. What the write rests on is read again; if it moved, the step is refused.
- 4xx after such an attempt: looked for once more, for the attempt before may have been done after all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.notion.client import Client, Watch
from reconciler.notion.errors import Ambiguous, Conflict, Invalid, NotFound, NotionError
from reconciler.notion.pace import Clock, Waiting, unsaid

ARRIVES = 65.0
"""Seconds after which a write that got no answer has been done, or never will be."""
ATTEMPTS = 8
"""How often one write is sent before it is left as unclear."""
_PAUSE = 1.0
_LONGEST = 30.0

Answer = dict[str, Any]


def _always(answer: Mapping[str, Any]) -> None:
    del answer


@dataclass(frozen=True, kw_only=True)
class Look:
    """How to find out whether a write was done.

    ``find`` reads what may show it; ``holds`` says of an object that was read whether the write is in it: the object
    then stands for the write's answer. ``still`` raises `Refused` for one that shows that the ground has moved.
    ``appears``: the write makes something, which may come into being after it was looked for.
    """

    find: Callable[[Client], Awaitable[Sequence[Answer]]]
    holds: Callable[[Answer], bool]
    still: Callable[[Answer], None] = _always
    appears: bool = False


@dataclass(frozen=True, kw_only=True)
class Write:
    """A request that changes something; ``serves`` are the addresses of the actions that it is sent for.

    ``form`` is sent instead of ``body`` where there is one.
    """

    method: str
    path: str
    body: Mapping[str, Any]
    look: Look
    serves: tuple[str, ...] = ()
    form: Mapping[str, Any] | None = None


def reading(path: str, holds: Callable[[Answer], bool], *, still: Callable[[Answer], None] = _always) -> Look:
    """For a write that changes one object: it is read."""

    async def find(client: Client) -> Sequence[Answer]:
        return [await client.request("GET", path)]

    return Look(find=find, holds=holds, still=still)


def nothing_new(path: str, words: Mapping[str, Any]) -> Look:
    """For a write that sets plain words of an object, such as ``in_trash``."""
    return reading(path, lambda answer: all(answer.get(word) == value for word, value in words.items()))


async def write(
    wanted: Write, *, client: Client, clock: Clock, watch: Watch | None = None, waiting: Waiting = unsaid
) -> Answer:
    """Sends a write until it is known to be done, and gives its answer, or what was read in its place.

    Raises `NotionError` for what Notion refuses, `Ambiguous` for what cannot be settled, `Refused` for what has moved.
    """
    unclear: NotionError | None = None
    for attempt in range(ATTEMPTS):
        try:
            body = (wanted.body or None) if wanted.form is None else None
            return await client.request(wanted.method, wanted.path, body=body, form=wanted.form, watch=watch)
        except (Ambiguous, Conflict) as error:
            unclear = error
        except (Invalid, NotFound) as error:
            found = await _found(wanted.look, client) if unclear is not None else None
            if found is None:
                raise error
            return found
        found = await _looked_for(wanted, unclear, client=client, clock=clock, waiting=waiting)
        if found is not None:
            return found
        pause = min(_LONGEST, _PAUSE * 2.0**attempt)
        if _committed(unclear):
            break
        waiting(pause, "Notion did not do what was sent; it is sent again")
        await clock.sleep(pause)
    raise unclear or RuntimeError("a write was never sent")


async def _looked_for(
    wanted: Write, unclear: NotionError, *, client: Client, clock: Clock, waiting: Waiting
) -> Answer | None:
    """What shows that the write was done; None where it was not."""
    for answer in await _named(wanted, unclear, client):
        if wanted.look.holds(answer):
            return answer
    if wanted.look.appears and isinstance(unclear, Ambiguous):
        waiting(ARRIVES, "Notion did not answer; what was sent may still be done")
        await clock.sleep(ARRIVES)
    return await _found(wanted.look, client)


async def _found(look: Look, client: Client) -> Answer | None:
    answers = await look.find(client)
    for answer in answers:
        if look.holds(answer):
            return answer
    for answer in answers:
        look.still(answer)
    return None


def _committed(error: NotionError) -> bool:
    """Whether Notion says that it saved what it did not answer."""
    data = error.failure.data
    return bool(data.get("committed_resource_id") or data.get("committed_child_ids"))


async def _named(wanted: Write, error: NotionError, client: Client) -> Iterable[Answer]:
    """What Notion says that it saved, read."""
    committed, children = (error.failure.data.get(word) for word in ("committed_resource_id", "committed_child_ids"))
    try:
        if wanted.path.endswith("/children") and isinstance(children, list) and children:
            blocks = [await client.request("GET", f"blocks/{child}") for child in children]
            return [{"object": "list", "type": "block", "results": blocks, "has_more": False, "next_cursor": None}]
        if isinstance(committed, str) and committed and not wanted.path.startswith("blocks/"):
            return [await client.request("GET", f"{wanted.path.partition('/')[0]}/{committed}")]
    except (Invalid, NotFound):
        return []
    return []
