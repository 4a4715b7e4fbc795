"""The ``--types`` file: what a person knows better than the cells.

TOML, a table for each database (by title, or by title and id as in the file name), a line for each column::

    ["WT Phase Database"]
    status = "status"
    effort = "rich_text"

Types are `TYPES`. A cell that does not fit the type is an error, never a loss.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.twin.export.errors import ExportError
from reconciler.twin.export.tables import Table
from reconciler.twin.export.targets import Place

TYPES = (
    *("rich_text", "number", "select", "multi_select", "status", "date"),
    *("checkbox", "url", "email", "phone_number", "relation", "files"),
)
_ALIASES = {"text": "rich_text", "phone": "phone_number", "multi-select": "multi_select"}
Names = Mapping[str, Mapping[str, str]]


def read_types(path: Path) -> Names:
    """The file's tables, types checked; raises `ExportError` when it is missing, no TOML, or says something else."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExportError(f"it cannot be read ({error.strerror})", str(path), "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExportError(f"it is not TOML ({error})", str(path), "Mend it; the reference shows an example.") from error
    for database, columns in found.items():
        if not isinstance(columns, dict):
            raise ExportError(
                f"{database!r} is no table", str(path), f'Write ["{database}"] and a line for each column.'
            )
        for column, type_ in columns.items():
            if not isinstance(type_, str) or _ALIASES.get(type_, type_) not in TYPES:
                raise ExportError(
                    f"{type_!r} is no type", f"{path}: [{database!r}] {column!r}", f"Types are {', '.join(TYPES)}."
                )
    return {db: {name: _ALIASES.get(t, t) for name, t in columns.items()} for db, columns in found.items()}


def places(names: Names, tables: Sequence[Table], where: str) -> dict[Place, str]:
    """The columns meant, with their types; raises `ExportError` for a database or column that is not in the export.

    A title that several databases have means each of them that has the column.
    """
    found: dict[Place, str] = {}
    for database, columns in names.items():
        homes = [i for i, table in enumerate(tables) if database in (table.title, f"{table.title} {table.id}")]
        if not homes:
            raise _unknown("database", database, [table.title for table in tables], where)
        for column, type_ in columns.items():
            meant = [(home, tables[home].columns.index(column)) for home in homes if column in tables[home].columns]
            if not meant:
                known = [name for home in homes for name in tables[home].columns]
                raise _unknown("column", column, known, f"{where}: [{database!r}]")
            for place in meant:
                if place[1] == 0:
                    raise ExportError(f"{column!r} is the title", f"{where}: [{database!r}]", "Leave it out.")
                found[place] = type_
    return found


def _unknown(noun: str, name: str, known: Sequence[str], where: str) -> ExportError:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are {', '.join(repr(k) for k in dict.fromkeys(known))}."
    return ExportError(f"there is no {noun} {name!r} in the export", where, hint)
