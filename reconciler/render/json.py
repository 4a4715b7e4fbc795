"""JSON for machines: ASCII, so that nothing in it can act on a terminal that shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_text(document: Mapping[str, Any]) -> str:
    """``document`` as indented ASCII JSON in the document's own order, without a newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=True).replace("\x7f", "\\u007f")
