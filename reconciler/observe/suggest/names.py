"""Suggestions about names: options that may be one, names off the house style, databases with the same columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from reconciler.desired.check_names import same
from reconciler.desired.writing.keys import slug
from reconciler.model.condition import normal
from reconciler.model.live import LiveProperty
from reconciler.observe.suggest.subject import Subject, Suggestion, field_table, suggestion

_ALIKE = 0.86
_SHORTEST = 5
_ENDINGS = frozenset({"", "d", "ed", "s", "es", "ing"})
_OPPOSITES = frozenset({"in", "un", "non", "not", "no", "dis", "de", "im", "pre", "re", "sub"})
"""What turns a name into another one: active is not inactive."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")
_MOST_OPTIONS = 60
_LEAST_NAMES = 4
_LEAST_COLUMNS = 3
_OVERLAP = 0.7


def similar_options(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Options of one field whose names differ by case, blanks, punctuation, an ending or a letter."""
    for subject in subjects:
        for prop in subject.of_type("select", "multi_select", "status"):
            names = [option["name"] for option in prop.config.get("options", ())]
            if len(names) > _MOST_OPTIONS or any("," in name or not name.strip() for name in names):
                continue
            uses = _uses(subject, prop)
            for group in _groups(names):
                kept, *former = sorted(group, key=lambda name: (-uses[name], names.index(name)))
                if len({same(name) for name in group}) < len(group):
                    continue
                told = " and ".join(f"'{name}' ({uses[name]})" for name in (kept, *former))
                yield suggestion(
                    "similar-options",
                    subject,
                    prop.name,
                    f"these options may be one: {told}",
                    "rows that mean the same are counted and filtered apart",
                    "fold them (rows are rewritten, then the former options go)",
                    field_table(subject, prop.name, {"type": prop.type, "options": [{"name": kept, "was": former}]}),
                )


def _uses(subject: Subject, prop: LiveProperty) -> Counter[str]:
    held: Counter[str] = Counter()
    for value in subject.values(prop):
        held.update(value if isinstance(value, list) else [value])
    return held


def _groups(names: Sequence[str]) -> list[list[str]]:
    """Names that are alike, together; a name is in one group at most."""
    left, groups = list(names), []
    while left:
        first, *others = left
        group = [first, *(name for name in others if alike(first, name))]
        left = [name for name in left if name not in group]
        if len(group) > 1:
            groups.append(group)
    return groups


def alike(one: str, other: str) -> bool:
    """Whether two names may be spellings of one: never where only digits differ."""
    left, right = (re.sub(r"[\W_]+", "", normal(name).casefold()) for name in (one, other))
    if left == right:
        return bool(left)
    if re.findall(r"\d+", left) != re.findall(r"\d+", right):
        return False
    short, long = sorted((left, right), key=len)
    if len(short) < _SHORTEST or (long.endswith(short) and long.removesuffix(short) in _OPPOSITES):
        return False
    stem = short.removesuffix("e")
    if long.startswith(stem) and long[len(stem) :].removeprefix("e") in _ENDINGS:
        return True
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= _ALIKE


def words_of(name: str) -> list[str]:
    """The words of a name, however they are joined: ``projectID`` is project and ID."""
    return _WORDS.findall(name)


_STYLES: dict[str, Callable[[list[str]], str]] = {
    "camelCase": lambda words: words[0].lower() + "".join(word.capitalize() for word in words[1:]),
    "snake_case": lambda words: "_".join(word.lower() for word in words),
    "kebab-case": lambda words: "-".join(word.lower() for word in words),
    "Title Case": lambda words: " ".join(word if word.isupper() else word.capitalize() for word in words),
    "Sentence case": lambda words: " ".join([words[0].capitalize(), *(word.lower() for word in words[1:])]),
}


def style_of(name: str) -> str:
    """The style that a name of several words is in, "" for one that is in none, or has one word."""
    words = words_of(name)
    if len(words) < 2:
        return ""
    return next((style for style, write in _STYLES.items() if write(words) == name), "")


def off_style(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Names of several words that are not in the style of two thirds of all such names.

    An acronym in capitals is let be, unless the name is written otherwise elsewhere (projectID here, projectId there).
    """
    named = [
        (subject, prop)
        for subject in subjects
        for prop in sorted(subject.live.properties, key=lambda prop: prop.name)
        if len(words_of(prop.name)) > 1
    ]
    styles = Counter(style_of(prop.name) for _, prop in named)
    styles.pop("", None)
    house, total = max(styles.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if len(named) < _LEAST_NAMES or 3 * total < 2 * len(named):
        return
    known = {prop.name for _, prop in named}
    for subject, prop in named:
        wanted = _STYLES[house](words_of(prop.name))
        taken = {same(other.name) for other in subject.live.properties if other.id != prop.id}
        plain = prop.type in _RENAMED and all(len(word) > 1 or word.isdigit() for word in words_of(prop.name))
        acronym = wanted not in known and any(word.isupper() for word in words_of(prop.name)[1:])
        if style_of(prop.name) == house or wanted == prop.name or same(wanted) in taken or acronym or not plain:
            continue
        yield suggestion(
            "off-style",
            subject,
            prop.name,
            f"the name is not {house}, as {total} of {len(named)} names of several words are",
            "names that are written one way are found, and typed, without a look",
            "rename it (formulas and views that name it follow in Notion)",
            field_table(subject, wanted, {"type": prop.type, "was": [prop.name]}, now=prop.name),
        )


_RENAMED = frozenset(
    {
        "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox",
        "url", "email", "phone_number", "place",
    }
)  # fmt: skip
"""Types whose table needs no more than the type."""


def same_columns(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Databases that share most of their columns, by name and type."""
    for one, other in combinations(sorted(subjects, key=lambda s: s.key), 2):
        left, right = _columns(one), _columns(other)
        shared = left & right
        if len(shared) < _LEAST_COLUMNS or len(shared) < _OVERLAP * len(left | right):
            continue
        into, source = sorted((one, other), key=lambda s: (-len(s.all_rows), s.key))
        name = slug(source.live.title) or source.key
        yield suggestion(
            "same-columns",
            source,
            "",
            f"{len(shared)} of {len(left | right)} columns are those of {into.key!r} ({into.live.title!r})",
            "what is one kind of thing may be better off in one database",
            "merge them, if they are: rows move as pages, what does not fit is archived",
            {"merges": {name: {"from": source.key, "into": into.key, "then": "mark"}}},
        )


def _columns(subject: Subject) -> set[tuple[str, str]]:
    """Names and types; the title counts as one, however it is called."""
    return {("" if p.type == "title" else same(p.name), p.type) for p in subject.live.properties}
