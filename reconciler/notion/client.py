"""The one way to Notion: paced, patient, and as an option unable to write."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from notion_client import AsyncClient
from notion_client.errors import (
    HTTPResponseError,
    InvalidPathParameterError,
    RequestTimeoutError,
)

from reconciler.model.finding import Finding, WtstateError
from reconciler.notion import errors
from reconciler.notion.errors import Failure, ForbiddenRequest
from reconciler.notion.pace import Clock, Rate, Waiting, Window, unsaid
from reconciler.notion.retry import patiently
from reconciler.notion.version import VERSION

BASE_URL = "https://api.notion.com"
_IN_PROCESS = "http://127.0.0.1"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT_MS = 65_000
"""A little longer than the minute after which Notion itself gives up."""

Allow = Callable[[str, str], bool]
"""Whether a request may be sent, by method and path."""
Tap = Callable[[str, str, Mapping[str, Any] | None, Mapping[str, Any] | None, bytes], None]
"""Is told of each answer with its request: method, path, query, body, and the answer's JSON as it came.

Headers are not told, nor errors.
"""

_BODIES: ContextVar[list[bytes] | None] = ContextVar("_BODIES", default=None)
"""What came back for the request that is being sent, for a tap: notion-client gives the parsed answer alone."""
_READS = re.compile(r"data_sources/[^/]+/query|search")


def only_reads(method: str, path: str) -> bool:
    """Whether a request changes nothing: every GET, and the two POSTs that ask questions."""
    return method == "GET" or (method == "POST" and _READS.fullmatch(path) is not None)


def anything(method: str, path: str) -> bool:
    """Allows every request."""
    del method, path
    return True


READ_ONLY: Allow = only_reads
"""What a client may send while planning."""


def _silent_logger() -> logging.Logger:
    """A logger that writes nowhere: Notion's messages hold names from the workspace, and people are told elsewhere."""
    logger = logging.Logger("reconciler.notion")
    logger.addHandler(logging.NullHandler())
    return logger


def _retry_after(response: HTTPResponseError) -> float | None:
    """The seconds to wait: the header in seconds or as a date, else the body's copy."""
    for said in (response.headers.get("retry-after"), (response.additional_data or {}).get("retry_after")):
        if not isinstance(said, str | int | float):
            continue
        try:
            return max(0.0, float(said))
        except ValueError:
            pass
        try:
            now = parsedate_to_datetime(str(response.headers["date"]))
            return max(0.0, (parsedate_to_datetime(str(said)) - now).total_seconds())
        except (KeyError, TypeError, ValueError):
            continue
    return None


def _answered(response: HTTPResponseError, failure: Failure) -> errors.NotionError:
    match response.status:
        case 401:
            return errors.Unauthorized(failure)
        case 403:
            return errors.Restricted(failure)
        case 404:
            return errors.NotFound(failure)
        case 409:
            return errors.Conflict(failure)
        case 429 if failure.data.get("rate_limit_reason") == "public_api_request_blocked":
            return errors.Blocked(failure)
        case 429 | 529:
            return errors.RateLimited(failure)
        case status if status >= 500:
            return errors.Unavailable(failure)
        case _:
            return errors.Invalid(failure)


class Watch(Protocol):
    """Is told of every attempt of a write, as it happens."""

    async def sending(self) -> None:
        """It is about to be sent; what this raises keeps it from being sent."""
        ...

    def answered(self, answer: Mapping[str, Any]) -> None:
        """It was done, and this came back."""
        ...

    def failed(self, error: errors.NotionError) -> None:
        """This came back instead of an answer, or nothing."""
        ...


