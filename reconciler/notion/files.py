"""Files that Notion hosts: looked up, downloaded without the token, shown again. Memory stays flat.

A hosted file has an address for an hour; whoever has it may read the file, so the token is never sent there.
"""

from __future__ import annotations

import hashlib
import mimetypes
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from reconciler.model.limits import FILE_BLOCKS
from reconciler.model.properties import common
from reconciler.notion.client import Client

SINGLE_PART = 20_000_000
"""Bytes that one request may carry (https://developers.notion.com/guides/data-apis/uploading-small-files)."""
PART = 10 * 1024 * 1024
"""Bytes of each part but the last, of a larger file; 5 to 20 MB are allowed."""
_TYPES = mimetypes.MimeTypes()
_NO_TYPE = "application/octet-stream"
_NAME_UNITS = 200


@dataclass(frozen=True)
class Fetched:
    """A downloaded file: open at its start, its size in bytes, its SHA-256 in hex."""

    file: IO[bytes]
    size: int
    sha256: str


def upload_requests(size: int) -> int:
    """How many requests it takes to upload a file of that size."""
    return 2 if size <= SINGLE_PART else 2 + -(-size // PART)


def urls_of_page(page: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """The signed urls in a page answer, by decoded property id and place in the value."""
    found: dict[tuple[str, int], str] = {}
    for entry in common.fields(page.get("properties")).values():
        body = common.fields(entry)
        for index, file in enumerate(common.entries(body.get("files"))):
            url = common.fields(file.get("file")).get("url")
            if isinstance(url, str):
                found[(common.decoded(str(body.get("id") or "")), index)] = url
    return found


def url_of_block(block: Mapping[str, Any]) -> str:
    """The signed url in a block answer, "" where the block holds no file that Notion hosts."""
    kind = str(block.get("type"))
    held = common.fields(block.get(kind)) if kind in FILE_BLOCKS else {}
    return str(common.fields(held.get("file")).get("url") or "")


async def size_of(client: Client, url: str) -> int | None:
    """The size of a file in bytes, as the service says it before any of it is read; None where it does not."""
    async with client.download(url) as answer:
        said = answer.headers.get("content-length", "")
        return int(said) if answer.status_code == 200 and said.isdigit() else None


@asynccontextmanager
async def fetched(client: Client, url: str, *, most: int) -> AsyncIterator[Fetched | None]:
    """The file, for the length of a block; None where it is not given, or has more than ``most`` bytes."""
    with tempfile.TemporaryFile() as file:
        digest, size = hashlib.sha256(), 0
        async with client.download(url) as answer:
            given = answer.status_code == 200
            async for chunk in answer.aiter_bytes():
                size += len(chunk)
                if not given or size > most:
                    break
                digest.update(chunk)
                file.write(chunk)
        if not given or size > most:
            yield None
            return
        file.seek(0)
        yield Fetched(file=file, size=size, sha256=digest.hexdigest())


def type_of(name: str) -> str:
    """The content type that a file of that name is uploaded as."""
    return _TYPES.guess_type(f"file{PurePosixPath(name).suffix}")[0] or _NO_TYPE


def shown_name(name: str) -> str:
    """The name under which it is uploaded and shown; its end where it is too long."""
    return name[-_NAME_UNITS:]


def file_block(upload_id: str, name: str) -> dict[str, Any]:
    """A block that shows an uploaded file."""
    shown = {"type": "file_upload", "file_upload": {"id": upload_id}, "name": shown_name(name)}
    return {"object": "block", "type": "file", "file": shown}
