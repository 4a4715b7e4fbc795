"""The workspaces that are attacked, as images of a twin: the demo, the real export where it is at hand, and one in
which every action and every rule of the language finds something to do."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reconciler import api
from reconciler.demo import export_path, state_path
from reconciler.desired.state import State
from reconciler.twin import Assumptions, Twin, birth, open_twin
from reconciler.twin.export import load as load_export
from reconciler.twin.twin import system_clock
from tests.live import Live, Words

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared"
REAL = SHARED / "real"
"""A part of the first workspace's real export, where it is at hand."""


@dataclass(frozen=True)
class Workspace:
    """A live workspace and a desired state. ``image`` is the twin's store as bytes: every attack begins with it."""

    name: str
    state: State
    image: bytes
    reading: str = "kind"

    def twin(self) -> Twin:
        """A fresh twin that holds the workspace."""
        return revived(self.image, reading=self.reading)

    @property
    def archive(self) -> str:
        """The title of its archive."""
        return self.state.workspace.archive


def image(twin: Twin) -> bytes:
    """The twin's store as it is now. A request is one transaction, so this is what a process that dies now leaves."""
    return twin.store._connection.serialize()


def revived(data: bytes, *, reading: str = "kind", clock: Callable[[], int] = system_clock) -> Twin:
    """A twin in memory with the store of an image."""
    twin = open_twin(":memory:", clock=clock, assume=Assumptions.read([reading]))
    twin.store._connection.deserialize(data)
    twin.token, twin.bot_id, twin.workspace = birth.identity(twin.store)
    return twin


def made(name: str, live: Words, state: State, *, reading: str = "kind") -> Workspace:
    """A workspace from the words of `tests.live`."""
    with open_twin(":memory:") as twin:
        Live(twin).load(live)
        return Workspace(name=name, state=state, image=image(twin), reading=reading)


def stated(said: str) -> State:
    """The state of one file."""
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "state.toml").write_text(said, encoding="utf-8")
        return api.load(Path(directory), env={})


@cache
def every() -> Workspace:
    """The workspace of ``every/``: all actions, all rules."""
    live = tomllib.loads((HERE / "every" / "live.toml").read_text(encoding="utf-8"))
    return made("every action", live, stated((HERE / "every" / "state.toml").read_text(encoding="utf-8")))


@cache
def wombat() -> Workspace:
    """Wombat Track as the demo has it."""
    return _exported("Wombat Track (demo)", export_path())


@cache
def real() -> Workspace | None:
    """Wombat Track as the part of its real export has it; None where that is not at hand."""
    return _exported("Wombat Track (real export)", REAL) if REAL.is_dir() else None


def _exported(name: str, path: Path) -> Workspace:
    with open_twin(":memory:") as twin:
        load_export(twin, path)
        return Workspace(name=name, state=api.load(state_path(), env={}), image=image(twin))


SMALL = """
[workspace]
name = "Small"
archive = "archive"
[databases.tasks]
was = ["Tasks"]
undeclared = "archive"
[databases.tasks.fields]
Name = "title"
n = "number"
s = { type = "select", options = ["Open", { name = "Complete", was = ["Done"] }] }
[databases.new.fields]
Name = "title"
[corrections.one]
in = ["tasks"]
rows = "r1"
set = { s = "Complete" }
"""


@cache
def small() -> Workspace:
    """One database: a rename, two changes of type, a fold, a field that goes; a second one that is made."""
    texts = ("12 €", "1,5", "7", "x")
    rows = [{"Name": f"r{n}", "n": t, "s": "Done" if n % 2 else "Open", "gone": t} for n, t in enumerate(texts)]
    columns = {"Name": "title", "n": "rich_text", "s": "rich_text", "gone": "rich_text"}
    return made("small", {"databases": {"Tasks": {"properties": columns, "rows": rows}}}, stated(SMALL))


def all_of_them() -> Iterator[Workspace]:
    """Those that are at hand."""
    yield wombat()
    found = real()
    if found is not None:
        yield found
    yield every()


__all__ = ["REAL", "SHARED", "Workspace", "all_of_them", "every", "image", "made", "real", "revived", "small", "wombat"]
