"""Runs the probes: one after the other, each in scratch databases of its own, all of them taken away at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from reconciler.execute.probing.lab import Lab, Reading
from reconciler.execute.probing.probes import PROBES
from reconciler.model.finding import Finding, WtstateError
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound, Restricted
from reconciler.notion.ids import id_of


@dataclass(frozen=True)
class Probed:
    """What the probes found: readings by switch, None where what was seen is neither; requests that it took."""

    readings: Mapping[str, Reading | None]
    requests: int


async def probe(client: Client, page: str, *, said: Callable[[str], None]) -> Probed:
    """Asks everything that can be asked, under ``page`` (an id or url); ``said`` is told each probe's name.

    Whatever ends it, also being cancelled, the scratch databases go to the trash first; those of a run that was killed
    go at the start of the next. Raises `WtstateError` where the page cannot be used.
    """
    lab = Lab(client=client, page=id_of(page))
    began = client.sent
    try:
        await read.page(client, lab.page)
    except NotFound as error:
        raise WtstateError(_no_page(page)) from error
    await lab.clean()
    found: dict[str, Reading | None] = {}
    try:
        for name, ask in PROBES.items():
            said(name)
            try:
                found[name] = await ask(lab)
            except (Invalid, NotFound, KeyError, ValueError):
                # Notion answers in a form, or refuses where nothing is known to be refused: neither reading.
                found[name] = None
    except Restricted as error:
        raise WtstateError(_not_allowed(page)) from error
    finally:
        await _whole(lab.clean())
    return Probed(readings=found, requests=client.sent - began)


async def _whole(cleaning: Coroutine[None, None, int]) -> None:
    """Waits for the cleaning even while being cancelled."""
    task = asyncio.ensure_future(cleaning)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _no_page(page: str) -> Finding:
    return Finding(
        code="no-probe-page",
        what=f"the page {page} is not there, or not shared with the connection",
        next="make an empty page for it, and share it with the connection",
    )


def _not_allowed(page: str) -> Finding:
    return Finding(
        code="no-probe-page",
        what=f"the token may not make databases under the page {page}",
        next="give the connection the capabilities to read, update and insert content",
    )
