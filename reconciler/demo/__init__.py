"""The demo's files: a messy workspace as a Notion export, and the desired state that tidies it.

Every text in the export is invented. The desired state is the repository's ``state/``, which the wheel carries along.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def _package() -> Path:
    return Path(str(files(__name__)))


def export_path() -> Path:
    """The folder of the messy workspace, in the shape of Notion's "Markdown & CSV" export."""
    return _package() / "export"


def state_path() -> Path:
    """The folder of the desired state: the wheel's copy, in a checkout the repository's own ``state/``.

    Raises `FileNotFoundError` where neither is there.
    """
    packaged = _package() / "state"
    checkout = _package().parent.parent / "state"
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no desired state for the demo: neither {packaged} nor {checkout} is there")
