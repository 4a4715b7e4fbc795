"""``wtstate accept``: what people changed, taken into the state files; the workspace stays as it is."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import exits, options, screen
from reconciler.cli.part import named
from reconciler.cli.session import Aim, opened, run
from reconciler.model.finding import Finding, WtstateError
from reconciler.render.escape import visible

if TYPE_CHECKING:
    from reconciler.desired.reading import Source
    from reconciler.desired.state import State
    from reconciler.observe.accept.acceptance import Acceptance


def accept(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS", help="What to take over, as drift says it.")],
    state: options.StateDirectory = Path("state"),
    directory: options.Directory = Path(),
    environment: options.Environment = None,
    target: options.Target = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the difference; write no file.")] = False,
) -> int:
    """Take what people changed into the state files.

    Writes what is live at the addresses into the files, comments and layout as they are, and nothing else; a plan then
    has nothing to do there. The workspace stays as it is.

    Example: wtstate accept wt-phase-tracker.status --dry-run
    """
    taken = run(_taken(Aim(directory, state, target, environment), tuple(dict.fromkeys(addresses))))
    for path, (old, new) in taken.files.items():
        for line in _difference(path, old, new):
            typer.echo(visible(line))
    if dry_run:
        screen.aside("nothing was written: this is a dry run", event="note")
        return exits.OK
    for path, (_, new) in taken.files.items():
        _write(path, new)
        screen.aside(f"wrote {path}", event="note")
    for address in taken.noted:
        screen.aside(f"{address} is done; it says the same in new words, which plans note", event="note")
    screen.aside("next: wtstate plan has nothing to do there", event="next")
    return exits.OK


@dataclass(frozen=True)
class Taken:
    """What is to be written: (old text, new text) by path, and the rules that are done and are said anew."""

    files: Mapping[Path, tuple[str, str]]
    noted: tuple[str, ...]


async def _taken(aim: Aim, asked: tuple[str, ...]) -> Taken:
    """The files as they will be, tried, and compared with the workspace once more. Raises `WtstateError`."""
    from reconciler import api
    from reconciler.desired.editing.files import together
    from reconciler.desired.reading import read
    from reconciler.observe.accept.acceptance import accept as taken_from
    from reconciler.observe.accept.acceptance import leftovers

    named(asked, aim.read())
    folder = options.state_path(aim.directory, aim.state)
    sources, wrong = read(folder, Path.cwd())
    if wrong:
        raise WtstateError(wrong)
    async with opened(aim, read_only=True) as session:
        before = await session.compared()
    acceptance = taken_from(together(sources), asked, before)
    files = _texts(sources, acceptance)
    state = _tried(folder, files, environment=aim.environment or "")
    async with api.connect(aim.chosen(state), state, read_only=True, reporter=screen.progress()) as session:
        after = await session.compared()
    left = leftovers(acceptance, before, after)
    if left:
        raise WtstateError([_still(sentence) for sentence in left])
    noted = {f.address for f in after.evidence.plan.notes if f.code == "rule-changed"}
    noted -= {f.address for f in before.evidence.plan.notes if f.code == "rule-changed"}
    return Taken(files, tuple(sorted(noted)))


def _texts(sources: Sequence[Source], acceptance: Acceptance) -> dict[Path, tuple[str, str]]:
    """(old text, new text) of each file that changes."""
    from reconciler.desired.editing.files import rewritten

    try:
        changed = rewritten(sources, acceptance.tables, acceptance.renames)
    except ValueError as error:
        raise WtstateError(
            Finding(
                code="cannot-accept",
                what=f"the files are written in a way that this cannot change: {error}",
                next="change it by hand: wtstate drift says what is live",
            )
        ) from error
    return {Path(one.file): (one.text.decode("utf-8"), changed[one.file]) for one in sources if one.file in changed}


def _tried(folder: Path, files: Mapping[Path, tuple[str, str]], *, environment: str) -> State:
    """The state with the new texts. Raises `WtstateError` with what speaks against them."""
    from reconciler.cli.tried import tried

    try:
        return tried(folder, {path: new for path, (_, new) in files.items()}, environment=environment)
    except WtstateError as error:
        raise WtstateError([_invalid(finding) for finding in error.findings]) from error


def _invalid(finding: Finding) -> Finding:
    return Finding(
        code="cannot-accept",
        address=finding.address,
        what=f"the files would not be valid any more: {finding.what}",
        next=f"nothing was written; first {finding.next}" if finding.next else "nothing was written",
        where=finding.where,
    )


def _still(sentence: str) -> Finding:
    return Finding(
        code="cannot-accept",
        what=f"with it in the files {sentence}",
        why="once it is accepted, a plan must have nothing to do there",
        next="nothing was written; accept more of what wtstate drift tells, or change the files by hand",
    )


def _difference(path: Path, old: str, new: str) -> Iterator[str]:
    """What changes in a file, as a patch."""
    name = path.as_posix()
    lines = unified_diff(old.splitlines(), new.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return (line.rstrip() if line.strip() else line for line in lines)


def _write(path: Path, text: str) -> None:
    """The file as it will be, whole or not at all; it keeps its mode, and a link stays a link."""
    from reconciler.cli.files import write_whole

    there = path.resolve()
    mode, begins = there.stat().st_mode, there.read_bytes()[:3]
    write_whole(there, ("\ufeff" if begins == BOM_UTF8 else "") + text)
    there.chmod(mode)
