"""From pydantic's errors to findings: the code, the sentence, the place, the word that was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.desired import codes
from reconciler.desired.conditions import FORM_TABLES, Table
from reconciler.desired.draft import Path, Spot, listed, meant
from reconciler.desired.rules import TitleRef
from reconciler.model.finding import Finding

_LITERAL_CODES: Mapping[str, str] = {
    "type": codes.UNKNOWN_TYPE,
    "color": codes.UNKNOWN_COLOR,
    "format": codes.UNKNOWN_FORMAT,
    "function": codes.UNKNOWN_FUNCTION,
    "group": codes.UNKNOWN_GROUP,
}
_NOUNS: Mapping[str, str] = {
    "type": "property type",
    "color": "option colour of Notion's",
    "format": "number format of Notion's",
    "function": "rollup function of Notion's",
    "group": "group of a status",
}
_KINDS: Mapping[str, str] = {
    "string_type": "text in quotes",
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "list_type": "a list in brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_EMPTY = frozenset({"string_too_short", "string_pattern_mismatch", "too_short"})
_RANGE = frozenset({"greater_than_equal", "less_than_equal", "finite_number"})
_FORMS = 'text, { glob = "…" }, { is = "empty" }, { not = … }, { before = date }, { after = date }, or a list of these'


def findings(error: ValidationError, model: type[Table], spot: Spot, address: str) -> Iterator[Finding]:
    """One finding for each of pydantic's errors in the table at ``spot``, which was validated as ``model``."""
    for item in error.errors(include_url=False, include_context=True):
        path = _path(item["loc"])
        missing = item["type"] == "missing"
        candidates, choices = _walk(model, item["loc"][:-1] if missing else item["loc"])
        yield _finding(item, path, candidates, choices, spot, address)


def _path(loc: tuple[int | str, ...]) -> Path:
    """The keys and indexes of ``loc``, without pydantic's own marks."""
    return tuple(part for part in loc if isinstance(part, int) or not (part.startswith("form=") or part == "[key]"))


def _walk(model: type[Table], loc: tuple[int | str, ...]) -> tuple[list[type[Table]], list[str]]:
    """The tables that may stand where the error is, and the words that may be the value there."""
    tables: list[type[Table]] = [model]
    annotation: Any = None
    for part in loc:
        if isinstance(part, str) and part.startswith("form="):
            form = part.removeprefix("form=")
            tables = [FORM_TABLES[form]] if form in FORM_TABLES else [TitleRef] if form == "table" else []
            continue
        annotations = [
            info.annotation
            for table in tables
            for name, info in table.model_fields.items()
            if part == (info.alias or name)
        ]
        if annotations:
            annotation = annotations[0]
            tables = list(_tables(annotation))
    return tables, list(_literals(annotation))


def _tables(annotation: Any) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for inner in get_args(annotation):
        yield from _tables(inner)


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for inner in get_args(annotation):
            yield from _literals(inner)


def _finding(
    item: ErrorDetails, path: Path, tables: list[type[Table]], choices: list[str], spot: Spot, address: str
) -> Finding:
    kind = item["type"]
    word = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    where = spot.at(*path)
    if kind == "extra_forbidden":
        known = [info.alias or name for table in tables for name, info in table.model_fields.items()]
        what, advice = f'"{word}" is no word of this table', meant(word, known, f"its words are: {listed(known, 20)}")
        return Finding(codes.UNKNOWN_KEY, what, advice, address=address, where=where)
    if kind == "missing":
        return Finding(
            codes.MISSING_KEY,
            f'"{word}" is missing',
            f"add {word} = …: {_described(tables, word)}",
            address=address,
            where=spot.at(*path[:-1]),
        )
    if kind == "literal_error":
        return _literal(item["input"], word, choices, where=where, address=address)
    if kind in codes.ALL:
        return Finding(kind, f'"{word}": {item["msg"]}', _ADVICE.get(kind, "write it so"), address=address, where=where)
    if kind.startswith("union_tag"):
        what = f'"{word}" is written in a form that no condition has'
        return Finding(codes.BAD_CONDITION, what, f"write {_FORMS}", address=address, where=where)
    if kind in _EMPTY:
        what = f'"{word}" is empty'
        return Finding(codes.EMPTY_VALUE, what, "say something there, or take it out", address=address, where=where)
    if kind in _RANGE:
        what = f'"{word}": {item["msg"][:1].lower()}{item["msg"][1:]}'
        return Finding(codes.OUT_OF_RANGE, what, "write a number within these bounds", address=address, where=where)
    expected = _KINDS.get(kind, "something else")
    what = f'"{word}" should be {expected}, and is {_said(item["input"])}'
    return Finding(codes.WRONG_TYPE, what, f"write {expected}", address=address, where=where)


_ADVICE: Mapping[str, str] = {
    codes.TOO_LONG: "shorten it",
    codes.BAD_RATE: 'write "180/60s" for 180 requests in 60 seconds',
    codes.BAD_DURATION: 'write "400d" for 400 days',
    codes.WRONG_TYPE: "write one of these",
    codes.OUT_OF_RANGE: "write a number",
    codes.NOT_A_VARIABLE: 'write "env:NAME", where NAME is the variable; if this was a token, revoke it in Notion',
}


def _literal(said: object, word: str, choices: list[str], *, where: Any, address: str) -> Finding:
    code = _LITERAL_CODES.get(word, codes.UNKNOWN_VALUE)
    if not isinstance(said, str):
        what = f'"{word}" should be text in quotes, and is {_said(said)}'
        return Finding(codes.WRONG_TYPE, what, f"write one of: {listed(choices)}", address=address, where=where)
    return Finding(
        code,
        f'"{said}" is no {_NOUNS.get(word, f"value of {word}")}',
        meant(said, choices, f"write one of: {listed(choices, 60)}"),
        address=address,
        where=where,
    )


def _described(tables: list[type[Table]], word: str) -> str:
    for table in tables:
        for name, info in table.model_fields.items():
            if word == (info.alias or name) and info.description:
                return info.description
    return "this table needs it"


def _said(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
