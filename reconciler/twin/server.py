"""The twin served over HTTP, on this machine only."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.twin import repository, richtext
from reconciler.twin.assumptions import Assumptions
from reconciler.twin.errors import TwinServeError
from reconciler.twin.failing import CUT
from reconciler.twin.faults import Faults
from reconciler.twin.twin import Twin, open_twin

HOST = "127.0.0.1"


class _Cuttable(H11Protocol):
    """Puts into the ASGI state of every request what cuts its connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast("asyncio.Transport", transport)
        super().connection_made(connection)
        self.app_state = {**self.app_state, CUT: connection.abort}


class _Announcing(uvicorn.Server):
    """Says when it takes connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the server, and nothing else: the file is closed and the process goes on."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(
    path: str | Path,
    port: int,
    *,
    as_json: bool,
    announce: Callable[[dict[str, Any]], None],
    root_title: str | None = None,
    assume: Assumptions | None = None,
    faults: Faults | None = None,
    search_lag: int = 0,
    max_upload: int | None = None,
) -> None:
    """Serve the twin at ``path`` on the loopback interface until Ctrl-C or SIGTERM; port 0 picks a free one.

    ``announce`` gets ``base_url``, ``token`` and ``root_page_id`` once connections are taken. ``as_json`` keeps the
    server's own words off the terminal. ``search_lag`` is in milliseconds; ``max_upload``, in bytes, stays in the file.
    Raises TwinServeError when the port is in use, TwinStoreError for the file.
    """
    with open_twin(path, assume=assume, faults=faults, search_lag=search_lag) as twin:
        if max_upload is not None:
            twin.admin.allow_uploads(max_upload)
        if root_title is not None:
            _title_root(twin, root_title)
        with _bound(port) as bound:
            address = f"http://{HOST}:{bound.getsockname()[1]}"
            known = {"base_url": address, "token": twin.token, "root_page_id": twin.root_page_id}
            config = uvicorn.Config(
                twin.app,
                http=_Cuttable,
                log_level="critical" if as_json else "warning",
                lifespan="off",
                access_log=False,
            )
            server = _Announcing(config, lambda: announce(known))
            server.run(sockets=[bound])


def _bound(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so that asyncio sets TCP_NODELAY
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except (OSError, OverflowError) as error:
        found.close()
        raise TwinServeError(
            f"The twin cannot listen on {HOST}:{port} ({error}). Choose another port, or 0 for any free one."
        ) from None
    return found


def _title_root(twin: Twin, title: str) -> None:
    with twin.store.transaction():
        page = repository.page(twin.store, twin.root_page_id)
        if page is not None:
            values = {**page.values, "title": richtext.of(title)}
            repository.save_page(twin.store, replace(page, values=values))
