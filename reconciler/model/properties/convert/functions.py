"""The functions of the table: from a canonical value of one type to one of another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.live import Value
from reconciler.model.properties import text as rich
from reconciler.model.properties.common import unique
from reconciler.model.properties.convert import texts
from reconciler.model.properties.convert.base import Context, Convert, Converted, Failed, Result, quoted
from reconciler.model.properties.convert.readings import READINGS, is_plain

_SEPARATORS = re.compile(r"[\s,;]*")
_BETWEEN_ADDRESSES = re.compile(r",?\s+")


def to_text(from_type: str) -> Convert:
    """Readable text; several values joined by ", "."""
    read = READINGS[from_type]

    def run(value: Value, context: Context) -> Result:
        found = read(value, context)
        return Converted(rich.of_plain(", ".join(found.parts)), found.exact)

    return run


def by_text(from_type: str, to_type: str) -> Convert:
    """Each text of the value read as the target's type; several only where the target holds several."""
    read, take = READINGS[from_type], texts.READERS[to_type]

    def run(value: Value, context: Context) -> Result:
        found = read(value, context)
        if to_type not in texts.SEVERAL and len(found.parts) > 1:
            return Failed(f"{quoted(', '.join(found.parts))} is {len(found.parts)} values, and the field holds one")
        taken = united(taking(take, part, context) for part in found.parts)
        return lessened(taken, exact=found.exact)

    return run


def taking(take: texts.Reader, text: str, context: Context) -> Result:
    """What the text says without the blanks at its ends, which are a loss."""
    trimmed = text.strip()
    if not trimmed:
        return Failed(f"{quoted(text)} says nothing")
    return lessened(take(trimmed, context), exact=trimmed == text)


def lessened(found: Result, *, exact: bool) -> Result:
    """The same result, known to have lost something where ``exact`` is False."""
    return found if exact or isinstance(found, Failed) else replace(found, exact=False)


def united(results: Iterable[Result]) -> Result:
    """All values of several results as one, each once; the first failure where there is one."""
    values: list[Value] = []
    exact = True
    for found in results:
        if isinstance(found, Failed):
            return found
        exact = exact and found.exact
        values.append(found.value)
    if len(values) == 1:
        return Converted(values[0], exact)
    merged: list[Value] = []
    for value in values:
        merged.extend(each for each in value if each not in merged)
    return Converted(merged, exact)


def of_text(to_type: str) -> Convert:
    """Rich text read as the target's type, formatting lost; a list by its commas where the target holds several."""
    take = texts.READERS[to_type]

    def run(value: Value, context: Context) -> Result:
        text = rich.plain(value)
        whole = taking(take, text, context)
        if to_type in texts.SEVERAL and (isinstance(whole, Failed) or to_type == "multi_select"):
            whole = _listed(to_type, text, context, whole)
        return lessened(whole, exact=is_plain(value))

    return run


def _listed(to_type: str, text: str, context: Context, whole: Result) -> Result:
    """A text as a list; ``whole`` is what it says as one."""
    if to_type == "relation":
        return whole
    pieces = _BETWEEN_ADDRESSES.split(text.strip()) if to_type == "files" else text.split(",")
    parts = [piece for piece in pieces if piece.strip()]
    if len(parts) == 1 and len(pieces) == 1:
        return whole
    if not parts:
        return Failed(f"{quoted(text)} says nothing")
    found = united(texts.READERS[to_type](part.strip(), context) for part in parts)
    return lessened(found, exact=text.strip() == text)


def _mentioned(value: list[dict[str, Any]], kind: str) -> list[Any]:
    """What the mentions of ``kind`` point at, where text is nothing but such mentions and separators; else []."""
    found: list[Any] = []
    for run in value:
        mention = run.get("mention")
        if mention is None:
            if "equation" in run or not _SEPARATORS.fullmatch(str(run.get("text", ""))):
                return []
        elif mention.get("type") == kind:
            found.append(mention[kind])
        else:
            return []
    return found


def text_to_people(value: Value, context: Context) -> Result:
    """Mentions of people, else e-mail addresses or names."""
    mentioned = _mentioned(value, "user")
    if mentioned:
        return Converted([{"id": each} for each in unique([str(each["id"]) for each in mentioned])])
    return of_text("people")(value, context)


def text_to_relation(value: Value, context: Context) -> Result:
    """Mentions of pages that are rows of the target, else as any text."""
    mentioned = unique([str(each["id"]) for each in _mentioned(value, "page")])
    if mentioned and all(context.is_row(each) for each in mentioned):
        return Converted(mentioned)
    return of_text("relation")(value, context)


def text_to_date(value: Value, context: Context) -> Result:
    """A mention of a date, else a date as written."""
    mentioned = _mentioned(value, "date")
    return Converted(mentioned[0]) if len(mentioned) == 1 else of_text("date")(value, context)


