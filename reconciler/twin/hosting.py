"""Files that Notion hosts: their bytes, and the signed urls under which the twin serves them for an hour.

A file's key is the path of its url, as Notion's are: ``/<workspace>/<a uuid>/<percent-encoded name>``.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode, urlsplit

from reconciler.twin import repository
from reconciler.twin.errors import invalid
from reconciler.twin.records import JsonObject, Upload, Workspace
from reconciler.twin.session import Session
from reconciler.twin.store import Store
from reconciler.twin.times import from_ms

PREFIX = "/_twin/files"
HOSTED_FOR = 3_600_000
"""Milliseconds for which a url is good, and an upload waits to be attached."""
MAX_UPLOAD = 5_242_880
"""Bytes that a file may have in a free workspace (recorded)."""
NO_TYPE = "application/octet-stream"
_TYPES = mimetypes.MimeTypes()
"""Python's own table, whatever the machine's says."""
_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What is answered to somebody who follows a url."""

    status: int
    content_type: str
    content: bytes


def max_upload(store: Store) -> int:
    """Bytes that a file may have."""
    return int(store.meta("max_upload") or MAX_UPLOAD)


def is_type(text: str) -> bool:
    """Whether it is the name of a media type."""
    return _TYPE.fullmatch(text) is not None


def type_of(name: str) -> str | None:
    """The media type that a file's ending says."""
    return _TYPES.guess_type(f"file{PurePosixPath(name).suffix}")[0]


def suffix_of(kind: str) -> str:
    """The ending of files of a media type; empty for one that is not known."""
    return _TYPES.guess_extension(kind) or ""


def host(store: Store, workspace: Workspace, name: str, content: bytes, content_type: str | None = None) -> str:
    """Keep a file; its key."""
    key = f"/{workspace.id}/{uuid.uuid4()}/{quote(name, safe='')}"
    kind = content_type or type_of(name) or NO_TYPE
    repository.save_file(store, key, kind, content)
    return key


def stored(key: str) -> JsonObject:
    """The stored form of a file that Notion hosts."""
    return {"type": "file", "file": {"key": key}}


def attach(session: Session, upload_id: str) -> JsonObject:
    """The stored form of an uploaded file, which stays from now on.

    Raises 404 for an upload that is not there or another bot's, 400 for one that was not sent or has expired.
    """
    upload = repository.upload(session.store, upload_id)
    if upload is None or upload.created_by != session.actor.bot_id:
        raise session.absent("file_upload", upload_id)
    now = status(session, upload)
    if now != "uploaded" or upload.key is None:
        raise invalid(f'File upload {upload_id} cannot be attached: its status should be `"uploaded"`, is `"{now}"`.')
    if upload.expires is not None:
        repository.save_upload(session.store, replace(upload, expires=None))
    return stored(upload.key)


def status(session: Session, upload: Upload) -> str:
    """The status now: what nobody attached within the hour has expired."""
    over = upload.expires is not None and session.now >= upload.expires and upload.status != "failed"
    return "expired" if over else upload.status


# -- urls ----------------------------------------------------------------------------------------------------------


def answer(session: Session, key: str) -> JsonObject:
    """A file's url and when it dies."""
    expires = session.now + HOSTED_FOR
    nonce = secrets.token_hex(16)
    query = urlencode(
        {
            "X-Amz-Expires": str(expires),
            "X-Amz-Security-Token": nonce,
            "X-Amz-Signature": _signature(session.workspace, key, str(expires), nonce),
        }
    )
    expiry = from_ms(expires).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"url": f"{session.origin}{PREFIX}{key}?{query}", "expiry_time": expiry}


def key_of(url: str) -> str:
    """The key of a file that a client hands back by its url. Raises ValueError for what is no url."""
    return urlsplit(url).path.removeprefix(PREFIX)


def download(store: Store, workspace: Workspace, now: int, key: str, query: Mapping[str, str]) -> Download:
    """What a url is answered with: the file, or 403 once it died or was not made by this twin."""
    expires = query.get("X-Amz-Expires", "")
    signed = _signature(workspace, key, expires, query.get("X-Amz-Security-Token", ""))
    given = query.get("X-Amz-Signature", "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(signed.encode(), given):
        return _refused(403, "SignatureDoesNotMatch", "The signature of this url is not the one that was made for it.")
    if now >= int(expires):
        return _refused(403, "AccessDenied", "Request has expired")
    found = repository.file(store, key)
    if found is None:
        return _refused(404, "NoSuchKey", "The specified key does not exist.")
    content_type, content = found
    return Download(status=200, content_type=content_type, content=content)


def _signature(workspace: Workspace, *signed: str) -> str:
    text = "\n".join(signed).encode("utf-8", "surrogatepass")
    return hmac.new(workspace.secret.encode(), text, hashlib.sha256).hexdigest()


def _refused(status: int, code: str, message: str) -> Download:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Download(status=status, content_type="application/xml", content=body.encode())
