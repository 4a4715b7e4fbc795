"""The twin served over HTTP, on this machine only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.twin import repository, richtext
from reconciler.twin.assumptions import Assumptions
from reconciler.twin.errors import TwinServeError
from reconciler.twin.faults import Faults
from reconciler.twin.twin import Twin, open_twin

HOST = "127.0.0.1"


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
    from reconciler.twin.listening import listen

    with open_twin(path, assume=assume, faults=faults, search_lag=search_lag) as twin:
        if max_upload is not None:
            twin.admin.allow_uploads(max_upload)
        if root_title is not None:
            _title_root(twin, root_title)
        with _bound(port) as bound:
            address = f"http://{HOST}:{bound.getsockname()[1]}"
            known = {"base_url": address, "token": twin.token, "root_page_id": twin.root_page_id}
            listen(twin.app, bound, ready=lambda: announce(known), quiet=as_json)


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
