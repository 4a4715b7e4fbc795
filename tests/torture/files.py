"""Files that are not what they should be: cut off, flipped, swapped, huge, empty, of another encoding, deep, of wrong
types. Each ends in one clear error: no traceback, an exit code of cli/exits.py, nothing written."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reconciler.cli import exits
from reconciler.twin import TwinError, TwinStoreError, dump, open_twin
from tests.cli.running import Ran, environment, wtstate
from tests.live import Live
from tests.torture import killed
from tests.torture.tally import Tally
from tests.torture.workspaces import SHARED, SMALL

TWIN = Path(".wtstate") / "twin.sqlite"
SUITE = SHARED / "toml-test"
ALLOWED = {exits.OK, exits.ERROR, exits.CHANGES, exits.USAGE}
Mutation = Callable[[bytes, random.Random], bytes]


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 8, 100))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _swapped(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _doubled(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join([*lines, *lines[chance.randrange(len(lines)) :]])


def _utf16(content: bytes, _: random.Random) -> bytes:
    return content.decode("latin-1").encode("utf-16")


def _deep(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + b"[" * 100_000 + b"]" * 100_000 + content[at:]


def _huge(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + b"9" * 5_000_000 + content[at:]


def _typed(content: bytes, chance: random.Random) -> bytes:
    """One value of JSON replaced by another of another type; of JSON lines, in one line."""
    lines = content.split(b"\n")
    if len(lines) > 3 and not content.startswith(b"{\n"):
        at = chance.randrange(len(lines))
        lines[at] = _retyped(lines[at], chance)
        return b"\n".join(lines)
    return _retyped(content, chance)


def _retyped(content: bytes, chance: random.Random) -> bytes:
    try:
        words = json.loads(content)
    except ValueError:
        return content[::-1]
    places = list(_places(words))
    if not places:
        return b"null"
    holder, key = chance.choice(places)
    holder[key] = chance.choice([None, True, -1, 1e308, "", "x", [], {}, [[]], {"a": None}, "\u202e\x1b[31m", 2**70])
    return json.dumps(words).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, item in inside:
        yield value, key
        yield from _places(item)


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _cut, _swapped, _doubled, _utf16, _deep, _huge, _typed, lambda _, __: b"", lambda _, __: b"\0" * 4096,
    lambda _, __: b"\xff\xfe\xfd", lambda _, __: b"null", lambda _, __: b"[]",
)  # fmt: skip


def forked(*arguments: str, cwd: Path) -> Ran:
    """``wtstate ARGUMENTS`` in a process forked from this one, which has imported everything: fast, and as real."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _be_the_command(arguments, cwd, out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        said = [stream.read().decode("utf-8", "replace") for stream in (out, err)]
    return Ran(os.waitstatus_to_exitcode(status), *said)


def _be_the_command(arguments: tuple[str, ...], cwd: Path, out: int, err: int) -> None:
    """Never returns."""
    code = 99
    try:
        signal.alarm(120)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin = open(os.devnull)  # noqa: SIM115
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["wtstate", *arguments]
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment())
        from reconciler.cli.main import main

        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException as error:  # what a process does with it: its hook says it
            sys.excepthook(type(error), error, error.__traceback__)
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def home(directory: Path) -> Path:
    """A directory with a state, a twin that holds what it is about, a plan, a backup, and the files of a killed run."""
    (directory / "state").mkdir(parents=True)
    (directory / "state" / "state.toml").write_text(SMALL, encoding="utf-8")
    (directory / TWIN).parent.mkdir(mode=0o700)
    columns = {"Name": "title", "n": "rich_text", "s": "rich_text", "gone": "rich_text"}
    rows = [{"Name": f"r{n}", "n": str(n), "s": "Done", "gone": "x"} for n in range(3)]
    with open_twin(directory / TWIN) as twin:
        Live(twin).load({"databases": {"Tasks": {"properties": columns, "rows": rows}}})
    for command in (("plan", "--out", "plan.json"), ("backup", "all.backup")):
        wtstate(*command, cwd=directory)
    return directory


def remains(directory: Path) -> Path:
    """The same after a run that was killed in the middle: with its journal, if this version keeps one."""
    copy = Path(shutil.copytree(directory, directory.with_name(f"{directory.name}-killed")))
    killed.kill(copy, 22, "after")
    return copy


