"""The twin itself: one workspace, one store, one way in for every request."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from starlette.types import ASGIApp

from reconciler.twin import birth, hosting, multipart, repository, routes
from reconciler.twin.admin import Admin
from reconciler.twin.app import application
from reconciler.twin.assumptions import Assumptions, Readings
from reconciler.twin.errors import TwinError, TwinStoreError, envelope, invalid
from reconciler.twin.exchange import ORIGIN, Exchange, Received, max_body
from reconciler.twin.failing import Failing
from reconciler.twin.faults import Faults, Injector
from reconciler.twin.recent import Recent
from reconciler.twin.records import JsonObject, Workspace
from reconciler.twin.request import Request
from reconciler.twin.session import NEW_VERSION, OLD_VERSION, Session
from reconciler.twin.store import Store, open_store

VERSIONS = (OLD_VERSION, NEW_VERSION)
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_BODILESS = ("GET", "DELETE")


def system_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True, kw_only=True)
class Twin:
    """A local Notion. A context manager; everything in it goes through one SQLite store.

    ``token``, ``root_page_id``, ``bot_id``, ``workspace_id`` and ``workspace_name`` are what a client needs.
    ``requests`` lists what was received. ``clock`` gives milliseconds since 1970 and may be replaced by tests;
    so may ``faults``, which strike what comes in through ``app`` and never :meth:`call`.
    """

    store: Store
    token: str = field(repr=False)
    bot_id: str
    workspace: Workspace
    clock: Callable[[], int] = system_clock
    assume: Assumptions = field(default_factory=Assumptions)
    assumptions_asked: set[str] = field(default_factory=set)
    """Switches whose two readings would have answered differently, by name: those on which what was done hangs.

    Refused requests count too. Whoever wants to know it of one run clears the set before."""
    search_lag: int = 0
    """Milliseconds that the search index is behind."""
    requests: list[Received] = field(default_factory=list, repr=False)
    faults: Faults = field(default_factory=Faults)
    _injector: Injector | None = field(default=None, init=False, repr=False)
    _recent: Recent = field(default_factory=Recent, init=False, repr=False)

    @property
    def app(self) -> ASGIApp:
        """The twin as an ASGI application, without a lifespan."""
        app = application(self.exchange, self.download, self.requests)
        return Failing(app, self._injecting, self.requests)

    def _injecting(self) -> Injector:
        """Counts from the beginning whenever ``faults`` was set anew."""
        if self._injector is None or self._injector.faults is not self.faults:
            self._injector = Injector(self.faults, lambda: self.clock())
        return self._injector

    @property
    def admin(self) -> Admin:
        """What people do in Notion's own interface: share, invite, make tokens, edit."""
        return Admin(store=self.store, workspace=self.workspace, bot_id=self.bot_id, clock=self.clock)

    @property
    def root_page_id(self) -> str:
        return self.workspace.root_page_id

    @property
    def workspace_id(self) -> str:
        return self.workspace.id

    @property
    def workspace_name(self) -> str:
        return self.workspace.name

    def __enter__(self) -> Twin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Calling it twice does nothing more."""
        self.store.close()

    def call(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
        *,
        form: multipart.Form | None = None,
        token: str | None = None,
        version: str = NEW_VERSION,
    ) -> JsonObject:
        """One request, answered as over HTTP but for the transport. ``path`` is below ``/v1/`` or begins with it.

        ``form`` is for sending a file upload. Raises TwinError for every answer that is not 200.
        """
        full = path if path.startswith("/v1/") else f"/v1/{path.lstrip('/')}"
        listed = {key: [value] if isinstance(value, str) else list(value) for key, value in (query or {}).items()}
        kind, content = "application/json", b"" if body is None else json.dumps(body).encode()
        if form is not None:
            kind, content = multipart.encode(form)
        headers = {"authorization": f"Bearer {token or self.token}", "notion-version": version, "content-type": kind}
        exchange = Exchange(method=method, path=full, query=listed, headers=headers, body=content)
        status, answer = self.exchange(exchange)
        if status != 200:
            raise TwinError(status, answer["code"], answer["message"], additional_data=answer.get("additional_data"))
        return answer

    def exchange(self, exchange: Exchange) -> tuple[int, JsonObject]:
        """Answer a request: status and body, in Notion's envelope whatever was sent. Recorded in ``requests``."""
        request_id = str(uuid.uuid4())
        try:
            answer = self._answered(exchange)
            answer["request_id"] = request_id
            status = 200
        except TwinError as error:
            status, answer = error.status, envelope(error, request_id)
        except sqlite3.DatabaseError as error:
            raise TwinStoreError(
                f"The twin's file can no longer be used ({error}). Load the workspace again."
            ) from None
        self.requests.append(Received(method=exchange.method, path=exchange.path, status=status))
        return status, answer

    def download(self, key: str, query: Mapping[str, str]) -> hosting.Download:
        """A hosted file, by the path and query of the url that an answer gave. ``key`` is the path below the prefix."""
        with self.store.transaction():
            return hosting.download(self.store, self.workspace, self.clock(), key, query)

    def _answered(self, exchange: Exchange) -> JsonObject:
        """In Notion's order of checks: path, JSON, token, version, then what the endpoint checks."""
        found = routes.find(exchange.method, exchange.path)
        if found is None:
            raise TwinError(400, "invalid_request_url", "Invalid request URL.")
        handler, params = found
        _check_length(exchange)
        form = body = None
        if handler in routes.FORMS:
            form = multipart.parse(exchange.headers.get("content-type", ""), exchange.body)
        else:
            body = _body(exchange)
        with self.store.transaction():
            session = self.session(_token(exchange.headers), _version(exchange.headers), origin=exchange.origin)
            request = Request(
                method=exchange.method,
                path=exchange.path,
                params=params,
                query=exchange.query,
                body=body or {},
                form=form,
            )
            self._recent.begin()
            try:
                return handler(session, request)
            except TwinError as refused:
                if not refused.keeps:
                    raise
                kept = refused
        raise kept

    def session(self, token: str, version: Callable[[], str] | str = NEW_VERSION, *, origin: str = ORIGIN) -> Session:
        """The view that a token has of the workspace now. 401 for a token that is not known."""
        actor = repository.actor(self.store, token)
        if actor is None:
            raise TwinError(401, "unauthorized", "API token is invalid.")
        return Session(
            store=self.store,
            actor=actor,
            version=version if isinstance(version, str) else version(),
            now=self.clock(),
            workspace=self.workspace,
            assume=Readings(assume=self.assume, asked=self.assumptions_asked),
            recent=self._recent,
            search_lag=self.search_lag,
            origin=origin,
        )


