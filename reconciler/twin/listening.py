"""An application on a socket, by uvicorn: imported by who serves, for it takes longer to load than a twin to open."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.twin.failing import CUT


def listen(app: ASGIApp, bound: socket.socket, *, ready: Callable[[], None], quiet: bool) -> None:
    """Serves on a socket that is bound until Ctrl-C or SIGTERM; ``ready`` is called once connections are taken.

    ``quiet`` keeps uvicorn's own words off the terminal.
    """
    level = "critical" if quiet else "warning"
    config = uvicorn.Config(app, http=_Cuttable, log_level=level, lifespan="off", access_log=False)
    _Announcing(config, ready).run(sockets=[bound])


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
