"""The steps: one frozen class for each thing that execution can be told to do.

Steps name databases by key; what did not exist when the plan was made is found by key and name while it is carried out.
"""

from __future__ import annotations

from reconciler.planning.steps.kinds.frame import (
    OpenArchive,
    OpenBatch,
    ReadBack,
    Release,
    SaveMemory,
    WriteEntry,
)
from reconciler.planning.steps.kinds.rows import (
    CHECK_SECONDS,
    AppendLine,
    CheckMoved,
    CheckRows,
    CreateRow,
    Move,
    TakeLine,
    TrashPage,
    WriteRow,
    file_requests,
    written_in,
)
from reconciler.planning.steps.kinds.schema import (
    CreateDatabase,
    Look,
    Mark,
    PatchDatabase,
    PatchMirror,
    PatchSchema,
    ReadConverted,
    Sweep,
    Trash,
    Untrash,
)

__all__ = [
    "CHECK_SECONDS",
    "AppendLine",
    "CheckMoved",
    "CheckRows",
    "CreateDatabase",
    "CreateRow",
    "Look",
    "Mark",
    "Move",
    "OpenArchive",
    "OpenBatch",
    "PatchDatabase",
    "PatchMirror",
    "PatchSchema",
    "ReadBack",
    "ReadConverted",
    "Release",
    "SaveMemory",
    "Sweep",
    "TakeLine",
    "Trash",
    "TrashPage",
    "Untrash",
    "WriteEntry",
    "WriteRow",
    "file_requests",
    "written_in",
]
