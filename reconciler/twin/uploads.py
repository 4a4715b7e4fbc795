"""File uploads: made, sent in one part or in several, completed, looked at, listed; attached elsewhere.

The lifecycle is the documented one (https://developers.notion.com/reference/file-upload): pending until the bytes are
there, uploaded until somebody attaches it, expired an hour after it was made unless it was attached.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from reconciler.twin import checks, hosting, repository
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.multipart import Field
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import JsonObject, Upload
from reconciler.twin.request import Request
from reconciler.twin.session import OLD_VERSION, Session
from reconciler.twin.times import minute

MODES = ("single_part", "multi_part", "external_url")
STATUSES = ("pending", "uploaded", "expired", "failed")
MAX_PART = 20 * 1024 * 1024
MIN_PART = 5 * 1024 * 1024
"""Bytes of a part, less for the last (https://developers.notion.com/guides/data-apis/sending-larger-files)."""
MAX_PARTS = 10_000
MAX_FILENAME = 900
"""Bytes."""
_MEGABYTE = 1024 * 1024


# -- answers -------------------------------------------------------------------------------------------------------


def answer(session: Session, upload: Upload) -> JsonObject:
    status = hosting.status(session, upload)
    user = session.user(upload.created_by)
    shown: JsonObject = {
        "object": "file_upload",
        "id": upload.id,
        "created_time": minute(upload.created),
        "created_by": {"id": upload.created_by, "type": "bot" if user is None else user.kind},
        "last_edited_time": minute(upload.edited),
        "in_trash": False,
        "expiry_time": None if upload.expires is None else minute(upload.expires),
        "status": status,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": upload.content_length,
    }
    if status == "pending" and upload.mode != "external_url":
        shown["upload_url"] = f"{session.origin}/v1/file_uploads/{upload.id}/send"
    if upload.parts is not None:
        if status == "pending":
            shown["complete_url"] = f"{session.origin}/v1/file_uploads/{upload.id}/complete"
        sent = upload.parts if upload.key is not None else len(repository.part_sizes(session.store, upload.id))
        shown["number_of_parts"] = {"total": upload.parts, "sent": sent}
    if upload.status == "failed":
        shown["file_import_result"] = _no_network(upload)
    if session.version == OLD_VERSION:
        shown["archived"] = False
    return shown


def _no_network(upload: Upload) -> JsonObject:
    """The twin fetches nothing: an import from elsewhere fails as one from a host that cannot be reached."""
    error = {
        "type": "download_error",
        "code": "file_upload_download_failed",
        "message": "The file could not be downloaded: the twin has no network.",
        "parameter": None,
        "status_code": None,
    }
    return {"imported_time": minute(upload.edited), "type": "error", "error": error}


# -- endpoints -----------------------------------------------------------------------------------------------------


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", ("mode", "filename", "content_type", "number_of_parts", "external_url"))
    mode = checks.one_of(body.get("mode", "single_part"), "body.mode", MODES)
    filename = _filename(body, needed=mode != "single_part")
    kind = _content_type(body)
    parts = _number_of_parts(body) if mode == "multi_part" else None
    if mode == "external_url":
        url = checks.string(body.get("external_url", UNDEFINED), "body.external_url")
        if not url.startswith("https://"):
            raise misfit("body.external_url", "a valid https url", url)
    session.need("insert")
    upload = Upload(
        id=session.new_object_id(),
        mode=mode,
        status="failed" if mode == "external_url" else "pending",
        filename=_with_suffix(filename, kind),
        content_type=kind or (hosting.type_of(filename) if filename else None),
        content_length=None,
        parts=parts,
        key=None,
        created=session.now,
        edited=session.now,
        expires=session.now + hosting.HOSTED_FOR,
        created_by=session.actor.bot_id,
    )
    repository.save_upload(session.store, upload)
    return answer(session, upload)


def send(session: Session, request: Request) -> JsonObject:
    upload_id = request.uuid("file_upload_id")
    if request.form is None:
        raise invalid("Content-Type header should be `multipart/form-data` with a boundary, and the body such a form.")
    file = request.form.get("file")
    if file is None:
        raise misfit("body.file", "defined", UNDEFINED)
    number = request.form.get("part_number")
    session.need("insert")
    upload = _the_upload(session, upload_id)
    _must_be_pending(session, upload)
    kind = file.content_type or hosting.type_of(file.filename or "")
    if upload.content_type is not None and kind not in (None, hosting.NO_TYPE, upload.content_type):
        raise invalid(f"The file's content type {kind} is not the one of the file upload, {upload.content_type}.")
    upload = replace(
        upload,
        content_type=upload.content_type or kind or hosting.NO_TYPE,
        filename=upload.filename or _with_suffix(_cut(file.filename or "file"), kind),
        edited=session.now,
    )
    if upload.parts is None:
        _check_size(session, len(file.content), limit=MAX_PART)
        upload = _kept(session, upload, file.content)
    else:
        _keep_part(session, upload, file.content, number)
    repository.save_upload(session.store, upload)
    return answer(session, upload)


def complete(session: Session, request: Request) -> JsonObject:
    upload_id = request.uuid("file_upload_id")
    session.need("insert")
    upload = _the_upload(session, upload_id)
    if upload.parts is None:
        raise invalid('Only a file upload whose mode is `"multi_part"` is completed.')
    _must_be_pending(session, upload)
    sizes = repository.part_sizes(session.store, upload_id)
    missing = [number for number in range(1, upload.parts + 1) if number not in sizes]
    if missing:
        raise invalid(f"Part {missing[0]} of {upload.parts} was not sent.")
    if any(sizes[number] < MIN_PART for number in range(1, upload.parts)):
        raise invalid(f"Every part but the last should be ≥ {MIN_PART // _MEGABYTE} MiB.")
    _check_size(session, sum(sizes.values()))
    content = b"".join(repository.parts(session.store, upload_id))
    upload = _kept(session, replace(upload, edited=session.now), content)
    repository.delete_parts(session.store, upload_id)
    repository.save_upload(session.store, upload)
    return answer(session, upload)


def retrieve(session: Session, request: Request) -> JsonObject:
    upload_id = request.uuid("file_upload_id")
    session.need("read")
    return answer(session, _the_upload(session, upload_id))


def list_all(session: Session, request: Request) -> JsonObject:
    """The bot's own uploads, newest first."""
    wanted = request.query["status"][-1] if "status" in request.query else None
    if wanted is not None and wanted not in STATUSES:
        raise misfit("query.status", f"{checks.choices(STATUSES)} or `undefined`", wanted)
    session.need("read")
    own = repository.uploads(session.store, session.actor.bot_id)
    found = [upload for upload in own if wanted is None or hosting.status(session, upload) == wanted]
    return page_of_list(
        found,
        request,
        kind="file_upload",
        key=lambda upload: str(upload.id),
        render=lambda upload: answer(session, upload),
        uuid_cursor=True,
    )


# -- parts ---------------------------------------------------------------------------------------------------------


def _the_upload(session: Session, upload_id: str) -> Upload:
    upload = repository.upload(session.store, upload_id)
    if upload is None or upload.created_by != session.actor.bot_id:
        raise session.absent("file_upload", upload_id)
    return upload


def _must_be_pending(session: Session, upload: Upload) -> None:
    now = hosting.status(session, upload)
    if now != "pending":
        raise invalid(f'The status of the file upload should be `"pending"`, instead was `"{now}"`.')


def _check_size(session: Session, size: int, *, limit: int | None = None) -> None:
    allowed = min(hosting.max_upload(session.store), limit or size)
    if size > allowed:
        raise invalid(
            f"The file size is not within the allowed limit of {allowed / _MEGABYTE:g} MiB. "
            "Please try again with a new file upload."
        )


def _kept(session: Session, upload: Upload, content: bytes) -> Upload:
    key = hosting.host(session.store, session.workspace, upload.filename or "file", content, upload.content_type)
    return replace(upload, status="uploaded", content_length=len(content), key=key)


def _keep_part(session: Session, upload: Upload, content: bytes, number: Field | None) -> None:
    if number is None:
        raise misfit("body.part_number", "defined", UNDEFINED)
    text = number.content.decode("utf-8", "replace")
    last = upload.parts or 0
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PARTS)) and 1 <= int(text) <= last):
        raise misfit("body.part_number", f"a number from `1` to `{last}`", text)
    if len(content) > MAX_PART:
        raise invalid(f"Every part should be ≤ {MAX_PART // _MEGABYTE} MiB.")
    repository.save_part(session.store, upload.id, int(text), content)


