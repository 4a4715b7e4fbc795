"""Loading a snapshot into the twin. The format is the contract: docs/reference/snapshot.md.

Ids stay: databases, data sources, properties, options, pages, blocks, users are what they were. What a partial snapshot
does not tell is unread in the twin, never empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.twin import birth
from reconciler.twin.export.errors import visible
from reconciler.twin.snapshot.errors import SnapshotError
from reconciler.twin.snapshot.lines import is_snapshot, of_file, read
from reconciler.twin.snapshot.loader import Loader
from reconciler.twin.twin import Twin

__all__ = ["SnapshotError", "SnapshotReport", "is_snapshot", "load", "of_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport:
    """What a snapshot held: ``taken`` is when, "" if it does not say; ``complete`` whether it is of everything."""

    workspace: str
    taken: str
    complete: bool
    digests: bool
    databases: int
    rows: int
    blocks: int
    files: int

    def lines(self) -> tuple[str, ...]:
        """The report for people; a workspace's name can steer no terminal."""
        of = f" of {self.taken}" if self.taken else ""
        counts = f"{self.databases:,} databases, {self.rows:,} pages, {self.blocks:,} blocks"
        said = [f"Loaded the snapshot of '{visible(self.workspace)}'{of}: {counts}."]
        if not self.complete:
            said.append("It is partial: what was not read is unknown here, not empty.")
        if self.files:
            said.append(f"Of {self.files:,} files that Notion hosts it has no bytes: they are empty here.")
        if self.digests:
            what = "Values of sensitive databases are" if self.complete else "What people typed, but for keys, is"
            said.append(f"{what} digests here.")
        return tuple(said)


def load(twin: Twin, lines: Iterable[bytes]) -> SnapshotReport:
    """Loads a snapshot into a twin that holds nothing yet, which then is that workspace, seen by that bot.

    Files that Notion hosts are there, and empty: no snapshot holds their bytes. Raises `SnapshotError` for what is no
    snapshot, is newer or damaged, and for a twin that is not empty; the twin is then as it was.
    """
    with twin.store.transaction():
        if not birth.untouched(twin.store):
            raise SnapshotError(
                "the twin holds another workspace already",
                next="Empty it with `wtstate twin reset --yes`, or name another file with --data.",
            )
        header, answers = read(lines)
        twin.store.empty()
        loaded = Loader(store=twin.store)
        loaded.load(header, answers)
        twin.token, twin.bot_id, twin.workspace = birth.identity(twin.store)
        return SnapshotReport(
            workspace=header.workspace_name,
            taken=header.taken,
            complete=header.complete,
            digests=header.digests,
            databases=loaded.databases_answered,
            rows=loaded.rows_answered,
            blocks=loaded.blocks_answered,
            files=loaded.files,
        )
