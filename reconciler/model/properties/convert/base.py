"""What a conversion is told and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.model.live import Value
from reconciler.model.properties.base import Lookup

_SHOWN = 60


@dataclass(frozen=True)
class Converted:
    """The value in the target's canonical form. ``exact`` is False when something was lost on the way (formatting,
    seconds, a currency, a person's identity); what was lost is in the archive."""

    value: Value
    exact: bool = True


@dataclass(frozen=True)
class Failed:
    """No value of the target says this: ``why`` is one short sentence for people, on one line, quoting the value."""

    why: str


Result = Converted | Failed


def _unknown(object_id: str) -> str:
    raise LookupError(object_id)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a conversion may look up; the caller has asked for all of it before.

    ``options`` are the target's option names, ``folds`` tells old names from new ones. ``people`` gives ids by e-mail
    address (its case does not count) and by name, names that several people share left out. ``rows`` gives the ids of
    the target's rows that a text names; ``is_row`` tells whether a page id is one of them. ``names`` gives a row's name
    by its page id. ``allows_new_options`` lets select and multi_select take names that are not in ``options``.
    """

    options: tuple[str, ...] = ()
    folds: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    rows: Callable[[str], tuple[str, ...]] = lambda _text: ()
    is_row: Callable[[str], bool] = lambda _page_id: True
    names: Lookup = _unknown
    allows_new_options: bool = False


Convert = Callable[[Value, Context], Result]
"""Pure, and total over the canonical values of its type: it never raises."""


@dataclass(frozen=True)
class Cell:
    """One cell of the table: a function, or None and ``why_blocked``.

    ``in_place`` False: the values convert, the field does not; a new one is made beside it and the old one dropped.
    ``how`` says in a phrase what the function does, for the reference page.
    """

    convert: Convert | None
    why_blocked: str = ""
    in_place: bool = True
    how: str = ""


def quoted(text: str) -> str:
    """A value inside a sentence: on one line, escaped like a Python string, cut to a glance."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
