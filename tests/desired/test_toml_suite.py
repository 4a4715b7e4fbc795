"""The public TOML 1.0 suite, where it is at hand: what is no TOML gives one finding, what is TOML has places.

Found through the variable TOML_SUITE (a folder with the suite's .tar.gz, or the archive itself), else beside the
checkout; skipped where it is not.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import codes, load
from reconciler.desired.draft import Path as Keys
from reconciler.desired.reading import Source, parse_text
from reconciler.model.finding import WtstateError

BESIDE = Path(__file__).parents[3] / "shared" / "toml-test"


def _suite(kind: str) -> list[tuple[str, bytes]]:
    place = Path(os.environ.get("TOML_SUITE", BESIDE))
    archives = [place] if place.is_file() else sorted(place.glob("*.tar.gz"))
    found: list[tuple[str, bytes]] = []
    for archive in archives:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.name.removeprefix("./").startswith(f"{kind}/") and member.name.endswith(".toml"):
                    content = opened.extractfile(member)
                    assert content is not None
                    found.append((member.name, content.read()))
    return found


INVALID, VALID = _suite("invalid"), _suite("valid")
needs_suite = pytest.mark.skipif(not INVALID, reason="the public TOML suite is not at hand")


@needs_suite
def test_what_is_no_toml_gives_exactly_one_finding_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    for name, content in INVALID:
        file.write_bytes(content)
        with pytest.raises(WtstateError) as caught:
            load(tmp_path, env={}, base=tmp_path)
        (finding,) = caught.value.findings
        assert finding.code in {codes.NOT_TOML, codes.NOT_UTF8}, name
        assert finding.where is not None
        lines = content.split(b"\n")
        assert finding.where.file == "case.toml", name
        assert 1 <= finding.where.line <= len(lines), name
        assert 1 <= finding.where.column <= len(lines[finding.where.line - 1]) + 1, name


@needs_suite
def test_what_is_toml_parses_and_every_key_has_a_place() -> None:
    for name, content in VALID:
        source = parse_text(content, name)
        assert isinstance(source, Source), name
        positions = source.positions
        lines = source.text.decode().split("\n")
        for path in paths(source.data):
            line, column = positions.at(path)
            assert 1 <= line <= len(lines), (name, path)
            assert 1 <= column <= len(lines[line - 1]) + 1, (name, path)
            assert positions.knows(path), (name, path)


@needs_suite
def test_what_is_toml_but_no_state_is_refused_without_a_crash(tmp_path: Path) -> None:
    file = tmp_path / "case.toml"
    for name, content in VALID:
        file.write_bytes(content)
        with pytest.raises(WtstateError) as caught:
            load(tmp_path, env={}, base=tmp_path)
        assert caught.value.findings, name
        assert codes.NOT_TOML not in {finding.code for finding in caught.value.findings}, name


def paths(value: Any, path: Keys = ()) -> Iterator[Keys]:
    """The path of every key and array item in parsed TOML."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*path, key)
        yield from paths(item, (*path, key))
