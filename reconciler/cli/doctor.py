"""``wtstate doctor``: looks at what an apply rests on; ``--probe PAGE`` finds out what nobody could verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, opened, run

if TYPE_CHECKING:
    from reconciler.execute.probing.probe import Probed
    from reconciler.observe.doctor import Examined


def doctor(
    probe: Annotated[
        str | None,
        typer.Option("--probe", metavar="PAGE", help="Find out in scratch databases under PAGE how Notion behaves."),
    ] = None,
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    json: options.Json = False,
) -> int:
    """Look at what an apply rests on.

    That is: the token, what it sees, limits, the memory. Reads only. With --probe it tries in scratch databases under
    PAGE what no documentation tells, takes them away again, and remembers the answers: without it the worst is assumed.

    Example: wtstate doctor
    """
    aim = Aim(directory, state, target, environment)
    if probe is not None:
        return _probe(aim, probe, json=json)

    async def look() -> tuple[Examined, ...]:
        async with opened(aim, read_only=True) as session:
            return await session.doctor()

    examined = run(look())
    if json:
        _print_json({"checks": [vars_of(each) for each in examined]})
    else:
        from reconciler.render.doctor import doctor_text

        screen.say(doctor_text(examined, width=screen.out_width()))
    return exits.ERROR if any(each.health == "fail" for each in examined) else exits.OK


def vars_of(each: Examined) -> dict[str, str]:
    """One thing that was looked at, as JSON data."""
    return {"about": each.about, "health": str(each.health), "said": each.said, "next": each.next}


def _probe(aim: Aim, page: str, *, json: bool) -> int:
    async def work() -> Probed:
        async with opened(aim, read_only=False, locks=True) as session:
            return await session.probe(page, said=lambda name: screen.aside(f"probing {name}", event="note"))

    found = run(work())
    if json:
        _print_json({"readings": dict(found.readings), "requests": found.requests})
        return exits.OK
    typer.echo("| assumption | reading |\n| --- | --- |")
    for name, reading in sorted(found.readings.items()):
        typer.echo(f"| {name} | {reading or 'neither: look at it'} |")
    sure = sum(1 for reading in found.readings.values() if reading is not None)
    told = f"{sure} of {len(found.readings)} found out with {found.requests} requests, and remembered."
    screen.aside(told, event="note")
    return exits.OK


def _print_json(body: dict[str, object]) -> None:
    from reconciler.render.json import json_text

    typer.echo(json_text({"format_version": "1.0", **body}))
