"""Zip archives, distrusted: names are checked, sizes are counted while unpacking, errors become one error."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from reconciler.twin.export.errors import ExportError

AGAIN = 'Export the workspace again ("Markdown & CSV") and load that.'
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_SAYS_UTF8 = 0x800
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    IndexError,
)
"""Everything that zipfile was seen to raise on damaged archives (tests/twin_export fuzzes it)."""


def open_zip(file: IO[bytes], where: str) -> zipfile.ZipFile:
    """The archive in ``file``; raises `ExportError` when it is none."""
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise ExportError(f"it is not a zip archive, or a damaged one ({error})", where, AGAIN) from error


def entries(opened: zipfile.ZipFile, where: str) -> list[zipfile.ZipInfo]:
    """The archive's entries by name; raises `ExportError` when one is encrypted."""
    infos = sorted(opened.infolist(), key=lambda info: info.filename)
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise ExportError("the archive is encrypted", where, "Unpack it with its password and load the folder.")
    return infos


def safe_name(info: zipfile.ZipInfo, where: str) -> str:
    """The entry's path; raises `ExportError` for links and for paths that lead outside."""
    name = _decoded(info).replace("\\", "/")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ExportError(f"{name!r} is a symbolic link", where, "Do not trust this archive: an export has none.")
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise ExportError(f"the path {name!r} leads outside", where, "Do not trust this archive: an export has none.")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _decoded(info: zipfile.ZipInfo) -> str:
    """The entry's name: UTF-8 also where the archive forgot to say so, which zipfile reads as code page 437."""
    if info.flag_bits & _SAYS_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def refuse_dense(info: zipfile.ZipInfo, where: str, *, ratio: int, size: int) -> None:
    """Raises `ExportError` for an entry of more than ``size`` bytes that unpacks to over ``ratio`` times its size."""
    if info.file_size > size and info.file_size > ratio * max(info.compress_size, 1):
        raise ExportError(
            f"it unpacks to {info.file_size} bytes from {info.compress_size}, like an archive made to exhaust memory",
            where,
            "Do not trust this archive.",
        )


def read_entry(opened: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, limit: int) -> bytes:
    """The entry's bytes; raises `ExportError` over ``limit`` bytes (what is unpacked counts, not what is declared)."""
    with spooled(opened, info, where, limit) as file:
        return file.read()


@contextmanager
def spooled(opened: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, limit: int) -> Iterator[IO[bytes]]:
    """The entry unpacked into a temporary file, at its start; raises `ExportError` over ``limit`` bytes."""
    with tempfile.SpooledTemporaryFile(max_size=64 * _CHUNK) as file:
        _unpack(opened, info, where, limit, file)
        file.seek(0)
        yield file


def _unpack(opened: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, limit: int, into: IO[bytes]) -> None:
    size = 0
    try:
        with opened.open(info) as entry:
            while chunk := entry.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise ExportError(f"it unpacks to more than {limit} bytes", where, "Load a smaller export.")
                into.write(chunk)
    except _DAMAGE as error:
        raise ExportError(f"it cannot be unpacked ({error})", where, AGAIN) from error