def _filename(body: JsonObject, *, needed: bool) -> str | None:
    given = body.get("filename", UNDEFINED if needed else None)
    if given is None and not needed:
        return None
    filename = checks.string(given, "body.filename")
    length = len(filename.encode("utf-8", "surrogatepass"))
    if length > MAX_FILENAME:
        raise invalid(
            f"body failed validation: body.filename.length should be ≤ `{MAX_FILENAME}`, instead was `{length}`."
        )
    return filename


def _content_type(body: JsonObject) -> str | None:
    given: Any = body.get("content_type")
    if given is None:
        return None
    kind = checks.string(given, "body.content_type")
    if not hosting.is_type(kind):
        raise misfit("body.content_type", "a valid MIME type", kind)
    return kind


def _number_of_parts(body: JsonObject) -> int:
    number = checks.number(body.get("number_of_parts", UNDEFINED), "body.number_of_parts")
    if number != int(number) or not 1 <= number <= MAX_PARTS:
        raise misfit("body.number_of_parts", f"an integer from `1` to `{MAX_PARTS}`", number)
    return int(number)


def _with_suffix(filename: str | None, kind: str | None) -> str | None:
    """The name with an ending that says the type, as Notion adds one (documented)."""
    if filename is None or kind is None or PurePosixPath(filename).suffix:
        return filename
    return filename + hosting.suffix_of(kind)


def _cut(filename: str) -> str:
    return filename.encode("utf-8", "replace")[:MAX_FILENAME].decode("utf-8", "ignore")
