"""Suggestions about what rows hold: relations made twice, empty fields, blanks at ends, text that is something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from reconciler.desired.writing.keys import slug
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.live import LiveProperty
from reconciler.model.properties.convert import Context, Converted, convert
from reconciler.observe.suggest.names import words_of
from reconciler.observe.suggest.subject import Subject, Suggestion, field_table, suggestion, taken_out

_LEAST = 3
"""Fewer rows prove nothing."""
_KNOWN = 0.8
"""So many of the texts must be keys of rows elsewhere."""
_READINGS = (
    ("checkbox", "a yes or no"),
    ("number", "a number"),
    ("date", "a date"),
    ("url", "a web address"),
    ("email", "an e-mail address"),
)
_FILLED = frozenset(
    {
        "rich_text", "number", "select", "multi_select", "date", "people", "files", "url", "email", "phone_number",
        "relation", "place",
    }
)  # fmt: skip
"""Types that people fill, and that can be empty."""


def relations_twice(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Two relations of one database to one other, most of whose links are the same."""
    for subject in subjects:
        targets = {each.live.data_source_id: each.key for each in subjects}
        for one, other in combinations(subject.of_type("relation"), 2):
            source = str(one.config.get("data_source_id"))
            mirrored = {(p.config.get("mirror") or {}).get("id") for p in (one, other)}
            if source != str(other.config.get("data_source_id")) or {one.id, other.id} & mirrored:
                continue
            edges = {prop.name: _edges(subject, prop) for prop in (one, other)}
            shared = len(edges[one.name] & edges[other.name])
            kept, gone = sorted(
                (one, other), key=lambda p: (-len(edges[p.name]), p.config.get("mirror") is None, p.name)
            )
            if source not in targets or not edges[gone.name] or 2 * shared < len(edges[gone.name]):
                continue
            whole = len(edges[gone.name])
            yield suggestion(
                "relations-twice",
                subject,
                gone.name,
                f"it links where {kept.name!r} does: {shared} of its {whole} links are there too",
                "a two-way relation that was made twice leaves one that is no longer kept up",
                f"drop it{taken_out(subject, gone.name)}"
                if shared == whole
                else f"let {kept.name!r} take its links{taken_out(subject, gone.name)}",
                _dropped(subject, gone, f"All its links are in {kept.name}")
                if shared == whole
                else field_table(subject, kept.name, _absorbing(kept, targets[source], gone.name)),
            )


def _absorbing(kept: LiveProperty, target: str, gone: str) -> dict[str, Any]:
    """The words of a relation that takes the links of another one."""
    mirror = (kept.config.get("mirror") or {}).get("name")
    return {"type": "relation", "to": target, **({"two_way": mirror} if mirror else {}), "absorbs": [gone]}


def _dropped(subject: Subject, prop: LiveProperty, reason: str) -> dict[str, Any]:
    name = slug(f"{subject.key} {prop.name}") or "field"
    return {"drops": {name: {"what": addresses.of_field(subject.key, prop.name), "reason": reason}}}


def _edges(subject: Subject, prop: LiveProperty) -> set[tuple[str, str]]:
    return {(row.id, page) for row in subject.all_rows for page in row.values.get(prop.id) or ()}


def always_empty(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Fields that no row fills."""
    for subject in subjects:
        if len(subject.all_rows) < _LEAST:
            continue
        for prop in subject.of_type(*_FILLED):
            if subject.values(prop):
                continue
            yield suggestion(
                "always-empty",
                subject,
                prop.name,
                f"none of {len(subject.all_rows)} rows holds a value",
                "a column that nobody fills hides those that matter",
                f"drop it, if nobody means to fill it{taken_out(subject, prop.name)}",
                _dropped(subject, prop, "No row holds a value"),
            )


def blank_ends(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Text with blanks at its ends."""
    for subject in subjects:
        for prop in subject.of_type("title", "rich_text", "url", "email", "phone_number"):
            texts = [properties.of(prop.type).text(value) for value in subject.values(prop)]
            found = sum(text != text.strip() for text in texts)
            if found:
                yield suggestion(
                    "blank-ends",
                    subject,
                    prop.name,
                    f"{found} of {len(texts)} values have blanks at their ends",
                    "what looks the same is not: filters, look-ups and merges by it miss rows",
                    "trim them (the old values are archived)",
                    field_table(subject, prop.name, {"type": prop.type, "tidy": "trim"}),
                )


def text_that_is_more(subjects: Sequence[Subject]) -> Iterator[Suggestion]:
    """Text fields whose every value is a number, a date, an address, or names a row of another database."""
    indexes = {subject.key: _keys(subject) for subject in subjects}
    for subject in subjects:
        for prop in subject.of_type("rich_text"):
            values = subject.values(prop)
            if len(values) < _LEAST:
                continue
            kind = next(((k, said) for k, said in _READINGS if _all_read(k, values)), None)
            if kind is not None:
                yield suggestion(
                    "text-is-typed",
                    subject,
                    prop.name,
                    f"all {len(values)} values are {kind[1]}",
                    "as text it cannot be sorted, filtered or computed with as what it is",
                    "change its type (the text is archived)",
                    field_table(subject, prop.name, {"type": kind[0]}),
                )
            elif not _is_own_key(subject, prop):
                yield from _looked_up(subject, prop, indexes)


def _is_own_key(subject: Subject, prop: LiveProperty) -> bool:
    """Whether the name says that it is this database's own: ``projectId`` of Projects."""
    of_database = [word.casefold() for word in words_of(subject.live.title)]
    return any(
        title.startswith(word.casefold())
        for word in words_of(prop.name)
        if len(word) >= _LEAST
        for title in of_database
    )


def _all_read(kind: str, values: Sequence[object]) -> bool:
    context = Context()
    found = [convert("rich_text", kind, value, context) for value in values]
    return all(isinstance(each, Converted) and each.exact for each in found)


def _keys(subject: Subject) -> dict[str, set[str]]:
    """The texts that name rows, by field: those that every row that has one has to itself."""
    found: dict[str, set[str]] = {}
    for prop in subject.of_type("title", "rich_text", "unique_id"):
        texts = [normal(properties.of(prop.type).text(value)) for value in subject.values(prop)]
        if len(texts) >= _LEAST and len(set(texts)) == len(texts):
            found[prop.name] = set(texts)
    return found


def _looked_up(
    subject: Subject, prop: LiveProperty, indexes: Mapping[str, Mapping[str, set[str]]]
) -> Iterator[Suggestion]:
    texts = [normal(properties.of(prop.type).text(value)) for value in subject.values(prop)]
    hits = [
        (sum(text in keys for text in texts), key, name)
        for key, fields in sorted(indexes.items())
        if key != subject.key
        for name, keys in sorted(fields.items())
    ]
    most, key, name = max(hits, key=lambda hit: hit[0], default=(0, "", ""))
    if most < _LEAST or most < _KNOWN * len(texts):
        return
    yield suggestion(
        "text-is-key",
        subject,
        prop.name,
        f"{most} of {len(texts)} values are the {name!r} of a row of {key!r}",
        "a relation shows the row itself, follows its renames, and can be rolled up",
        "make it a relation (what matches no row is told and stays in the archive)",
        field_table(subject, prop.name, {"type": "relation", "to": key, "match": name}),
    )
