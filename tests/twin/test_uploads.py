"""File uploads, and the files that the twin hosts: their bytes, their urls, and the death of these."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from notion_client import Client

from reconciler.twin import Field, Twin, TwinError, open_twin
from tests.twin.build import make, row, values, write
from tests.twin.conftest import NOON
from tests.twin.serving import served

Json = dict[str, Any]
HOUR = 3_600_000
MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n--x\r\n\r\n\x00\xff"


def create(twin: Twin, **body: Any) -> Json:
    return twin.call("POST", "file_uploads", body)


def send(twin: Twin, upload: str, content: bytes, *, part: int | None = None, **more: Any) -> Json:
    form: dict[str, Field] = {"file": Field(**{"filename": "a.png", "content_type": None, **more, "content": content})}
    if part is not None:
        form["part_number"] = Field(content=str(part).encode())
    return twin.call("POST", f"file_uploads/{upload}/send", form=form)


def uploaded(twin: Twin, content: bytes = PNG, name: str = "a.png") -> str:
    upload = create(twin, filename=name)["id"]
    send(twin, upload, content, filename=name)
    return str(upload)


def given(upload: str, **more: Any) -> Json:
    return {"type": "file_upload", "file_upload": {"id": upload}, **more}


def fetch(twin: Twin, url: str) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=twin.app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get(url)

    return asyncio.run(once())


def refused(twin: Twin, method: str, path: str, body: Json | None = None, **more: Any) -> str:
    with pytest.raises(TwinError) as caught:
        twin.call(method, path, body, **more)
    assert (caught.value.status, caught.value.code) == (400, "validation_error")
    return caught.value.message


def test_an_upload_lives_as_documented(twin: Twin) -> None:
    made = create(twin, filename="a.png")
    upload = made["id"]
    assert (made["status"], made["expiry_time"]) == ("pending", "2026-05-28T21:27:00.000Z")
    assert (made["filename"], made["content_type"], made["content_length"]) == ("a.png", "image/png", None)
    assert made["upload_url"].endswith(f"/v1/file_uploads/{upload}/send")
    assert made["created_by"] == {"id": twin.bot_id, "type": "bot"}
    sent = send(twin, upload, PNG)
    assert (sent["status"], sent["content_length"]) == ("uploaded", len(PNG))
    assert "upload_url" not in sent
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(upload, name="pic")]})
    (file,) = values(twin, page)["Files"]
    assert (list(file), file["name"], file["type"]) == (["name", "type", "file"], "pic", "file")
    assert fetch(twin, file["file"]["url"]).content == PNG
    after = twin.call("GET", f"file_uploads/{upload}")
    assert (after["status"], after["expiry_time"]) == ("uploaded", None)


def test_a_url_dies_after_an_hour_and_another_is_given(twin: Twin) -> None:
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(uploaded(twin))]})
    url = values(twin, page)["Files"][0]["file"]["url"]
    twin.clock = lambda: NOON + HOUR - 1
    alive = fetch(twin, url)
    assert (alive.status_code, alive.headers["content-type"], alive.content) == (200, "image/png", PNG)
    twin.clock = lambda: NOON + HOUR
    dead = fetch(twin, url)
    assert (dead.status_code, "Request has expired" in dead.text) == (403, True)
    assert fetch(twin, values(twin, page)["Files"][0]["file"]["url"]).content == PNG


def test_a_url_that_was_changed_is_refused(twin: Twin) -> None:
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(uploaded(twin))]})
    url = values(twin, page)["Files"][0]["file"]["url"]
    for other in (
        url.replace("a.png", "b.png"),
        url.replace("X-Amz-Expires=1", "X-Amz-Expires=2"),
        url.partition("?")[0],
    ):
        assert fetch(twin, other).status_code == 403


@pytest.mark.parametrize("kind", ["image", "file", "pdf", "video", "audio"])
def test_blocks_take_uploads(twin: Twin, kind: str) -> None:
    page = row(twin, make(twin))
    block = {"type": kind, kind: given(uploaded(twin))}
    (made,) = twin.call("PATCH", f"blocks/{page}/children", {"children": [block]})["results"]
    assert made[kind]["type"] == "file"
    assert fetch(twin, made[kind]["file"]["url"]).content == PNG
    other = {kind: {"file_upload": {"id": uploaded(twin, b"other")}}}
    changed = twin.call("PATCH", f"blocks/{made['id']}", other)
    assert fetch(twin, changed[kind]["file"]["url"]).content == b"other"


def test_icons_and_covers_take_uploads_of_pages_and_databases(twin: Twin) -> None:
    source = make(twin)
    page = row(twin, source)
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    for path in (f"pages/{page}", f"databases/{database}"):
        upload = uploaded(twin)
        shown = twin.call("PATCH", path, {"icon": given(upload), "cover": given(upload)})
        assert fetch(twin, shown["icon"]["file"]["url"]).content == PNG
        assert fetch(twin, shown["cover"]["file"]["url"]).content == PNG


def test_a_hosted_file_sent_back_stays_and_keeps_its_bytes(twin: Twin) -> None:
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(uploaded(twin, name="ä b.png"))]})
    before = values(twin, page)["Files"]
    assert before[0]["name"] == "ä b.png"
    after = write(twin, page, Files={"files": before})["Files"]["files"]
    assert urlsplit(after[0]["file"]["url"]).path == urlsplit(before[0]["file"]["url"]).path
    assert fetch(twin, after[0]["file"]["url"]).content == PNG


def test_a_file_in_parts_is_put_together(twin: Twin) -> None:
    twin.admin.allow_uploads(50 * MIB)
    made = create(twin, mode="multi_part", filename="film.mp4", number_of_parts=2)
    upload = made["id"]
    assert made["number_of_parts"] == {"total": 2, "sent": 0}
    assert made["complete_url"].endswith(f"/v1/file_uploads/{upload}/complete")
    second, first = b"z" * 10, b"a" * (5 * MIB)
    kind = {"content_type": "video/mp4"}
    assert send(twin, upload, second, part=2, **kind)["number_of_parts"] == {"total": 2, "sent": 1}
    assert refused(twin, "POST", f"file_uploads/{upload}/complete") == "Part 1 of 2 was not sent."
    assert send(twin, upload, first, part=1, **kind)["status"] == "pending"
    done = twin.call("POST", f"file_uploads/{upload}/complete")
    assert (done["status"], done["content_length"]) == ("uploaded", 5 * MIB + 10)
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(upload)]})
    assert fetch(twin, values(twin, page)["Files"][0]["file"]["url"]).content == first + second


def test_parts_are_held_to_the_documented_rules(twin: Twin) -> None:
    assert "body.filename should be defined" in refused(
        twin, "POST", "file_uploads", {"mode": "multi_part", "number_of_parts": 2}
    )
    for number in (0, 10_001, 1.5, "2"):
        body = {"mode": "multi_part", "filename": "a.mp4", "number_of_parts": number}
        assert "body.number_of_parts should be" in refused(twin, "POST", "file_uploads", body)
    upload = create(twin, mode="multi_part", filename="a.mp4", number_of_parts=2)["id"]
    film = Field(content=b"x", filename="a.mp4")
    path = f"file_uploads/{upload}/send"
    assert "body.part_number should be defined" in refused(twin, "POST", path, form={"file": film})
    for number in ("0", "3", "x", ""):
        form = {"file": film, "part_number": Field(content=number.encode())}
        assert "body.part_number should be a number" in refused(twin, "POST", path, form=form)
    for part in (1, 2):
        send(twin, upload, b"short", part=part, content_type="video/mp4")
    assert "≥ 5 MiB" in refused(twin, "POST", f"file_uploads/{upload}/complete")
    single = create(twin)["id"]
    assert "multi_part" in refused(twin, "POST", f"file_uploads/{single}/complete")


def test_the_size_is_the_workspaces(twin: Twin) -> None:
    limit = twin.call("GET", "users/me")["bot"]["workspace_limits"]["max_file_upload_size_in_bytes"]
    assert limit == 5 * MIB
    upload = create(twin)["id"]
    form: Mapping[str, Field] = {"file": Field(content=b"x" * (limit + 1), filename="a.bin")}
    assert refused(twin, "POST", f"file_uploads/{upload}/send", form=form) == (
        "The file size is not within the allowed limit of 5 MiB. Please try again with a new file upload."
    )
    assert send(twin, upload, b"x" * limit)["content_length"] == limit
    twin.admin.allow_uploads(50 * MIB)
    again = create(twin)["id"]
    assert send(twin, again, b"x" * (limit + 1))["status"] == "uploaded"
    large = {"file": Field(content=b"x" * (21 * MIB), filename="a.bin")}
    assert "body.length should be" in refused(twin, "POST", f"file_uploads/{create(twin)['id']}/send", form=large)


def test_what_is_not_attached_expires(twin: Twin) -> None:
    kept, lost, pending = uploaded(twin), uploaded(twin), create(twin)["id"]
    page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(kept)]})
    twin.clock = lambda: NOON + HOUR
    for upload in (lost, pending):
        assert twin.call("GET", f"file_uploads/{upload}")["status"] == "expired"
        said = refused(twin, "PATCH", f"pages/{page}", {"icon": given(upload)})
        assert said.endswith('is `"expired"`.')
    form = {"file": Field(content=b"")}
    assert "expired" in refused(twin, "POST", f"file_uploads/{pending}/send", form=form)
    again = write(twin, page, Files={"files": [given(kept), given(kept)]})["Files"]["files"]
    assert fetch(twin, again[1]["file"]["url"]).content == PNG


def test_only_what_was_uploaded_by_this_bot_is_attached(twin: Twin) -> None:
    page = row(twin, make(twin))
    pending = create(twin)["id"]
    assert refused(twin, "PATCH", f"pages/{page}", {"icon": given(pending)}).endswith('is `"pending"`.')
    other = twin.admin.token()
    with pytest.raises(TwinError, match="Could not find file_upload with ID"):
        twin.call("GET", f"file_uploads/{pending}", token=other)
    with pytest.raises(TwinError, match="Could not find file_upload with ID"):
        twin.call("PATCH", f"pages/{page}", {"icon": given(uploaded(twin))}, token=other)


def test_uploads_are_listed_newest_first_by_status_and_in_pages(twin: Twin) -> None:
    made = [uploaded(twin), create(twin)["id"], create(twin)["id"]]
    whole = twin.call("GET", "file_uploads")
    assert [upload["id"] for upload in whole["results"]] == made[::-1]
    assert (whole["type"], whole["file_upload"]) == ("file_upload", {})
    pending = twin.call("GET", "file_uploads", query={"status": "pending", "page_size": "1"})
    assert [upload["id"] for upload in pending["results"]] == [made[2]]
    rest = twin.call("GET", "file_uploads", query={"status": "pending", "start_cursor": pending["next_cursor"]})
    assert [upload["id"] for upload in rest["results"]] == [made[1]]
    assert "query.status should be" in refused(twin, "GET", "file_uploads", query={"status": "lost"})


def test_the_old_version_still_says_archived(twin: Twin) -> None:
    assert list(twin.call("POST", "file_uploads", {}, version="2025-09-03"))[-2:] == ["archived", "request_id"]
    assert "archived" not in create(twin)


def test_an_import_from_elsewhere_fails_for_there_is_no_network(twin: Twin) -> None:
    made = create(twin, mode="external_url", filename="a.png", external_url="https://example.org/a.png")
    assert (made["status"], made["file_import_result"]["error"]["type"]) == ("failed", "download_error")
    body = {"mode": "external_url", "filename": "a.png", "external_url": "http://example.org/a.png"}
    assert "body.external_url should be a valid https url" in refused(twin, "POST", "file_uploads", body)


def test_names_and_types_are_completed_and_checked(twin: Twin) -> None:
    assert create(twin, filename="a", content_type="image/png")["filename"] == "a.png"
    unnamed = create(twin)["id"]
    sent = send(twin, unnamed, b"x", filename="b", content_type="text/plain")
    assert (sent["filename"], sent["content_type"]) == ("b.txt", "text/plain")
    picture = create(twin, filename="c.png")["id"]
    form = {"file": Field(content=b"x", filename="c.txt", content_type="text/plain")}
    assert "text/plain" in refused(twin, "POST", f"file_uploads/{picture}/send", form=form)
    assert "MIME" in refused(twin, "POST", "file_uploads", {"content_type": "a\r\nb: c"})
    assert "≤ `900`" in refused(twin, "POST", "file_uploads", {"filename": "ä" * 451})


def test_a_body_that_is_no_form_is_refused(twin: Twin) -> None:
    upload = create(twin)["id"]
    assert "multipart/form-data" in refused(twin, "POST", f"file_uploads/{upload}/send", {"file": "x"})
    form = {"other": Field(content=b"")}
    assert "body.file should be defined" in refused(twin, "POST", f"file_uploads/{upload}/send", form=form)


def test_files_survive_in_the_store(tmp_path: Any) -> None:
    with open_twin(tmp_path / "twin.db") as twin:
        page = row(twin, make(twin, Files={"files": {}}), Files={"files": [given(uploaded(twin))]})
        url = values(twin, page)["Files"][0]["file"]["url"]
    with open_twin(tmp_path / "twin.db") as twin:
        assert fetch(twin, url).content == PNG


def test_notion_client_uploads_over_a_socket() -> None:
    with served() as live:
        client: Any = Client(auth=live.token, base_url=live.base_url, notion_version="2026-03-11")
        with client.client:
            upload = client.file_uploads.create(mode="single_part", filename="a.png")
            assert upload["upload_url"].startswith(live.base_url)
            sent = client.file_uploads.send(upload["id"], file=("a.png", PNG, "image/png"))
            assert sent["status"] == "uploaded"
            page = client.pages.create(parent={"page_id": live.root_page_id}, properties={}, icon=given(upload["id"]))
            assert [one["id"] for one in client.file_uploads.list(status="uploaded")["results"]] == [upload["id"]]
        answer = httpx.get(page["icon"]["file"]["url"])
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PNG, "image/png")
