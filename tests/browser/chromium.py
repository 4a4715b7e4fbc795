"""Opens a page in a real browser, without a window, and asks it questions; tests skip where there is none."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(os.environ.get("AXE_CORE", Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"))
"""The accessibility checker, where it is installed (`npm install axe-core` beside this file, or AXE_CORE)."""
PHONE, DESKTOP = 360, 1280
_NARROWEST = 500
_QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-dev-shm-usage", "--virtual-time-budget=20000",
)  # fmt: skip

_WRITE = """
(async () => {
  let answer;
  try { answer = await (async () => { %s })(); } catch (error) { answer = { error: String(error) }; }
  const box = top.document.createElement("pre");
  box.id = "answer";
  box.textContent = JSON.stringify(answer);
  top.document.body.append(box);
})();
"""


def ask(
    page: str, question: str, directory: Path, *, dark: bool = False, width: int = DESKTOP, library: str = ""
) -> Any:
    """What ``question``, the body of a JavaScript function, answers in the page.

    The page's own policy is widened by the question alone, so that what else it forbids stays forbidden.
    """
    script = library + _WRITE % question
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    asked = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    asked = asked.replace("</body>", f"<script>{script}</script></body>")
    shown = _open(asked, directory, "--dump-dom", dark=dark, width=width)
    found = re.search(r'<pre id="answer">(.*?)</pre>', shown, re.DOTALL)
    assert found, "the page did not answer"
    answer = json.loads(unescape(found.group(1)))
    assert not (isinstance(answer, dict) and "error" in answer), answer
    return answer


def screenshot(page: str, to: Path, directory: Path, *, dark: bool = False, width: int = DESKTOP) -> None:
    """A picture of the upper part of the page, for people to look at."""
    _open(page, directory, f"--screenshot={to}", dark=dark, width=width)


def _framed(page: str, width: int) -> str:
    """A page that shows ``page`` in a frame of that width: no window is as narrow as a phone."""
    return (
        f'<!doctype html><body style="margin:0"><iframe style="border:0;width:{width}px;height:1000px" '
        f'srcdoc="{escape(page)}"></iframe></body>'
    )


def _open(page: str, directory: Path, *arguments: str, dark: bool, width: int) -> str:
    """What the browser prints; the frame inherits the origin of the file around it, so that it may answer there."""
    path = directory / "page.html"
    path.write_text(_framed(page, width) if width < _NARROWEST else page, encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    size = f"--window-size={max(width, _NARROWEST)},1000"
    command = [str(PROGRAM), *_QUIET, f"--user-data-dir={directory / 'profile'}", scheme, size, *arguments]
    ran = subprocess.run(
        [*command, path.as_uri()], capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
    )
    return ran.stdout
