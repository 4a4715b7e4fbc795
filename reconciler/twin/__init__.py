"""A Notion you can hold: the REST API over SQLite, served or inside the process. Shares no code with the client."""

from __future__ import annotations

from reconciler.twin.assumptions import Assumptions
from reconciler.twin.compare import Changes, changes, copied, mark, source_ids
from reconciler.twin.dump import dump, reset, tree
from reconciler.twin.errors import TwinError, TwinServeError, TwinStoreError
from reconciler.twin.failing import ConnectionCut
from reconciler.twin.faults import Fault, Faults, FaultsError, Latency, Rate
from reconciler.twin.faults import read as read_faults
from reconciler.twin.multipart import Field
from reconciler.twin.server import serve
from reconciler.twin.snapshot import SnapshotError, SnapshotReport, is_snapshot
from reconciler.twin.snapshot import load as load_snapshot
from reconciler.twin.snapshot import of_file as snapshot_lines
from reconciler.twin.twin import Twin, open_twin

__all__ = [
    "Assumptions",
    "Changes",
    "ConnectionCut",
    "Fault",
    "Faults",
    "FaultsError",
    "Field",
    "Latency",
    "Rate",
    "SnapshotError",
    "SnapshotReport",
    "Twin",
    "TwinError",
    "TwinServeError",
    "TwinStoreError",
    "changes",
    "copied",
    "dump",
    "is_snapshot",
    "load_snapshot",
    "mark",
    "open_twin",
    "read_faults",
    "reset",
    "serve",
    "snapshot_lines",
    "source_ids",
    "tree",
]
