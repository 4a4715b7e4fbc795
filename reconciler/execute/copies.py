"""Files that Notion hosts are copied into an archive entry: downloaded, uploaded, shown on its page, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.execute import looks
from reconciler.execute.ground import Ground, Refused
from reconciler.execute.uploads import upload
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import Copy, KeptFile, Place, copies, with_copies
from reconciler.model.finding import Finding
from reconciler.model.limits import ARRAY_ITEMS
from reconciler.notion import files, read
from reconciler.notion.files import Fetched
from reconciler.survey.further import addresses_of

_MANY_BYTES = 5 * 1024 * 1024 * 1024
"""More than any workspace takes: where no limit is known, Notion itself refuses."""


async def uploaded(entry: Entry, ground: Ground) -> tuple[Entry, list[dict[str, Any]]]:
    """The entry with the sizes and hashes of its files, and the blocks that show them; each file is uploaded.

    `Refused` when a file is not given any more, or has grown too large since the plan was made.
    """
    wanted = copies(entry)
    urls = await addresses_of(ground.client, [copy.place for copy in wanted])
    made: list[Copy] = []
    blocks: list[dict[str, Any]] = []
    for copy in wanted:
        url = urls.get(copy.place)
        if url is None:
            raise Refused(_not_copied(entry, copy))
        async with files.fetched(ground.client, url, most=_MANY_BYTES) as found:
            if found is None:
                raise Refused(_not_copied(entry, copy))
            if not ground.empty_files:
                _hold_size(entry, copy, found)
            made.append(replace(copy, size=found.size, sha256=found.sha256))
            blocks.append(files.file_block(await upload(ground, found, copy.name, serves=[entry.address]), copy.name))
    return with_copies(entry, made), blocks


def _hold_size(entry: Entry, copy: Copy, found: Fetched) -> None:
    """A file that is another one than the plan looked at takes other requests, and is not what was shown."""
    if files.upload_requests(found.size) != files.upload_requests(copy.size):
        raise Refused(_not_copied(entry, copy))


async def attached(page: str, blocks: Sequence[dict[str, Any]], ground: Ground) -> None:
    """Shows the uploaded files at the end of the entry's page."""
    for start in range(0, len(blocks), ARRAY_ITEMS):
        some = blocks[start : start + ARRAY_ITEMS]
        look = looks.appended(page, some)
        await ground.send("PATCH", f"blocks/{page}/children", body={"children": some}, look=look)


async def hold_the_same(entry: Entry, blocks: Sequence[Mapping[str, Any]], ground: Ground) -> bool:
    """Whether the page's file blocks hold the copies that the entry tells of, byte for byte, in its order."""
    shown = [files.url_of_block(block) for block in blocks if block.get("type") == "file"]
    told = copies(entry)
    if len(shown) != len(told):
        return False
    for url, copy in zip(shown, told, strict=True):
        if not url:
            return False
        async with files.fetched(ground.client, url, most=copy.size) as found:
            if found is None or (found.size, found.sha256) != (copy.size, copy.sha256):
                return False
    return True


async def put_back(kept: KeptFile, ground: Ground, *, serves: Sequence[str]) -> str:
    """Uploads what the archive keeps of a file; the id under which it can be attached, within the hour.

    `Refused` where the copy is gone from the entry's page, or is not what was put there. `kinds.file_requests`.
    """
    shown = Place("", block=kept.block)
    url = (await addresses_of(ground.client, [shown])).get(shown)
    if url is None:
        raise Refused(_damaged(kept, serves))
    async with files.fetched(ground.client, url, most=kept.size) as found:
        if found is None or (found.sha256 != kept.sha256 and not ground.empty_files):
            raise Refused(_damaged(kept, serves))
        return await upload(ground, found, kept.name, serves=serves)


def _damaged(kept: KeptFile, serves: Sequence[str]) -> Finding:
    return Finding(
        code="archive-entry-damaged",
        address=serves[0] if serves else "",
        what=f"the archive's copy of the file {kept.name!r} is not what was put there, or is gone",
        why="only what its digest vouches for is taken back",
        next="undo the edit of the entry in Notion (the page's version history), then run again",
    )


async def page_blocks(page: str, ground: Ground) -> list[dict[str, Any]]:
    """Every block of an entry's page."""
    return await read.block_children(ground.client, page)


def _not_copied(entry: Entry, copy: Copy) -> Finding:
    return Finding(
        code="file-not-copied",
        address=entry.address,
        what="a file that Notion hosts could not be copied into the archive as planned",
        why=f"it was changed or taken away since the plan was made: {copy.name}",
        next="plan again; nothing was removed or overwritten",
    )
