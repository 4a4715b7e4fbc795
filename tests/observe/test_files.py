"""Which files are read, and how: git's own rules, checked against git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.finding import WtstateError
from reconciler.observe import files
from reconciler.observe.files import Scope, Skipped, TextFile, text_files
from reconciler.observe.ignoring import parse


def plant(directory: Path, **contents: str) -> None:
    for name, text in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def seen(*paths: Path, base: Path, without: Path | None = None) -> list[str]:
    scope = Scope(base.resolve(), frozenset({without.resolve()} if without else ()))
    return [file.path for file in text_files(paths, scope)]


def test_files_come_once_and_in_order(tmp_path: Path) -> None:
    plant(tmp_path, **{"b/x": "", "a": "", "b.txt": "", "b/a": ""})
    assert seen(tmp_path / "b", tmp_path, tmp_path / "a", base=tmp_path) == ["a", "b.txt", "b/a", "b/x"]


def test_nested_rules_and_what_they_take_back(tmp_path: Path) -> None:
    plant(
        tmp_path,
        **{
            ".gitignore": "*.log\nbuild/\n/only-here\n",
            "a.log": "",
            "build/x": "",
            "only-here": "",
            "sub/.gitignore": "!keep.log\nmore\r\n",
            "sub/keep.log": "",
            "sub/other.log": "",
            "sub/more": "",
            "sub/only-here": "",
            "sub/build": "",
        },
    )
    assert seen(tmp_path, base=tmp_path) == [
        ".gitignore",
        "sub/.gitignore",
        "sub/build",
        "sub/keep.log",
        "sub/only-here",
    ]


def test_rules_above_a_path_count_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    plant(tmp_path, **{".gitignore": "*", "repo/.gitignore": "*.log\n", "repo/src/a.log": "", "repo/src/a.py": ""})
    (tmp_path / "repo/.git").mkdir()
    assert seen(tmp_path / "repo/src", base=tmp_path) == ["repo/src/a.py"]


def test_a_path_that_is_named_is_read_even_when_it_is_ignored(tmp_path: Path) -> None:
    plant(tmp_path, **{".gitignore": "out/\n*.log\n", "out/x/a.js": "", "a.log": ""})
    (tmp_path / ".git").mkdir()
    assert seen(tmp_path / "out", base=tmp_path) == ["out/x/a.js"]
    assert seen(tmp_path / "out/x", base=tmp_path) == ["out/x/a.js"]
    assert seen(tmp_path / "a.log", base=tmp_path) == ["a.log"]


def test_what_is_never_read(tmp_path: Path) -> None:
    plant(tmp_path, **{".git/config": "", ".wtstate/notes": "", "state/a.toml": "", "src/a": "", ".github/ci.yml": ""})
    (tmp_path / "binary").write_bytes(b"text\0")
    (tmp_path / "src/loop").symlink_to(tmp_path)
    (tmp_path / "src/link").symlink_to(tmp_path / "src/a")
    os.mkfifo(tmp_path / "pipe")
    assert seen(tmp_path, base=tmp_path, without=tmp_path / "state") == [".github/ci.yml", "src/a"]
    assert seen(tmp_path / "state", base=tmp_path, without=tmp_path / "state") == []


def test_paths_are_relative_to_the_base_also_outside_of_it(tmp_path: Path) -> None:
    plant(tmp_path, **{"work/a": "", "other/b": ""})
    assert seen(tmp_path, base=tmp_path / "work") == ["../other/b", "a"]


def test_large_text_is_said_to_be_skipped_and_large_binaries_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1024 * 1024)
    (tmp_path / "large.txt").write_bytes(b"x" * (1024 * 1024 + 1))
    (tmp_path / "large.bin").write_bytes(b"\0" * (1024 * 1024 + 1))
    (tmp_path / "fits.txt").write_bytes(b"x" * (1024 * 1024))
    found = list(text_files([tmp_path], Scope(tmp_path)))
    assert [file.path for file in found] == ["fits.txt", "large.txt"]
    assert found[1] == Skipped("large.txt", "larger than 1 MB", failed=False)


def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, a="", b="")
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    first, second = text_files([tmp_path], Scope(tmp_path))
    assert first == Skipped("a", "cannot be read: Permission denied", failed=True)
    assert second == TextFile("b", "")


def test_rules_that_cannot_be_read_stop_their_directory_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, **{"sub/.gitignore": "", "sub/a": "", "z": ""})
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == ".gitignore":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    first, second = text_files([tmp_path], Scope(tmp_path))
    assert first == Skipped("sub/.gitignore", "cannot be read: Permission denied", failed=True)
    assert second == TextFile("z", "")


def test_a_path_that_is_not_there_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(WtstateError, match="nowhere is not there"):
        next(text_files([tmp_path, tmp_path / "nowhere"], Scope(tmp_path)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_mark_is_decoded(encoding: str) -> None:
    assert files.decode("'Größe' 🧭".encode(encoding)) == "'Größe' 🧭"


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_the_mark_says_the_byte_order(encoding: str) -> None:
    assert files.decode("\ufeffDone".encode(encoding)) == "Done"


def test_bytes_that_are_no_text_keep_their_columns() -> None:
    assert files.decode(b"\xff\xfa 'Done'") == "\udcff\udcfa 'Done'"


def test_a_late_nul_is_text() -> None:
    assert files.decode(b"x" * 8192 + b"\0") is not None
    assert files.decode(b"x" * 8191 + b"\0") is None


PIECES = ["a", "b", "ab", "c.py", "*", "a*", "*.py", "**", "?", "[ab]", "[!a]", "\\a", "a\\ b"]
LINES = st.builds(
    lambda negated, root, pieces, end: f"{negated}{root}{'/'.join(pieces)}{end}",
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
    st.sampled_from(["", "", "/", "/**", " ", "\r"]),
)
TREE = ["a/a/c.py", "a/b", "a/ab/x", "b/a/b", "b/a/c.py", "b/ab", "ab", "c.py", "x/a b/ab", "x/a/a/a"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=st.lists(LINES, max_size=4), nested=st.lists(LINES, max_size=3))
def test_git_sees_the_same_files(root: list[str], nested: list[str], tmp_path: Path) -> None:
    plant(tmp_path, **dict.fromkeys(TREE, ""))
    for place, lines in ((".gitignore", root), ("b/.gitignore", nested)):
        (tmp_path / place).write_bytes("\n".join([*lines, ""]).encode())
    if not (tmp_path / ".git").exists():
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    command = ["git", "-C", str(tmp_path), "-c", "core.excludesFile=", "ls-files", "-z", "-o", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert seen(tmp_path, base=tmp_path) == sorted(name for name in listed.split("\0") if name)


@pytest.mark.parametrize("line", ["", "#a", "/", "!", "!/", "a\\", "  "])
def test_lines_that_match_nothing(line: str) -> None:
    assert parse(line).verdict("a", directory=False) is None


def test_marks_that_begin_a_line_can_be_escaped() -> None:
    assert parse("\\#a").verdict("#a", directory=False) is True
    assert parse("\\!a").verdict("!a", directory=False) is True
    assert parse("!!a").verdict("!a", directory=False) is False