def attack(directory: Path, *, mutants: int, toml: bool = True) -> Tally:
    """So many mutated files, evenly of each kind, and the public TOML suite where it is at hand."""
    tally = Tally("bad files")
    whole = home(directory / "home")
    cut = remains(whole)
    kinds: list[tuple[str, Path, Path, tuple[str, ...]]] = [
        ("plan", whole, Path("plan.json"), ("apply", "plan.json", "--yes")),
        ("twin's store", whole, TWIN, ("plan",)),
    ]
    if (whole / "all.backup").is_file():
        kinds.append(("snapshot", whole, Path("all.backup"), ("twin", "load", "all.backup", "--data", "other.sqlite")))
    left = sorted(p.relative_to(cut) for p in (cut / ".wtstate").rglob("*") if p.is_file() and "sqlite" not in p.name)
    kinds += [(f"journal ({path.name})", cut, path, ("apply", "--yes")) for path in left if (cut / path).stat().st_size]
    for number in range(mutants):
        kind, base, path, command = kinds[number % len(kinds)]
        _one(kind, base, path, command, number, directory / "scratch", tally)
    for name, *_ in kinds:
        tally.figures[f"kind {name}"] += 0
    if toml:
        _suite(directory / "toml", tally)
    return tally


def _one(kind: str, base: Path, path: Path, command: tuple[str, ...], number: int, scratch: Path, tally: Tally) -> None:
    chance = random.Random(number)
    mutation = MUTATIONS[(number // 4) % len(MUTATIONS)] if number % 3 else chance.choice(MUTATIONS)
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(base, scratch)
    original = (scratch / path).read_bytes()
    changed = mutation(original, chance)
    (scratch / path).write_bytes(changed)
    before = _content(scratch)
    ran = forked(*command, cwd=scratch)
    tally.tried += 1
    tally.figures[f"{kind}: exit {ran.code}"] += 1
    where = f"{kind}, mutant {number}: {' '.join(command)}: exit {ran.code}: {ran.err[-300:]!r}"
    if ran.code not in ALLOWED or "Traceback" in ran.out + ran.err or "internal error" in ran.err:
        tally.fail(where)
    elif ran.code == exits.ERROR and "error[" not in ran.err:
        tally.fail(f"no code: {where}")
    elif ran.code not in (exits.OK, exits.CHANGES) and kind != "twin's store" and _content(scratch) != before:
        tally.fail(f"it wrote: {where}")
    elif ran.code == exits.OK and kind == "plan" and _said(changed) != _said(original):
        tally.fail(f"a changed plan was accepted: {where}")


def _said(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def _content(directory: Path) -> Counter[str]:
    """Every file with its bytes, twins by what is in them."""
    found: Counter[str] = Counter()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        if path.name == "lock":
            continue  # says who holds it, whatever comes of the run
        if "sqlite" not in path.name:
            found[f"{path.relative_to(directory)} {path.read_bytes()!r}"] += 1
        elif path.suffix == ".sqlite":
            try:
                with open_twin(path) as twin:
                    whole = dump(twin)
                    if whole["databases"]:  # a twin that was opened and left empty holds nothing
                        found[json.dumps(whole, sort_keys=True)] += 1
            except (TwinStoreError, TwinError):
                found["a damaged twin"] += 1
    return found


def _suite(directory: Path, tally: Tally) -> None:
    """The public suite: what is no TOML is refused in one error with its place, what is one parses."""
    from reconciler.desired.reading import Source, parse_text

    archives = sorted(SUITE.glob("*.tar.gz")) if SUITE.is_dir() else []
    (directory / "state").mkdir(parents=True)
    file = directory / "state" / "case.toml"
    for archive in archives:
        with tarfile.open(archive) as opened:
            for member in opened:
                taken = opened.extractfile(member) if member.name.endswith(".toml") else None
                if taken is None:
                    continue
                content = taken.read()
                tally.tried += 1
                if member.name.removeprefix("./").startswith("valid/"):
                    tally.figures["TOML suite: valid"] += 1
                    if not isinstance(parse_text(content, member.name), Source):
                        tally.fail(f"{member.name} does not parse")
                    continue
                tally.figures["TOML suite: invalid"] += 1
                file.write_bytes(content)
                ran = forked("validate", cwd=directory)
                if ran.code != exits.ERROR or ran.err.count("error[") != 1 or "Traceback" in ran.out + ran.err:
                    tally.fail(f"{member.name}: exit {ran.code}: {ran.err[-300:]!r}")
    if not archives:
        tally.notes.append("the public TOML suite is not at hand: skipped")
