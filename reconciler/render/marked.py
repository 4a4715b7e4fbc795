"""Text for Markdown that nothing can break out of.

One rule: whatever could mean something to Markdown, to HTML or to GitHub (a mention, a reference, an address that
becomes a link, an emoji's short name) stands in a code span, where nothing is read. What is left is words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.render.escape import visible

_RUN = re.compile("`+")
_RISKY = re.compile(
    r"""[@#`*_~|<>&\\$^={}\[\]]      # marks, mentions, references, tags, entities
      | ://|www\.|:\w[\w+-]*:         # addresses that become links, emoji's short names
      | ^-{2,}$                       # a rule across the page
      | (?:^|\W)GH-\d                 # issues
      | (?:^|\W)[0-9a-f]{7,40}(?:\W|$)  # commits
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LISTS = re.compile(r"(?:\d+[.)]|[+-])(?=\s|$)")
"""What begins a list at the beginning of a line."""
_QUOTED = re.compile("`([^`]+)`")


def marker(of: str, environment: str) -> str:
    """The first line of a comment: by it a job finds the one that it wrote before, of this environment."""
    return f"<!-- wtstate {of} · env {environment} -->" if environment else f"<!-- wtstate {of} -->"


def in_environment(environment: str) -> str:
    """What stands behind a heading: the environment, where there is one."""
    return f" · env {prose(environment)}" if environment else ""


def code(text: str) -> str:
    """``text`` as a code span on one line: exactly its characters, whatever they are; "" stays empty."""
    shown = visible(text)
    if not shown:
        return ""
    longest = {len(run) for run in _RUN.findall(shown)}
    fence = "`" * next(length for length in range(1, len(longest) + 2) if length not in longest)
    padded = f" {shown} " if shown.strip(" ") and {shown[0], shown[-1]} & {" ", "`"} else shown
    return f"{fence}{padded}{fence}"


def prose(text: str) -> str:
    """A sentence in which names from Notion may stand: ordinary words as they are, everything else as code spans.

    What stands between backticks, as commands do, becomes one span.
    """
    parts: list[str] = []
    end = 0
    for found in _QUOTED.finditer(text):
        parts += [_words(text[end : found.start()]), code(found.group(1))]
        end = found.end()
    said = side_by_side([*parts, _words(text[end:])]).strip()
    begins = _LISTS.match(said)
    return f"{said[: begins.end() - 1]}\\{said[begins.end() - 1 :]}" if begins else said


def side_by_side(pieces: Iterable[str]) -> str:
    """The pieces, joined; a blank between two spans that would run into each other."""
    joined = ""
    for piece in pieces:
        joined += f" {piece}" if joined.endswith("`") and piece.startswith("`") else piece
    return joined


def _words(text: str) -> str:
    """Words, those that could mean something in spans; neighbours share one."""
    told: list[str] = []
    risky: list[str] = []
    for piece in re.split(r"( +)", visible(text)):
        if (piece.strip() and _RISKY.search(piece)) or (not piece.strip() and risky):
            risky.append(piece)
        else:
            told += [*_span(risky), piece]
            risky = []
    return "".join([*told, *_span(risky)])


def _span(pieces: list[str]) -> list[str]:
    """The pieces as one span, the blanks at its end outside of it."""
    joined = "".join(pieces)
    if not joined:
        return []
    bare = joined.rstrip(" ")
    return [code(bare), joined[len(bare) :]]
