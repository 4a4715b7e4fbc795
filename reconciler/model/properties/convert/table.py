"""The table: what becomes of a value when its field changes its type. Ours, never Notion's own unpublished one.

Every ordered pair of property types is a cell: a function, or blocked with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from reconciler.model import properties
from reconciler.model.limits import ARRAY_ITEMS
from reconciler.model.live import Value
from reconciler.model.properties.base import Lookup
from reconciler.model.properties.convert import functions, texts
from reconciler.model.properties.convert.base import Cell, Context, Convert, Converted, Failed, Result
from reconciler.model.properties.convert.functions import by_text, checkbox_to_option, kept, of_text, to_text

TARGETS: Final = tuple(texts.READERS)
"""Types that a field can become."""

_STRINGS: Final = ("select", "status", "multi_select", "url", "email", "phone_number")
_NAMED: Final = ("select", "multi_select", "status", "relation")
"""What any text can name."""

_BY_TEXT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **{kind: tuple(each for each in TARGETS if each not in ("rich_text", kind)) for kind in _STRINGS},
        "number": (*_NAMED, "phone_number"),
        "date": _NAMED,
        "people": (*_NAMED, "email"),
        "relation": ("select", "multi_select", "status", "people"),
        "unique_id": _NAMED,
        "verification": ("select", "multi_select", "status"),
    }
)
"""Pairs that go through the readable text of the value."""

_OWN: Final[Mapping[tuple[str, str], tuple[Convert, str]]] = MappingProxyType(
    {
        **{("rich_text", to): (of_text(to), "as it reads; formatting is lost") for to in TARGETS if to != "rich_text"},
        ("rich_text", "people"): (functions.text_to_people, "mentions of people, or e-mail addresses or names"),
        ("rich_text", "relation"): (
            functions.text_to_relation,
            "mentions of pages, `Title (url)`, or what `match` finds",
        ),
        ("rich_text", "date"): (functions.text_to_date, "a mention of a date, or a date as it reads"),
        ("rich_text", "url"): (functions.text_to_url, "the address that it is or, all of it, links to"),
        ("number", "checkbox"): (functions.number_to_checkbox, "1 is yes, 0 is no"),
        ("checkbox", "number"): (functions.checkbox_to_number, "yes is 1, no is 0"),
        **{
            ("checkbox", to): (checkbox_to_option(to), "the option Yes or No, or the one that is a word for it")
            for to in ("select", "multi_select", "status")
        },
        ("files", "url"): (functions.files_to_url, "the address of one external file"),
        ("unique_id", "number"): (functions.unique_id_to_number, "the number; a prefix is lost"),
        ("verification", "checkbox"): (functions.verification_to_checkbox, "verified is yes"),
        **{(kind, kind): (kept, "the same") for kind in TARGETS},
        **{(kind, kind): (functions.one_option(kind), "the option of that name") for kind in ("select", "status")},
        ("multi_select", "multi_select"): (functions.options_kept, "the options of those names"),
        ("relation", "relation"): (functions.relation_kept, "the same links, where they are to rows of the target"),
    }
)

_LIKE: Final[Mapping[str, tuple[str, Convert]]] = MappingProxyType(
    {
        "created_time": ("date", functions.time_as_date),
        "last_edited_time": ("date", functions.time_as_date),
        "created_by": ("people", functions.person_as_people),
        "last_edited_by": ("people", functions.person_as_people),
    }
)
"""Computed types whose values are those of a writable one: it, and the function that makes them so."""

_NOT_IN_PLACE: Final = frozenset({*_LIKE, "unique_id", "verification", "formula", "rollup"})

_NONSENSE = "values of {old} say nothing that {new} could hold: make a new field and drop this one"
_COMPUTED = "Notion fills {new} in itself: make a new field and drop this one"
_REFUSED = {
    "title": "Notion does not turn a title into anything, nor anything into a title: every database has the one",
    "place": "Notion turns nothing into a place and a place into nothing: make a new field and drop this one",
}


_ANY_ROW: Final = "00000000-0000-0000-0000-000000000000"


def _turn(from_type: str, to_type: str, value: Value, context: Context) -> Result | None:
    function = cell(from_type, to_type).convert
    return None if function is None else function(value, context)


def _function(old: str, new: str) -> tuple[Convert, str] | None:
    if (old, new) in _OWN:
        return _OWN[old, new]
    if old in ("formula", "rollup"):
        return functions.computed(new, _turn), "its result, as the type that it is"
    if old in _LIKE:
        return _like(old, new)
    if old == "button":
        return None
    if new == "rich_text":
        return to_text(old), _TEXT_LOSES.get(old, "as it reads")
    if new in _BY_TEXT.get(old, ()):
        return by_text(old, new), "by its text" if old != "multi_select" else "by the text of each"
    return None


_TEXT_LOSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "ISO dates, ranges with `→`; the name of a zone is lost",
        "people": "e-mail addresses, else names",
        "relation": "names of rows; the links are lost",
        "files": "addresses; of files that Notion keeps the names",
        "checkbox": "Yes or No",
        "multi_select": "names, joined by `, `",
        "verification": "its state",
    }
)


def _like(old: str, new: str) -> tuple[Convert, str] | None:
    base, make = _LIKE[old]
    inner = _function(base, new)
    if inner is None:
        return None
    function, how = inner

    def run(value: Value, context: Context) -> Result:
        made = make(value, context)
        return made if isinstance(made, Failed) else function(made.value, context)

    return run, how


def _guarded(function: Convert, old: str, new: str) -> Convert:
    """Nothing becomes nothing; what Notion would not take in one value fails."""
    source = properties.of(old)

    def run(value: Value, context: Context) -> Result:
        if source.empty(value):
            return Converted(functions.nothing(new))
        found = function(value, context)
        if isinstance(found, Converted) and isinstance(found.value, list) and new in texts.SEVERAL and old != new:
            many = len(found.value)
            if many > ARRAY_ITEMS:
                return Failed(f"holds {many} values, and Notion takes {ARRAY_ITEMS} in one")
        return found

    return run


def _cell(old: str, new: str) -> Cell:
    if new not in TARGETS and new not in _REFUSED:
        return Cell(None, _COMPUTED.format(new=new))
    if old == new and new in _REFUSED:
        return Cell(_guarded(kept, old, new), how="the same")
    for each in (old, new):
        if each in _REFUSED:
            return Cell(None, _REFUSED[each])
    found = _function(old, new)
    if found is None:
        return Cell(None, _NONSENSE.format(old=old, new=new))
    function, how = found
    return Cell(_guarded(function, old, new), in_place=old not in _NOT_IN_PLACE, how=how)


TABLE: Final[Mapping[tuple[str, str], Cell]] = MappingProxyType(
    {(old, new): _cell(old, new) for old in properties.ALL for new in properties.ALL}
)
"""Every (from type, to type)."""


def cell(from_type: str, to_type: str) -> Cell:
    """The cell of the pair; one with a type that is not known is blocked. Never raises."""
    found = TABLE.get((from_type, to_type))
    if found is not None:
        return found
    strange = from_type if from_type not in properties.ALL else to_type
    return Cell(None, f"{strange!r} is no type that is known here")


def convert(from_type: str, to_type: str, value: Value, context: Context) -> Result:
    """A canonical value of ``from_type`` as one of ``to_type``; `Failed` for a blocked pair. Never raises.

    The value of a title has the form of rich_text: where values move between fields (merges) and no field changes its
    type, say rich_text for title.
    """
    found = cell(from_type, to_type)
    return Failed(found.why_blocked) if found.convert is None else found.convert(value, context)


def looked_up(from_type: str, value: Value, names: Lookup | None = None) -> tuple[str, ...]:
    """The texts for which ``convert(from_type, "relation", value, …)`` may ask ``Context.rows``, each once, in order.

    ``names`` as in the context, where the value holds rows of another database.
    """
    asked: list[str] = []

    def rows(text: str) -> tuple[str, ...]:
        asked.append(text)
        return (_ANY_ROW,)

    context = Context(rows=rows, is_row=lambda _page_id: False)
    convert(from_type, "relation", value, replace(context, names=names) if names else context)
    return tuple(dict.fromkeys(asked))
