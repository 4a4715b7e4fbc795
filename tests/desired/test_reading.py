"""Files that are missing, unreadable or odd: one clear finding each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import codes, load
from reconciler.desired.reading import Source, parse_text
from reconciler.model.finding import Finding, Location, WtstateError

MINIMAL = '[databases.a.fields]\nName = "title"\n'


def findings(directory: Path, base: Path) -> tuple[Finding, ...]:
    with pytest.raises(WtstateError) as caught:
        load(directory, env={}, base=base)
    return caught.value.findings


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path / "state", tmp_path)
    assert finding.code == codes.STATE_MISSING
    assert finding.what == "the state directory state is not there"


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("x")
    (finding,) = findings(tmp_path / "state", tmp_path)
    assert finding.code == codes.STATE_MISSING
    assert "is no directory" in finding.what


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_still_checked(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "other.toml").write_text('[databases.a.fields]\nName = "titel"\n')
    unreadable, other = findings(tmp_path, tmp_path)
    assert (unreadable.code, unreadable.where) == (codes.FILE_UNREADABLE, Location("broken.toml", 1, 1))
    assert other.code == codes.UNKNOWN_TYPE


def test_a_file_that_is_no_toml_hides_no_mistake_elsewhere_and_invents_none(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("databases = [")
    (tmp_path / "b.toml").write_text('[databases.b.fields]\nlink = { type = "relation", to = "a" }\nx = "titel"\n')
    assert [finding.code for finding in findings(tmp_path, tmp_path)] == [codes.NOT_TOML, codes.UNKNOWN_TYPE]


def test_files_lie_at_any_depth_and_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "b.toml").write_text("[databases.first]\n")
    (tmp_path / "z.toml").write_text("[databases.second]\n")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "notes.md").write_text("no TOML")
    state = load(tmp_path, env={}, base=tmp_path)
    assert [(key, database.where.file) for key, database in state.databases.items()] == [
        ("first", "z/b.toml"),
        ("second", "z.toml"),
    ]


def test_hidden_files_are_left_out_and_links_are_followed_once(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "b.toml").write_text("[databases.b]\n")
    (state / "a.toml").write_text("[databases.a]\n")
    (state / ".#a.toml").symlink_to("me@host.1234")
    (state / "link").symlink_to(tmp_path / "shared")
    (state / "loop").symlink_to(state)
    assert set(load(state, env={}, base=tmp_path).databases) == {"a", "b"}


def test_a_folder_that_cannot_be_listed_is_named_not_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.toml").write_text(MINIMAL)
    (tmp_path / "inner").mkdir()
    listed = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith("inner"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (finding,) = findings(tmp_path, tmp_path)
    assert (finding.code, finding.what) == (codes.FILE_UNREADABLE, "inner cannot be read: Permission denied")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    state = load(tmp_path, env={}, base=tmp_path)
    assert state.databases["a"].where == Location("a.toml", 1, 12)


def test_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(MINIMAL.replace("\n", "\r\n").encode())
    assert load(tmp_path, env={}, base=tmp_path).databases["a"].fields["Name"].where == Location("a.toml", 2, 1)


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "1" * 5000, "x = " + "{a=" * 5000], ids=len)
def test_what_would_break_the_parser_is_one_finding(text: str) -> None:
    found = parse_text(text.encode(), "a.toml")
    assert isinstance(found, Finding)
    assert found.code == codes.NOT_TOML


def test_the_place_of_a_mistake_at_the_end_is_the_end() -> None:
    found = parse_text(b'[a]\nname = "x', "a.toml")
    assert isinstance(found, Finding)
    assert found.where == Location("a.toml", 2, 10)


def test_what_lies_outside_the_base_is_named_in_full(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "a.toml").write_text(MINIMAL)
    state = load(tmp_path, env={}, base=inside)
    assert state.databases["a"].where.file == (tmp_path / "a.toml").as_posix()


def test_text_that_is_toml_is_a_source() -> None:
    found = parse_text(MINIMAL.encode(), "a.toml")
    assert isinstance(found, Source)
    assert found.data == {"databases": {"a": {"fields": {"Name": "title"}}}}
