"""``wtstate explain``: what a finding's code means and what to do about it, without a look at the documentation."""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exits, screen
from reconciler.model.finding import Finding, WtstateError

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*|`(?=[^`])|(?<=[^`])`")


def explain(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="A finding's code. Without it: all.")] = None,
) -> int:
    """Say what a finding's code means and what to do about it.

    Example: wtstate explain both-live
    """
    pages = sections(page_path().read_text(encoding="utf-8"))
    if code is None:
        screen.say_lines(sorted(pages))
        return exits.OK
    wanted = code.strip().strip("[]").removeprefix("error[").removeprefix("warning[")
    if wanted not in pages:
        close = get_close_matches(wanted, pages, n=1)
        raise WtstateError(
            Finding(
                code="unknown-code",
                what=f"there is no finding {wanted!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
                next="see all codes with `wtstate explain`",
            )
        )
    screen.say_lines([wanted, "", *plain(pages[wanted])])
    return exits.OK


def page_path() -> Path:
    """The page of all findings: the wheel's copy, in a checkout the documentation's own."""
    packaged = Path(str(files("reconciler"))) / "pages" / "findings.md"
    return packaged if packaged.is_file() else Path(__file__).parents[2] / "docs" / "reference" / "findings.md"


def sections(page: str) -> dict[str, str]:
    """The text of each section of the page by its code."""
    parts = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return {code: text.split("\n## ")[0].strip() for code, text in zip(parts[1::2], parts[2::2], strict=True)}


def plain(markdown: str) -> list[str]:
    """The lines of a section as they are read on a terminal: paragraphs whole, code as it is, no marks."""
    told: list[str] = []
    for number, block in enumerate(re.split(r"^```\w*\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)):
        if number % 2:
            told += [f"    {line}" for line in block.rstrip("\n").split("\n")]
            continue
        for paragraph in re.split(r"\n{2,}", block.strip()):
            lists = re.split(r"\n(?=[-|] ?)", paragraph)
            told += [_MARKS.sub("", _LINK.sub(r"\1", " ".join(each.split()))) for each in lists]
            told.append("")
    return told[:-1] if told and not told[-1] else told