async def _finished(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """The outcome of ``work``, which a cancellation does not interrupt but only follows."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        raise


async def _watched(once: Awaitable[dict[str, Any]], watch: Watch | None) -> dict[str, Any]:
    """One attempt of a write; whoever watches is told what came of it before anybody else."""
    try:
        answer = await once
    except errors.NotionError as error:
        if watch is not None:
            watch.failed(error)
        raise
    if watch is not None:
        watch.answered(answer)
    return answer


class Client:
    """Requests to Notion, one budget for all of them; made by `connect`.

    ``sent`` counts what was put on the wire, ``retries`` how much of it repeated a request. ``tap`` is told of each
    answer. ``window`` is the budget.
    """

    def __init__(
        self,
        api: AsyncClient,
        *,
        token: str,
        window: Window,
        clock: Clock,
        waiting: Waiting,
        allow: Allow,
        bare: httpx.AsyncClient,
        local: bool,
    ) -> None:
        self.sent = 0
        self.retries = 0
        self.tap: Tap | None = None
        self._ahead = timedelta(0)
        self._stranger = True
        self._api = api
        self._bare = bare
        self._local = local
        self._token = token
        self.window = window
        self._clock = clock
        self._waiting = waiting
        self._allow = allow

    @property
    def time(self) -> datetime:
        """The time of day by the service's clock, as the Date of its last answer told; ours where it tells none."""
        return self._clock.today() + self._ahead

    async def heard(self, response: httpx.Response) -> None:
        """Takes the service's time from an answer, whatever else is in it; its Date is cut to the second."""
        self._stranger = False
        bodies = _BODIES.get()
        if bodies is not None:
            bodies.append(await response.aread())
        try:
            said = parsedate_to_datetime(response.headers["date"])
        except (KeyError, ValueError):
            return
        if said.tzinfo is not None:
            self._ahead = said - self._clock.today()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        watch: Watch | None = None,
    ) -> dict[str, Any]:
        """The answer to one request; ``path`` is relative to ``/v1/``. ``watch`` is told of each attempt.

        ``form`` sends a multipart form instead of JSON: texts, and files as (name, bytes, type).

        Raises `ForbiddenRequest` before anything is sent, `NotionError` otherwise; `Ambiguous` for a write whose
        outcome is not known. Being cancelled waits for the answer to a write that is on its way, and for nothing else.
        """
        method, path = method.upper(), path.removeprefix("/")
        if not self._allow(method, path):
            raise ForbiddenRequest(method, path)
        attempts = 0

        async def send() -> dict[str, Any]:
            nonlocal attempts
            async with self.window.turn():
                self.retries += attempts > 0
                attempts += 1
                if reads:
                    return await self._once(method, path, query, body, form)
                if watch is not None:
                    await watch.sending()
                return await _finished(_watched(self._once(method, path, query, body, form), watch))

        reads = only_reads(method, path)
        bodies: list[bytes] | None = [] if self.tap is not None else None
        outer = _BODIES.set(bodies)
        try:
            answer = await patiently(
                send, reads=reads, stranger=lambda: self._stranger, clock=self._clock, waiting=self._waiting
            )
        except errors.Unavailable as error:
            if reads:
                raise
            raise errors.Ambiguous(error.failure) from error
        finally:
            _BODIES.reset(outer)
        if self.tap is not None and bodies:
            self.tap(method, path, query, body, bodies[-1])
        return answer

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[httpx.Response]:
        """The answer of a signed url, its body still unread. No token is sent, no redirect followed.

        Raises `NotionError` for a url that is neither https nor, where the service is so as well, on this machine, and
        for a connection that fails. It counts as no request: Notion's limits are not about these.
        """
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (self._local and parts.hostname in _LOOPBACK)):
            raise errors.Invalid(Failure(method="GET", path="(a file)", message="its address is not an https url"))
        try:
            async with self._bare.stream("GET", url) as answer:
                yield answer
        except httpx.HTTPError as error:
            said = f"the download broke ({type(error).__name__})"
            raise errors.Unavailable(Failure(method="GET", path="(a file)", message=said)) from None

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        form: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        """One request on the wire, its errors in our words."""

        def failure(message: str) -> Failure:
            return Failure(method=method, path=path, message=self._clean(message))

        self.sent += 1
        try:
            answer = await self._api.request(
                path=path,
                method=method,
                query=dict(query) if query else None,
                body=None if body is None else dict(body),
                form_data=None if form is None else dict(form),
            )
        except HTTPResponseError as error:
            raise _answered(error, self._failure(method, path, error)) from None
        except RequestTimeoutError as error:
            if isinstance(error.__context__, httpx.ConnectTimeout | httpx.PoolTimeout):
                raise errors.Unreachable(failure("no connection in time")) from None
            raise errors.Unavailable(failure("no answer in time")) from None
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise errors.Unreachable(failure(f"{error}" or "no connection")) from None
        except httpx.HTTPError as error:
            raise errors.Unavailable(failure(f"the connection broke ({type(error).__name__})")) from None
        except InvalidPathParameterError:
            raise errors.Invalid(failure("this is not a path of Notion's API")) from None
        except UnicodeEncodeError:
            raise errors.Invalid(failure("the text holds half a character and cannot be sent")) from None
        except ValueError:
            raise errors.Unavailable(failure("the answer is not JSON")) from None
        if not isinstance(answer, dict):
            raise errors.Unavailable(failure("the answer is not an object"))
        return answer

    def _failure(self, method: str, path: str, error: HTTPResponseError) -> Failure:
        body = _body(error)
        data = body.get("additional_data")
        return Failure(
            method=method,
            path=path,
            message=self._clean(str(body.get("message") or error)),
            status=error.status,
            code=str(body.get("code") or ""),
            data=data if isinstance(data, dict) else {},
            retry_after=_retry_after(error),
        )

    def _clean(self, message: str) -> str:
        """A message without the token, whoever put it there."""
        return message.replace(self._token, "[token]") if self._token else message


