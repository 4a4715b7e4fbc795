"""``wtstate demo``: the whole of it in a few seconds, on a twin of its own; no token, no network, nothing kept."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.cli import exits, screen
from reconciler.cli.options import TargetName
from reconciler.cli.session import run, target_line

if TYPE_CHECKING:
    from reconciler.api import Target
    from reconciler.desired.state import State
    from reconciler.planning.plan import Plan


def demo() -> int:
    """Show everything on a workspace of its own.

    Loads a messy workspace into a fresh local twin, then plans, applies, plans again and verifies. No token, no
    network.

    Example: wtstate demo
    """
    with TemporaryDirectory(prefix="wtstate-demo-") as name:
        return run(_demo(Path(name)))


async def _demo(directory: Path) -> int:
    from reconciler import api
    from reconciler.cli.apply import carry_out
    from reconciler.cli.plan import show
    from reconciler.demo import export_path, state_path
    from reconciler.desired import load as load_state

    target = api.choose_target(env={}, target=TargetName.TWIN.value, directory=directory)
    _heading("1. A messy workspace, loaded into a local twin")
    _load(target, export_path())
    state = load_state(state_path(), env={}, base=state_path().parent)  # places read as in a checkout

    _heading("2. wtstate plan")
    show(await _plan(target, state), limit_rows=3)

    _heading("3. wtstate apply --yes")
    progress = screen.progress()
    try:
        async with api.connect(target, state, read_only=False, reporter=progress) as session:
            screen.aside(target_line(target, session), event="target")
            applied = await carry_out(session, await session.plan(), progress=progress)
    finally:
        progress.close()

    _heading("4. wtstate plan, once more")
    again = await _plan(target, state)
    show(again, limit_rows=3)

    _heading("5. wtstate verify")
    verified = await _verify(target, state)
    screen.aside("next: wtstate init --export FOLDER_OR_ZIP begins with an export of your own", event="next")
    return applied if again.empty and verified else exits.ERROR


async def _verify(target: Target, state: State) -> bool:
    """Checks everything, keeps the report with the batch; whether nothing failed."""
    from reconciler import api
    from reconciler.cli.verify import show

    async with api.connect(target, state, read_only=False) as session:
        report = await session.verify()
        await session.store_report(report)
    show(report)
    return report.verified


def _heading(text: str) -> None:
    from rich.text import Text

    screen.say(Text(f"\n── {text} ──\n", "bold cyan"))


def _load(target: Target, export: Path) -> None:
    """The export's databases in the target's twin; what was loaded is said."""
    from reconciler.cli.twin import load_export, opened

    if target.twin_path is None:
        raise ValueError("a twin target names its file")
    with opened(target.twin_path) as local:
        screen.say_lines(load_export(local, export).lines())


async def _plan(target: Target, state: State) -> Plan:
    from reconciler import api

    progress = screen.progress()
    try:
        async with api.connect(target, state, read_only=True, reporter=progress) as session:
            return await session.plan()
    finally:
        progress.close()
