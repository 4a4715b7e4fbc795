"""Clients by people who know the real service work on the twin, unchanged but for the base URL.

They are no dependencies of the project. The JavaScript SDK is looked for where ``NODE_PATH`` says and installed into a
temporary directory where npm can; ultimate-notion is run by the interpreter that ``ULTIMATE_NOTION_PYTHON`` names, or
by this one. What cannot be had is skipped.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twin.serving import served

SCRIPTS = Path(__file__).parent / "other_clients"
SDK = "@notionhq/client"
SDK_VERSION = "5.26.0"


def works(*command: str | Path) -> None:
    """The script, run on a fresh twin, came to its end."""
    with served() as twin:
        done = subprocess.run(
            [*command, twin.base_url, twin.token, twin.root_page_id],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    """A directory in which the JavaScript SDK can be imported."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    for place in os.environ.get("NODE_PATH", "").split(os.pathsep):
        if place and (Path(place) / SDK).is_dir():
            (tmp_path / "node_modules").symlink_to(place)
            return tmp_path
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{SDK} is not installed, and npm is not either")
    options = ("--silent", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=10000")
    installing = [npm, "install", *options, f"{SDK}@{SDK_VERSION}"]
    try:
        subprocess.run(installing, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"{SDK} is not installed, and npm cannot fetch it")
    return tmp_path


def test_the_javascript_sdk_works(sdk: Path) -> None:
    shutil.copy(SCRIPTS / "session.mjs", sdk)
    works("node", sdk / "session.mjs")


def test_ultimate_notion_works() -> None:
    python = os.environ.get("ULTIMATE_NOTION_PYTHON")
    if python is None and importlib.util.find_spec("ultimate_notion") is None:
        pytest.skip("ultimate-notion is not installed")
    works(python or sys.executable, SCRIPTS / "ultimate.py")
