"""What is sent again, and when. Reads are; a write only when Notion said, or the network shows, that it did nothing.

- 429 and 529: Notion did nothing and says how long to wait; every method waits that long, over a minute too.
- no connection: nothing was sent; a few times more, fewer where nobody has answered yet.
- 409, 5xx, time-outs, broken connections: reads a few times more. Writes never: whoever sends one looks first
  whether it was done, and whether what it rests on has moved (`reconciler.execute.settle`).
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from reconciler.notion.errors import Conflict, NotionError, RateLimited, Unavailable, Unreachable
from reconciler.notion.pace import Clock, Waiting, stops_all

ATTEMPTS = 8
"""How often one request is tried when Notion fails or cannot be reached."""
STRANGER = 3
"""How often the first request is tried: where nobody has answered yet, the address is the likelier fault."""
PATIENCE = 20
"""How often one request is tried when Notion asks to wait."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _pause(state: RetryCallState, jitter: Callable[[], float]) -> float:
    """Seconds to wait: what Notion asks for, else doubling from one second, half of it by chance.

    Where all requests wait together, the window sees to it: 0.
    """
    error = _error(state)
    if isinstance(error, RateLimited) and stops_all(error):
        return 0.0
    if isinstance(error, RateLimited) and error.failure.retry_after is not None:
        return error.failure.retry_after
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (state.attempt_number - 1))
    return longest * (1 + jitter()) / 2


def _spent(state: RetryCallState, *, stranger: bool) -> bool:
    match _error(state):
        case RateLimited():
            return state.attempt_number >= PATIENCE
        case Unreachable() if stranger:
            return state.attempt_number >= STRANGER
        case _:
            return state.attempt_number >= ATTEMPTS


def why(error: NotionError) -> str:
    """Why there is a wait, in a few words."""
    match error:
        case RateLimited():
            return "Notion asks to wait"
        case Conflict():
            return "Notion was saving something else"
        case Unreachable():
            return "no connection"
        case _:
            return "Notion did not answer as it should"


async def patiently(
    send: Callable[[], Awaitable[dict[str, Any]]],
    *,
    reads: bool,
    stranger: Callable[[], bool],
    clock: Clock,
    waiting: Waiting,
    jitter: Callable[[], float] = random.random,
) -> dict[str, Any]:
    """Sends until it is done, not worth trying, or tried often enough; then the last error is raised.

    ``reads`` says that sending twice does no harm, ``stranger`` whether nobody has answered any request yet.
    """
    again = (RateLimited, Conflict, Unreachable, Unavailable) if reads else (RateLimited, Unreachable)

    def say(state: RetryCallState) -> None:
        error = _error(state)
        if isinstance(error, NotionError) and state.next_action is not None and state.next_action.sleep > 0:
            waiting(state.next_action.sleep, why(error))

    async def rest(seconds: float) -> None:
        if seconds > 0:
            await clock.sleep(seconds)

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, again)),
        stop=lambda state: _spent(state, stranger=stranger()),
        wait=lambda state: _pause(state, jitter),
        sleep=rest,
        before_sleep=say,
        reraise=True,
    )
    return await retrying(send)
