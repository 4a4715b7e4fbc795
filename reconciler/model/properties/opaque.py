"""What types share that can only be read as raw JSON: button, verification, and what Notion invents next."""

from __future__ import annotations

import json
from typing import Any

from reconciler.model.condition import Condition
from reconciler.model.live import Value
from reconciler.model.properties.base import Lookup
from reconciler.model.properties.common import Seen, is_nothing, judge


def readable(raw: Any) -> Any:
    """Raw JSON to be kept.

    Prevents: the address of a file that Notion keeps is signed anew for every answer; it is left out at any depth.
    """
    if isinstance(raw, list):
        return [readable(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    if raw.get("type") == "file" and isinstance(raw.get("file"), dict):
        return {"name": str(raw.get("name") or ""), "hosted": True}
    return {str(key): readable(each) for key, each in raw.items()}


def text(value: Value, names: Lookup | None = None) -> str:
    """Text as it stands, anything else as JSON on one line; "" for nothing."""
    del names
    if is_nothing(value):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def meets(value: Value, condition: Condition, names: Lookup | None = None) -> bool:
    """The judge, by the value's text."""
    shown = text(value, names)
    return judge(condition, Seen(texts=(shown,) if shown else (), empty=is_nothing(value)))