def _body(error: HTTPResponseError) -> Mapping[str, Any]:
    """Notion's own error object; empty where something in between answered."""
    try:
        body = httpx.Response(200, text=error.body).json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) and body.get("object") == "error" else {}


def checked_base_url(url: str) -> str:
    """A base url that a token may be sent to: https, or http on this machine. Raises `WtstateError` for others."""
    parts = urlsplit(url)
    loopback = parts.hostname in _LOOPBACK
    if parts.hostname and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        return url.rstrip("/")
    raise WtstateError(
        Finding(
            code="base-url",
            what="the base url is not one that a token may be sent to",
            why="over anything but https, or http on this machine, others could read the token",
            next="set NOTION_BASE_URL to an https:// url or to http://127.0.0.1:PORT, or unset it",
        )
    )


@asynccontextmanager
async def connect(
    token: str,
    *,
    read_only: bool,
    rate: Rate | None = (180, 60.0),
    base_url: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    waiting: Waiting = unsaid,
    clock: Clock | None = None,
) -> AsyncIterator[Client]:
    """A client for the length of a block. ``transport`` leads somewhere else than the network (a twin in-process).

    ``rate`` is (requests, seconds), None where nothing is limited; ``waiting`` is told of every longer pause. Raises
    `WtstateError` for a base url that a token must not be sent to.
    """
    url = checked_base_url(base_url or (_IN_PROCESS if transport is not None else BASE_URL))
    ours = clock or Clock()
    loopback = urlsplit(url).scheme == "http"
    # AsyncClient's own `async with` would drop this httpx client for a fresh one, and a proxy must not see loopback.
    # What is downloaded from elsewhere goes another way, which knows no token.
    async with (
        httpx.AsyncClient(transport=transport, trust_env=not loopback) as http,
        httpx.AsyncClient(transport=transport, trust_env=not loopback) as bare,
    ):
        api = AsyncClient(
            client=http,
            auth=token,
            base_url=url,
            notion_version=VERSION,
            retry=False,
            timeout_ms=_TIMEOUT_MS,
            logger=_silent_logger(),
            log_level=logging.CRITICAL,
        )
        client = Client(
            api,
            token=token,
            window=Window(rate, clock=ours, waiting=waiting),
            clock=ours,
            waiting=waiting,
            allow=READ_ONLY if read_only else anything,
            bare=bare,
            local=loopback,
        )
        http.event_hooks = {"response": [client.heard]}
        yield client
