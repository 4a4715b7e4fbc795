"""Folders and archives: what is opened, what is refused, and that nothing makes it crash."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.twin.export.errors import ExportError
from reconciler.twin.export.read import Limits, read
from tests.twin_export.exports import csv_bytes, zipped

CSV = csv_bytes([["a"], ["1"]])


def archive_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_folder_and_its_archive_hold_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "deep").mkdir(parents=True)
    entries = {"T.csv": CSV, "deep/page.md": b"# p", "deep/image.png": b"png", ".DS_Store": b"", "__MACOSX/T.csv": CSV}
    for name, data in entries.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    archive = zipped(tmp_path / "export.zip", entries)
    assert read(folder) == read(archive)
    assert list(read(folder).texts) == ["T.csv", "deep/page.md"]
    assert read(folder).attachments == {"deep/image.png": b"png"}


def test_names_in_utf_8_are_read_also_where_the_archive_does_not_say_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "e.zip", {"🤖 é.csv": CSV})
    data = bytearray(path.read_bytes())
    data[7] &= ~8
    data[data.index(b"PK\x01\x02") + 9] &= ~8
    path.write_bytes(data)
    assert list(read(path).texts) == ["🤖 é.csv"]


def test_names_that_are_no_text_do_not_stop_a_folder(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.csv")).write_bytes(CSV)
    assert list(read(tmp_path).texts) == ["\ufffd.csv"]


def test_a_single_csv_file_is_an_export(tmp_path: Path) -> None:
    (tmp_path / "T.csv").write_bytes(CSV)
    assert read(tmp_path / "T.csv").texts == {"T.csv": CSV}


def test_the_parts_of_an_export_are_opened_and_attachments_are_not(tmp_path: Path) -> None:
    entries = {
        "ExportBlock-1-Part-1.zip": archive_of({"x/T.csv": CSV}),
        "x/Export-2.zip": archive_of({"x/U.csv": CSV}),
        "x/T 123/attachment.zip": b"not even an archive",
    }
    found = read(zipped(tmp_path / "Export-1.zip", entries))
    assert list(found.texts) == ["x/T.csv", "x/U.csv"]
    assert list(found.attachments) == ["x/T 123/attachment.zip"]


def test_two_parts_with_one_path_lose_nothing(tmp_path: Path) -> None:
    entries = {"A-Part-1.zip": archive_of({"T.csv": CSV}), "A-Part-2.zip": archive_of({"T.csv": csv_bytes([["b"]])})}
    assert list(read(zipped(tmp_path / "e.zip", entries)).texts) == ["T (2).csv", "T.csv"]


@pytest.mark.parametrize("name", ["/etc/T.csv", "../T.csv", "a/../../T.csv", "C:/T.csv", "a\\..\\T.csv"])
def test_a_path_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match="leads outside"):
        read(zipped(tmp_path / "e.zip", {"T.csv": CSV, name: CSV}))


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("T.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(ExportError, match="symbolic link"):
        read(tmp_path / "e.zip")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "T.csv").symlink_to(tmp_path / "e.zip")
    with pytest.raises(ExportError, match="symbolic link"):
        read(folder)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "e.zip", {"T.csv": b"0" * 11_000_000})
    with pytest.raises(ExportError, match="like an archive made to exhaust memory"):
        read(path)


LIMITS = Limits(entries=10, file=1_000, total=2_500, depth=2, ratio=1_000)


def many() -> dict[str, bytes]:
    return {f"{n}.csv": b"" for n in range(11)}


def deep() -> dict[str, bytes]:
    return {"1.zip": archive_of({"2.zip": archive_of({"T.csv": CSV})})}


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        (many(), "more than 10 entries"),
        ({"T.csv": b"x" * 1_001}, "more than 1000 bytes"),
        ({f"{n}.csv": bytes([65 + n]) * 999 for n in range(3)}, "more than 502 bytes"),
        (deep(), "2 deep"),
    ],
)
def test_every_limit_is_kept(tmp_path: Path, entries: dict[str, bytes], what: str) -> None:
    with pytest.raises(ExportError, match=what):
        read(zipped(tmp_path / "e.zip", entries), LIMITS)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive_of({"T.csv": CSV}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(data)
    with pytest.raises(ExportError, match="encrypted"):
        read(tmp_path / "e.zip")


def missing(path: Path) -> Path:
    return path / "nothing"


def empty_folder(path: Path) -> Path:
    return path


def empty_archive(path: Path) -> Path:
    return zipped(path / "e.zip", {})


def no_archive(path: Path) -> Path:
    (path / "e.zip").write_bytes(b"PK\x03\x04 but no more")
    return path / "e.zip"


def html(path: Path) -> Path:
    return zipped(path / "e.zip", {"index.html": b"<html>"})


def unreadable(path: Path) -> Path:
    (path / "T.csv").write_bytes(CSV)
    os.mkfifo(path / "pipe")
    return path / "T.csv" / "below"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (missing, "no such file"),
        (empty_folder, "no CSV or Markdown"),
        (empty_archive, "empty"),
        (no_archive, "not a zip archive"),
        (html, "HTML export"),
        (unreadable, "no such file|cannot be read"),
    ],
)
def test_what_is_no_export_is_said_with_the_next_step(tmp_path: Path, make: Callable[[Path], Path], what: str) -> None:
    with pytest.raises(ExportError, match=what) as caught:
        read(make(tmp_path))
    assert caught.value.next
    assert caught.value.where


GOOD = archive_of({"T.csv": CSV * 20, "x/Export-1.zip": archive_of({"U.csv": CSV}), "p.md": b"# p"})


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12), st.integers(0, 40)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_a_damaged_archive_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(GOOD)
    for at, byte in damage:
        data[at] = byte
    path = tmp_path / "e.zip"
    path.write_bytes(data[: len(data) - cut])
    with contextlib.suppress(ExportError):
        assert read(path).texts


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_as_an_archive(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "e.zip").write_bytes(b"PK\x03\x04" + data)
    with pytest.raises(ExportError):
        read(tmp_path / "e.zip")
