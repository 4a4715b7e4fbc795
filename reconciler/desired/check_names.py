"""Names: what is declared twice, shared, or claimed by two, by Notion's rule that case does not count."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from reconciler.desired import codes
from reconciler.desired.draft import Draft
from reconciler.desired.state import Database, Field, Option
from reconciler.model import address
from reconciler.model.finding import Finding, Location
from reconciler.model.limits import OPTIONS


def same(name: str) -> str:
    """The form in which Notion takes two names of fields or options for one."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def check(draft: Draft) -> Iterator[Finding]:
    """Everything that is wrong with the names of databases, fields and options."""
    yield from _databases(draft)
    for database in draft.databases.values():
        yield from _fields(database, draft)
        for field in database.fields.values():
            yield from _options(field, draft)


def _claim(claims: dict[str, str], name: str, by: str) -> str | None:
    """Who else claimed ``name`` before, if anyone did."""
    other = claims.setdefault(name, by)
    return other if other != by else None


def _databases(draft: Draft) -> Iterator[Finding]:
    titles: dict[str, str] = {}
    for database in draft.databases.values():
        of = address.of_database(database.key)
        other = _claim(titles, database.title.strip(), of)
        if other and not (database.bind and draft.databases[address.parse(other)[0]].bind):
            yield Finding(
                codes.TITLE_SHARED,
                f'{of} and {other} both have the title "{database.title}"',
                "give one of them another title, or say with `bind` in both which live databases they are",
                address=of,
                why="a database is found by its title: with two of one title nobody can say which is which",
                where=draft.at(of, "title"),
            )
    keys = {key: address.of_database(key) for key in draft.databases}
    was: dict[str, str] = {}
    for database in draft.databases.values():
        of = address.of_database(database.key)
        for index, name in enumerate(database.was):
            at = draft.at(of, "was", index)
            holder = titles.get(name.strip()) or keys.get(name)
            if holder is not None and holder != of:
                yield _was_declared(name, of, holder, at)
            elif other := _claim(was, name.strip(), of):
                yield _was_shared(name, of, other, at)


def _was_declared(name: str, of: str, holder: str, at: Location | None) -> Finding:
    return Finding(
        codes.WAS_DECLARED,
        f'"{name}" is a former name of {of} and the name of {holder}',
        "take it out of was, or rename the other",
        address=of,
        why="one live thing cannot be both",
        where=at,
    )


def _was_shared(name: str, of: str, other: str, at: Location | None) -> Finding:
    return Finding(
        codes.WAS_SHARED,
        f'"{name}" is a former name of {of} and of {other}',
        "leave it with the one that it became",
        address=of,
        why="one live thing cannot become two",
        where=at,
    )


def _fields(database: Database, draft: Draft) -> Iterator[Finding]:
    declared: dict[str, str] = {}
    for field in database.fields.values():
        of = address.of_field(database.key, field.name)
        if other := _claim(declared, same(field.name), of):
            yield Finding(
                codes.SAME_NAME,
                f"{of} and {other} are one name to Notion",
                "choose another name for one of them",
                address=of,
                why="Notion's property names are unique without case",
                where=draft.at(of) or field.where,
            )
    yield from _titles(database)
    was: dict[str, str] = {}
    for field in database.fields.values():
        of = address.of_field(database.key, field.name)
        for index, name in enumerate(field.was):
            at = draft.at(of, "was", index)
            holder = declared.get(same(name))
            if holder is not None and holder != of:
                yield _was_declared(name, of, holder, at)
            elif other := _claim(was, same(name), of):
                yield _was_shared(name, of, other, at)
    yield from _absorbed(database, declared, was, draft)


def _titles(database: Database) -> Iterator[Finding]:
    titles = [field for field in database.fields.values() if field.type == "title"]
    for field in titles[1:]:
        yield Finding(
            codes.TWO_TITLES,
            f'"{titles[0].name}" and "{field.name}" are both declared as the title',
            'let one be "rich_text"',
            address=address.of_field(database.key, field.name),
            why="each database has exactly one title property",
            where=field.where,
        )


def _absorbed(database: Database, declared: dict[str, str], was: dict[str, str], draft: Draft) -> Iterator[Finding]:
    absorbed: dict[str, str] = {}
    for field in database.fields.values():
        of = address.of_field(database.key, field.name)
        for index, name in enumerate(field.absorbs):
            if same(name) in declared:
                role = f"declared, as {declared[same(name)]}"
            elif same(name) in was:
                role = f"a former name of {was[same(name)]}"
            elif other := _claim(absorbed, same(name), of):
                role = f"absorbed by {other}"
            else:
                continue
            yield Finding(
                codes.ABSORBS_DECLARED,
                f'"{name}" is absorbed by {of}, and is also {role}',
                "name it once: where its values should go",
                address=of,
                why="a field whose values move elsewhere has no declaration of its own",
                where=draft.at(of, "absorbs", index),
            )


def _options(field: Field, draft: Draft) -> Iterator[Finding]:
    options = field.options or ()
    of = address.of_field(field.database, field.name)
    if len(options) > OPTIONS:
        yield Finding(
            codes.TOO_MANY_OPTIONS,
            f"{of} declares {len(options)} options, Notion takes {OPTIONS} in one request",
            'split the field, or make it a relation or "rich_text"',
            address=of,
            why="Notion replaces the whole list at once, so a longer one can never be sent",
            where=draft.at(of, "options"),
        )
    declared: dict[str, str] = {}
    for index, option in enumerate(options):
        yield from _commas(option, of)
        if same(option.name) in declared:
            yield Finding(
                codes.SAME_NAME,
                f'"{option.name}" and "{declared[same(option.name)]}" are one option to Notion',
                "keep one; a former name belongs into was",
                address=address.of_option(field.database, field.name, option.name),
                why="Notion's option names are unique without case",
                where=draft.at(of, "options", index),
            )
        declared.setdefault(same(option.name), option.name)
    yield from _former_options(options, declared, of, draft)


def _former_options(options: Iterable[Option], declared: dict[str, str], of: str, draft: Draft) -> Iterator[Finding]:
    was: dict[str, int] = {}
    for index, option in enumerate(options):
        for place, name in enumerate(option.was):
            at = draft.at(of, "options", index, "was", place)
            holder = declared.get(same(name))
            if holder is not None and holder != option.name:
                yield _was_declared(name, f"{of}[{option.name}]", f"{of}[{holder}]", at)
            elif name in option.was[:place]:
                yield Finding(
                    codes.WAS_SHARED,
                    f'"{name}" stands twice among the former names of {of}[{option.name}]',
                    "write it once",
                    address=f"{of}[{option.name}]",
                    where=at,
                )
            elif was.setdefault(same(name), index) != index:
                yield _was_shared(name, f"{of}[{option.name}]", "another option", at)


def _commas(option: Option, of: str) -> Iterator[Finding]:
    if "," in option.name:
        yield Finding(
            codes.COMMA_IN_OPTION,
            f'the option "{option.name}" has a comma',
            "write it without; Notion refuses commas in option names",
            address=f"{of}[{option.name}]",
            where=option.where,
        )
