"""Loading a Notion "Markdown & CSV" export into the twin.

read (files, bounded) -> tables -> infer (types) -> identity, targets, links, pairs (relations) -> blocks (content) ->
plan, all of it before the first call; build sends it. Everything but read and build is pure.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.twin.export.attachments import Attachments
from reconciler.twin.export.build import Twin
from reconciler.twin.export.build import build as build_plan
from reconciler.twin.export.errors import ExportError
from reconciler.twin.export.plan import plan as make_plan
from reconciler.twin.export.read import read as read_files
from reconciler.twin.export.report import LoadReport
from reconciler.twin.export.tables import parse
from reconciler.twin.export.types import read_types

__all__ = ["ExportError", "LoadReport", "Twin", "load"]


def load(twin: Twin, path: Path, *, types: Path | None = None, stubs: bool = True) -> LoadReport:
    """Loads the export at ``path`` (folder, zip, single CSV file) under the twin's root page.

    ``types`` is a TOML file that overrides inferred types (`reconciler.twin.export.types`); without ``stubs`` cells
    that link to rows outside the export stay text. Everything is read and decided before the first call: an
    `ExportError` (what, where, next) leaves the twin as it was.
    """
    names = read_types(types) if types is not None else None
    files = read_files(path)
    export = parse(files.texts, attachments=Attachments(tuple(files.attachments)), others=files.others)
    made = make_plan(export, types=names, types_file=str(types or ""), stubs=stubs)
    return build_plan(twin, made, files.attachments)
