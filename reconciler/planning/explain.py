"""What differs between two things that are not equal, in lines for people: DeepDiff, one object at a time.

It is asked only once cheap equality has failed: on whole states it would cost hundreds of comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE = "(none)"


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """(word, old, new) for each word of flat data whose values differ, sorted by word; "" stands for nothing."""
    if dict(old) == dict(new):
        return ()
    from deepdiff import DeepDiff

    found = DeepDiff(dict(old), dict(new), ignore_private_variables=False, view="tree")
    words = {str(level.path(output_format="list")[0]) for kind in found.values() for level in kind}
    return tuple((word, _said(old.get(word)), _said(new.get(word))) for word in sorted(words))


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def line(word: str, old: str, new: str) -> str:
    """``word: old → new``, with "(none)" for nothing."""
    return f"{word}: {old or NONE} → {new or NONE}"
