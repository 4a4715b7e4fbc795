"""Files are uploaded like everything else is written: leased, journalled, settled.

An upload that is not attached to anything is nobody's, and Notion deletes it after an hour. So one that was cut off is
made anew, and nothing is doubled by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.execute.ground import Ground
from reconciler.execute.settle import Answer, Look, reading
from reconciler.notion.client import Client
from reconciler.notion.files import PART, SINGLE_PART, Fetched, shown_name, type_of


async def upload(ground: Ground, found: Fetched, name: str, *, serves: Iterable[str] = ()) -> str:
    """Uploads the file; the id under which it can be attached, within the hour. `upload_requests` requests."""
    kind, filename, serves = type_of(name), shown_name(name), tuple(serves)
    parts = -(-found.size // PART) if found.size > SINGLE_PART else 0
    body: Answer = {"mode": "multi_part" if parts else "single_part", "filename": filename, "content_type": kind}
    if parts:
        body["number_of_parts"] = parts
    made = await ground.send("POST", "file_uploads", body=body, look=_NOBODY_S, serves=serves)
    path = f"file_uploads/{made['id']}"
    if not parts:
        form = {"file": (filename, found.file.read(), kind)}
        await ground.send("POST", f"{path}/send", body={}, form=form, look=_uploaded(path), serves=serves)
        return str(made["id"])
    for number in range(1, parts + 1):
        form = {"file": (filename, found.file.read(PART), kind)}
        told = {"part_number": str(number)}
        await ground.send(
            "POST", f"{path}/send", body=told, form=form | told, look=_arrived(path, number), serves=serves
        )
    await ground.send("POST", f"{path}/complete", body={}, look=_uploaded(path), serves=serves)
    return str(made["id"])


async def _nothing(client: Client) -> Sequence[Answer]:
    del client
    return ()


_NOBODY_S = Look(find=_nothing, holds=bool)
"""For a new upload: it is not looked for, another one is made."""


def _uploaded(path: str) -> Look:
    return reading(path, lambda answer: answer.get("status") == "uploaded")


def _arrived(path: str, number: int) -> Look:
    """For a part: parts are sent in order, so that their count tells."""

    def holds(answer: Answer) -> bool:
        return int((answer.get("number_of_parts") or {}).get("sent") or 0) >= number

    return reading(path, holds)