def text_to_url(value: Value, context: Context) -> Result:
    """The address that the text is, else the one that all of it links to."""
    found = of_text("url")(value, context)
    targets = {run.get("link") for run in value if str(run.get("text", "")).strip()}
    if isinstance(found, Failed) and len(targets) == 1 and isinstance(link := targets.pop(), str):
        return lessened(texts.as_url(link, context), exact=False)
    return found


def kept(value: Value, context: Context) -> Result:
    """The value as it is."""
    del context
    return Converted(value)


def options_kept(value: Value, context: Context) -> Result:
    """Options by name, folded, new ones where allowed."""
    return united(texts.as_option_list(each, context) for each in value)


def one_option(to_type: str) -> Convert:
    """The option of the same name."""
    take = texts.READERS[to_type]
    return lambda value, context: take(value, context)


def relation_kept(value: Value, context: Context) -> Result:
    """Links to rows of the target."""
    strange = [each for each in value if not context.is_row(each)]
    return (
        Failed(f"{len(strange)} of {len(value)} links are to rows of another database")
        if strange
        else kept(value, context)
    )


def number_to_checkbox(value: Value, context: Context) -> Result:
    """1 is yes, 0 is no."""
    del context
    return Converted(bool(value)) if value in (0, 1) else Failed(f"{value} is neither 0 nor 1")


def checkbox_to_number(value: Value, context: Context) -> Result:
    """Yes is 1, no is 0."""
    del context
    return Converted(int(bool(value)))


def checkbox_to_option(to_type: str) -> Convert:
    """The option Yes or No; where there is none, the one option that is a word for it; else a new one."""
    take = texts.READERS[to_type]

    def run(value: Value, context: Context) -> Result:
        words = texts.YES if value else texts.NO
        word = "Yes" if value else "No"
        meant = [option for option in context.options if normal(option).casefold() in words]
        exactly = [option for option in meant if normal(option) == word]
        if not exactly and len(meant) > 1:
            return Failed(f"{word} could be each of {quoted(', '.join(meant))}")
        name = (exactly or meant or [word])[0]
        return take(name, context)

    return run


def files_to_url(value: Value, context: Context) -> Result:
    """The address of one external file; its name is lost."""
    del context
    if len(value) > 1:
        return Failed(f"holds {len(value)} files, and the field holds one address")
    one = value[0]
    if "url" not in one:
        return Failed(f"{quoted(one['name'])} is kept by Notion: it has no address that lasts")
    return Converted(one["url"], exact=one["name"] in (one["url"], texts.file_name(one["url"])))


def person_as_people(value: Value, context: Context) -> Result:
    """The one person."""
    del context
    return Converted([value])


def time_as_date(value: Value, context: Context) -> Result:
    """The time."""
    del context
    return Converted({"start": value})


def unique_id_to_number(value: Value, context: Context) -> Result:
    """The number; a prefix is lost."""
    del context
    return Converted(value["number"], exact=not value.get("prefix"))


def verification_to_checkbox(value: Value, context: Context) -> Result:
    """Verified is yes; by whom and until when is lost."""
    del context
    return Converted(value["state"] == "verified", exact=False)


def nothing(to_type: str) -> Value:
    """The value of a row that holds nothing of the type; a list is a new one each time."""
    value = properties.of(to_type).nothing
    return list(value) if isinstance(value, list) else value


Turn = Callable[[str, str, Value, Context], Result | None]
"""The whole table as a function: (from type, to type, value, context); None for a blocked pair."""

_RESULTS: Final = {"string": "rich_text", "number": "number", "boolean": "checkbox", "date": "date"}


def computed(to_type: str, turn: Turn) -> Convert:
    """The result of a formula or rollup, read as the type that it is; items of an array each for itself."""

    def run(value: Value, context: Context) -> Result:
        kind = str(value["type"])
        if kind == "array":
            return _rolled_up(value["array"], to_type, turn, context)
        if kind not in _RESULTS:
            return Failed(f"its result is of the kind {quoted(kind)}, which cannot be read")
        inner = value[kind]
        return _turned(_RESULTS[kind], to_type, rich.of_plain(inner) if kind == "string" else inner, turn, context)

    return run


def _turned(kind: str, to_type: str, value: Value, turn: Turn, context: Context) -> Result:
    found = turn(kind, to_type, value, context)
    return Failed(f"holds {quoted(kind)}, which says nothing that {to_type} could hold") if found is None else found


def _rolled_up(items: list[dict[str, Any]], to_type: str, turn: Turn, context: Context) -> Result:
    if not items:
        return Converted(nothing(to_type))
    if len(items) > 1 and to_type != "rich_text" and to_type not in texts.SEVERAL:
        return Failed(f"holds {len(items)} values, and the field holds one")
    found: list[Converted] = []
    for item in items:
        kind = "rich_text" if item["type"] == "title" else str(item["type"])
        one = _turned(kind, to_type, item[item["type"]], turn, context)
        if isinstance(one, Failed):
            return one
        found.append(one)
    if len(found) == 1:
        return found[0]
    if to_type == "rich_text":
        shown = [rich.plain(one.value) for one in found]
        return Converted(rich.of_plain(", ".join(filter(None, shown))), exact=False)
    return united(found)
