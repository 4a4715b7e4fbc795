"""Files of an export become files that the twin hosts, with their bytes, where a row or a page shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reconciler.twin import Twin, open_twin
from reconciler.twin.export import load
from reconciler.twin.export.read import Limits, read
from tests.twin_export.exports import csv_bytes, hexed, zipped

Json = dict[str, Any]
PDF, PNG = b"%PDF-1.7 \r\n\x00", b"\x89PNG\xff"


def content(twin: Twin, file: Json) -> bytes:
    where = urlsplit(file["file"]["url"])
    query = dict(pair.split("=", 1) for pair in where.query.split("&"))
    found = twin.download(where.path.removeprefix("/_twin/files"), query)
    assert found.status == 200
    return found.content


def rows(twin: Twin, database: str) -> list[Json]:
    source = twin.call("GET", f"databases/{database}")["data_sources"][0]["id"]
    found: list[Json] = twin.call("POST", f"data_sources/{source}/query", {})["results"]
    return found[::-1]


def test_files_of_rows_and_pages_are_hosted(tmp_path: Path) -> None:
    table = f"Tasks {hexed('Tasks')}"
    page = f"{table}/a {hexed('a')}"
    entries = {
        f"{table}_all.csv": csv_bytes(
            [
                ["Name", "Docs"],
                ["a", f"Tasks%20{hexed('Tasks')}/pl%C3%A4n,%20b.pdf, https://example.org/x.pdf"],
                ["b", ""],
            ]
        ),
        f"{table}/plän, b.pdf": PDF,
        f"{page}.md": (
            f"# a\n\nDocs: x\n\n![Image.png](a%20{hexed('a')}/Image.png)\n\n[sound.mp3](a%20{hexed('a')}/sound.mp3)\n\n"
            "see [the page](a.md) there\n"
        ).encode(),
        f"{page}/Image.png": PNG,
        f"{page}/sound.mp3": b"la",
        "unused.bin": b"x",
    }
    with open_twin(":memory:") as twin:
        report = load(twin, zipped(tmp_path / "export.zip", entries))
        assert (report.files, report.databases[0].columns[1].type) == (3, "files")
        assert [warning for warning in report.warnings if "unused.bin" in warning] != []
        first, second = rows(twin, report.databases[0].id)
        hosted, elsewhere = first["properties"]["Docs"]["files"]
        assert (hosted["name"], hosted["type"], content(twin, hosted)) == ("plän, b.pdf", "file", PDF)
        assert elsewhere["external"] == {"url": "https://example.org/x.pdf"}
        assert second["properties"]["Docs"]["files"] == []
        shown = twin.call("GET", f"blocks/{first['id']}/children")["results"]
        picture, sound = (block for block in shown if block["type"] in ("image", "audio"))
        assert content(twin, picture["image"]) == PNG
        assert content(twin, sound["audio"]) == b"la"


def test_a_column_of_which_one_cell_names_no_file_stays_text(tmp_path: Path) -> None:
    entries = {"T.csv": csv_bytes([["Name", "Docs"], ["a", "x.pdf"], ["b", "y.pdf"]]), "x.pdf": PDF}
    with open_twin(":memory:") as twin:
        report = load(twin, zipped(tmp_path / "export.zip", entries))
        assert (report.databases[0].columns[1].type, report.files) == ("rich_text", 0)


def test_a_file_larger_than_a_free_workspace_takes_is_hosted_whole(tmp_path: Path) -> None:
    large = bytes(range(256)) * 4096 * 12
    entries = {"T.csv": csv_bytes([["Name", "Docs"], ["a", "x.bin"]]), "x.bin": large}
    folder = tmp_path / "export"
    folder.mkdir()
    for name, data in entries.items():
        (folder / name).write_bytes(data)
    with open_twin(":memory:") as twin:
        report = load(twin, folder)
        (page,) = rows(twin, report.databases[0].id)
        assert content(twin, page["properties"]["Docs"]["files"][0]) == large


@pytest.mark.parametrize("reference", ["../../x.pdf", "/x.pdf", "%2e%2e/../x.pdf", "https://x.pdf"])
def test_a_reference_out_of_the_export_means_nothing(tmp_path: Path, reference: str) -> None:
    entries = {"T.csv": csv_bytes([["Name", "Docs"], ["a", reference]]), "x.pdf": PDF}
    with open_twin(":memory:") as twin:
        assert load(twin, zipped(tmp_path / "export.zip", entries)).files == 0


def test_what_is_too_large_is_left_out_and_said(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "export.zip", {"T.csv": csv_bytes([["Name"]]), "a.bin": b"x" * 10, "b.bin": b"x" * 11})
    found = read(archive, Limits(attachment=10))
    assert (list(found.attachments), found.others) == (["a.bin"], ("b.bin",))
    assert list(read(archive, Limits(attachments=11)).attachments) == ["a.bin"]
