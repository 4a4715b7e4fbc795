"""Conditions: what a rule asks of a row's key or of a field, judged here and, more widely, by Notion.

Text is compared after Unicode NFC and trimming, case counts. A filter for Notion (``reconciler.model.properties``)
may be wider than the condition, never narrower; `Condition` in this module is the judge.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
import unicodedata
from dataclasses import dataclass

Scalar = str | int | float | bool | dt.date | dt.datetime


def normal(text: str) -> str:
    """Text in the form in which it is compared: Unicode NFC, without blanks at the ends."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


@dataclass(frozen=True)
class Equals:
    """Exactly this value; text after `normal`. In multi-valued fields: one of the values is this."""

    value: Scalar


@dataclass(frozen=True)
class Glob:
    """The whole text meets the pattern (``*``, ``?``, ``[…]``), case counts."""

    pattern: str

    def matches(self, text: str) -> bool:
        """Whether the whole of ``text`` meets the pattern, both in `normal` form."""
        return fnmatch.fnmatchcase(normal(text), normal(self.pattern))

    @property
    def literal(self) -> str:
        """The longest run of characters that every match holds as it stands ("" when there is none)."""
        runs = re.split(r"\*|\?|\[[^\]]*\]", self.pattern)
        return max(runs, key=len)


@dataclass(frozen=True)
class AnyOf:
    """Any of these conditions holds; an empty one never does."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The condition does not hold; true of empty fields unless the condition holds of them."""

    condition: Condition


@dataclass(frozen=True)
class Empty:
    """The field is empty: no text, null, an empty list; an unchecked checkbox is not empty."""


@dataclass(frozen=True)
class Before:
    """The date's start lies before; false of empty fields."""

    value: dt.date | dt.datetime


@dataclass(frozen=True)
class After:
    """The date's start lies after; false of empty fields."""

    value: dt.date | dt.datetime


Condition = Equals | Glob | AnyOf | Not | Empty | Before | After
