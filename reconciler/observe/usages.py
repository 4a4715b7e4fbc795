"""Where a text still says an old name. Pure: text in, places out."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.observe.old_names import OldName, same_text
from reconciler.observe.quoting import Syntax, is_quoted

# What continues an identifier. Combining marks are no word characters to Python, but part of the letter before them.
_JOINS = r"\w\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# A hyphen with a word on both sides joins as well: "data-projectID" and "Sub-Apps-2" are names of their own. The letter
# of an escape such as \n does not.
_BEFORE = re.compile(rf"(?<![{_JOINS}])(?<![{_JOINS}]-)|(?<=\\[abfnrtv])")
_AFTER = rf"(?![{_JOINS}])(?!-[{_JOINS}])"
_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Hit:
    """An old name in a text: ``line`` and ``column`` count from 1, columns in code points.

    ``names`` are its meanings, at least one: what different things of the state were called so.
    """

    line: int
    column: int
    old: str
    names: tuple[OldName, ...]


@dataclass(frozen=True)
class Search:
    """Old names made ready to be found; see `prepare`."""

    pattern: re.Pattern[str]
    names: dict[str, tuple[OldName, ...]]


def prepare(names: Iterable[OldName], current: Iterable[str] = ()) -> Search | None:
    """A search for ``names``; None where there are none.

    A name in ``current`` that holds an old one ("In Progress", once "Progress") is passed over whole.
    """
    meanings: dict[str, list[OldName]] = {}
    for name in names:
        meanings.setdefault(name.old, []).append(name)
    if not meanings:
        return None
    shields = {text for text in map(same_text, current) if any(old in text for old in meanings)}
    spellings = {
        unicodedata.normalize(form, text) for text in shields | set(meanings) for form in ("NFC", "NFD") if text
    }
    # The first alternative that matches wins, so longer names stand first.
    ordered = sorted(spellings, key=lambda text: (-len(text), text))
    pattern = re.compile(f"(?:{'|'.join(map(re.escape, ordered))}){_AFTER}")
    return Search(pattern, {old: tuple(sorted(found, key=OldName.sort_key)) for old, found in meanings.items()})


def find(text: str, search: Search, syntax: Syntax = Syntax.PLAIN) -> Iterator[Hit]:
    """Every place where ``text`` says an old name, in order, none overlapping.

    Whole names only, case counts, composed and decomposed letters are equal; ordinary words only where quoted.
    """
    lines: list[int] | None = None
    at = 0
    while match := search.pattern.search(text, at):
        start, at = match.span()
        if not _BEFORE.match(text, start):
            at = start + 1
            continue
        old = same_text(match.group())
        quoted: bool | None = None
        names = search.names.get(old, ())
        if any(name.ordinary for name in names):
            quoted = is_quoted(text, start, at, syntax)
            names = tuple(name for name in names if quoted or not name.ordinary)
        if not names:
            continue
        lines = lines or [0, *(newline.end() for newline in _NEWLINE.finditer(text))]
        line = bisect_right(lines, start)
        yield Hit(line, start - lines[line - 1] + 1, old, names)