def _check_length(exchange: Exchange) -> None:
    limit = max_body(exchange.path)
    if len(exchange.body) > limit:
        raise invalid(f"body failed validation: body.length should be ≤ `{limit}`, instead was `{len(exchange.body)}`.")


def _body(exchange: Exchange) -> JsonObject:
    if not exchange.body.strip() or exchange.method in _BODILESS:
        return {}
    try:
        parsed: Any = json.loads(exchange.body.decode("utf-8"), parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise TwinError(400, "invalid_json", "Error parsing JSON body.") from None
    if not isinstance(parsed, dict):
        raise TwinError(400, "invalid_json", "Error parsing JSON body.")
    whole: JsonObject = _whole(parsed) if _HALF_PAIR.search(exchange.body) else parsed
    return whole


def _not_json(word: str) -> None:
    raise ValueError(word)


def _whole(value: Any) -> Any:
    """The same with halves of surrogate pairs replaced, which cannot be stored."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value


def _token(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TwinError(401, "unauthorized", 'Authorization header must use the format "Bearer <token>".')
    return token.strip()


def _version(headers: Mapping[str, str]) -> Callable[[], str]:
    def checked() -> str:
        given = headers.get("notion-version")
        if given in VERSIONS:
            return given
        rule = (
            "defined, instead was `undefined`"
            if given is None
            else (" or ".join(f'`"{version}"`' for version in VERSIONS) + f", instead was {json.dumps(given)}")
        )
        code = "missing_version" if given is None else "validation_error"
        raise TwinError(400, code, f"Notion-Version header failed validation: Notion-Version header should be {rule}.")

    return checked


def open_twin(
    path: str | Path,
    *,
    clock: Callable[[], int] | None = None,
    assume: Assumptions | None = None,
    faults: Faults | None = None,
    search_lag: int = 0,
) -> Twin:
    """The twin kept in a file, or in memory (``":memory:"``). A new one has a workspace, a bot, a token, a root page.

    ``search_lag`` is in milliseconds.
    Raises TwinStoreError for a file that is locked, damaged, of another program or of a newer version.
    """
    store, new = open_store(path)
    try:
        if new:
            with store.transaction():
                birth.populate(store, (clock or system_clock)())
        token, bot_id, workspace = birth.identity(store)
    except sqlite3.DatabaseError:
        store.close()
        raise TwinStoreError(f"{path} is damaged. Name another file, or delete this one and load again.") from None
    except BaseException:
        store.close()
        raise
    return Twin(
        store=store,
        token=token,
        bot_id=bot_id,
        workspace=workspace,
        clock=clock or system_clock,
        assume=assume or Assumptions(),
        faults=faults or Faults(),
        search_lag=search_lag,
    )
