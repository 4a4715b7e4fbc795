"""``wtstate usages``: where application code still says an old name. No target, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.session import Aim, listed
from reconciler.model.address import covers
from reconciler.render.counting import count
from reconciler.render.escape import visible

if TYPE_CHECKING:
    from reconciler.desired.state import State
    from reconciler.observe.files import Skipped
    from reconciler.observe.old_names import OldName
    from reconciler.observe.usages import Hit, Search

_FORMAT_VERSION = "1.0"


@dataclass(frozen=True)
class _Found:
    """What was found in all files: (path, hit) by path and place, how many files were read, which were not."""

    hits: tuple[tuple[str, Hit], ...]
    read: int
    skipped: tuple[Skipped, ...]


def usages(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and directories to look through.")],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    json: options.Json = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Only old names of this and what lies in it.")
    ] = None,
    except_: Annotated[
        list[str] | None, typer.Option("--except", metavar="ADDRESS", help="No old names of this. Can be repeated.")
    ] = None,
) -> int:
    """List where code still says an old name. Exit 2 when it does.

    Example: wtstate usages src
    """
    from reconciler.render.json import json_text

    declared = Aim(directory, state, None, environment).read()
    names = _asked(declared, only=listed(only), without=listed(except_))
    found = _look(paths, names, declared, options.state_path(directory, state).resolve())
    if json:
        typer.echo(json_text(_document(found)))
    else:
        for line in _lines(found):
            typer.echo(line)
    for skipped in found.skipped:
        screen.note(f"not read: {skipped.path}: {skipped.why}")
    if not names:
        screen.aside("note: the state has no old name to look for", event="note")
    elif not found.read:
        screen.aside("note: no text file was found there that is not ignored", event="note")
    if found.hits:
        return exits.CHANGES
    return exits.ERROR if any(skipped.failed for skipped in found.skipped) else exits.OK


def _asked(state: State, *, only: Sequence[str], without: Sequence[str]) -> tuple[OldName, ...]:
    from reconciler.observe.old_names import old_names

    return tuple(
        name
        for name in old_names(state)
        if (not only or any(covers(scope, name.address) for scope in only))
        and not any(covers(scope, name.address) for scope in without)
    )


def _look(paths: Iterable[Path], names: Iterable[OldName], state: State, state_directory: Path) -> _Found:
    from reconciler.observe.files import Scope, TextFile, text_files
    from reconciler.observe.old_names import current_names
    from reconciler.observe.usages import prepare

    search = prepare(names, current_names(state))
    hits: list[tuple[str, Hit]] = []
    skipped: list[Skipped] = []
    read = 0
    for file in text_files(paths, Scope(Path.cwd(), frozenset({state_directory}))):
        if isinstance(file, TextFile):
            read += 1
            hits += _in_file(file.path, file.text, search)
        else:
            skipped.append(file)
    return _Found(tuple(hits), read, tuple(skipped))


def _in_file(path: str, text: str, search: Search | None) -> Iterator[tuple[str, Hit]]:
    from reconciler.observe.quoting import syntax_of
    from reconciler.observe.usages import find

    if search is not None:
        for hit in find(text, search, syntax_of(path)):
            yield path, hit


def _lines(found: _Found) -> Iterator[str]:
    """One line a place, as compilers write them, then how many there are."""
    for path, hit in found.hits:
        place = f"{visible(path)}:{hit.line}:{hit.column}"
        yield f"{place}: old name {_shown(hit.old)} {'; or '.join(_meanings(hit.names))}"
    read = f"{count(found.read, 'file')} read"
    if not found.hits:
        yield f"No old names; {read}."
        return
    files = len({path for path, _ in found.hits})
    yield f"{count(len(found.hits), 'old name')} in {count(files, 'file')}; {read}."


def _meanings(names: Iterable[OldName]) -> Iterator[str]:
    """Each kind and new name once, with all addresses that say so."""
    groups: dict[tuple[str, str | None], list[OldName]] = {}
    for name in names:
        groups.setdefault((name.kind, name.new), []).append(name)
    for (kind, new), members in groups.items():
        said = f"({kind}) → {'dropped' if new is None else _shown(new)}  [{_listed(n.address for n in members)}]"
        also = sorted({address for name in members for address in name.also})
        yield f"{said}, also a current name: {_listed(also)}" if also else said


def _shown(name: str) -> str:
    return f"'{visible(name)}'"


def _listed(addresses: Iterable[str]) -> str:
    return ", ".join(visible(address) for address in addresses)


def _document(found: _Found) -> dict[str, Any]:
    """JSON data; bytes of a path that are no UTF-8 are written as escapes."""
    return {
        "format_version": _FORMAT_VERSION,
        "usages": [
            {
                "path": _plain(path),
                "line": hit.line,
                "column": hit.column,
                "old": hit.old,
                "names": [
                    {"kind": name.kind, "new": name.new, "address": name.address, "also_current": list(name.also)}
                    for name in hit.names
                ],
            }
            for path, hit in found.hits
        ],
        "not_read": [{"path": _plain(skipped.path), "why": skipped.why} for skipped in found.skipped],
        "summary": {"usages": len(found.hits), "files": len({path for path, _ in found.hits}), "read": found.read},
    }


def _plain(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
