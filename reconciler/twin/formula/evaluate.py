"""A formula's value. What is not computed comes out as unsupported, as Notion's own may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconciler.twin import times
from reconciler.twin.formula import functions, moments, parser
from reconciler.twin.formula.functions import FUNCTIONS, KINDS, NotComputedError
from reconciler.twin.formula.moments import Moment
from reconciler.twin.formula.parser import Call, Constant, ListOf, Name, Node, Reference
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.values.base import Reader

MAX_DEPTH = 8
_FAILURES = (NotComputedError, ArithmeticError, ValueError, TypeError, AttributeError, IndexError, RecursionError)
_PROPERTY_KINDS = {
    "number": "number",
    "unique_id": "number",
    "checkbox": "boolean",
    "date": "date",
    "created_time": "date",
    "last_edited_time": "date",
}


@dataclass(frozen=True, slots=True)
class Computed:
    """What a formula comes to: its kind (None: not computed) and value."""

    kind: str | None
    value: Any


def computed(reader: Reader, prop: Property, page: Page) -> Computed:
    source = reader.session.source(page.source or "")
    if source is None or reader.depth >= MAX_DEPTH:
        return Computed(None, None)
    reader.depth += 1
    try:
        tree = _parsed(prop.config["expression"])
        value = _Evaluation(reader, source, page).run(tree, {})
        return Computed(_kind_of(value) or _static_kind(source, tree) or "string", value)
    except _FAILURES:
        return Computed(None, None)
    finally:
        reader.depth -= 1


def answered(found: Computed) -> JsonObject:
    """As a page shows it."""
    value = found.value
    match found.kind:
        case None:
            return {"type": "unsupported", "unsupported": {}}
        case "date":
            return {"type": "date", "date": None if value is None else moments.as_date(value)}
        case "string":
            return {"type": "string", "string": None if value is None else functions.text(value)}
        case kind:
            return {"type": kind, kind: value}


@lru_cache(maxsize=512)
def _parsed(expression: str) -> Node:
    return parser.parse(parser.tokens(expression))


def _kind_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Moment):
        return "date"
    return "string" if isinstance(value, str | list) else None


def _static_kind(source: DataSource, node: Node) -> str | None:
    """The kind of an empty value, told from the formula itself."""
    match node:
        case Reference(name):
            prop = source.properties.get(name)
            return _PROPERTY_KINDS.get(prop.type) if prop is not None else None
        case Call("if" | "ifs", arguments):
            kinds = (_static_kind(source, argument) for argument in arguments[1:])
            return next((kind for kind in kinds if kind is not None), None)
        case Call("+", arguments):
            kinds = (_static_kind(source, argument) for argument in arguments)
            return "number" if all(kind == "number" for kind in kinds) else "string"
        case Call(name, _):
            return KINDS.get(name)
        case Constant(value):
            return _kind_of(value)
        case _:
            return None


class _Evaluation:
    """Walks one tree for one row."""

    def __init__(self, reader: Reader, source: DataSource, page: Page) -> None:
        self._reader = reader
        self._source = source
        self._page = page
        self._lazy: Mapping[str, Callable[[tuple[Node, ...], Mapping[str, Any]], Any]] = {
            "if": self._if,
            "ifs": self._if,
            "and": lambda nodes, names: all(self.run(node, names) for node in nodes),
            "or": lambda nodes, names: any(self.run(node, names) for node in nodes),
            "let": self._let,
            "lets": self._let,
            "map": lambda nodes, names: [value for _, value in self._each(nodes, names)],
            "filter": lambda nodes, names: [item for item, value in self._each(nodes, names) if value],
            "find": lambda nodes, names: next((item for item, value in self._each(nodes, names) if value), None),
            "some": lambda nodes, names: any(value for _, value in self._each(nodes, names)),
            "every": lambda nodes, names: all(value for _, value in self._each(nodes, names)),
            "count": lambda nodes, names: len(functions.items(self.run(nodes[0], names))),
            "now": lambda _nodes, _names: self._now(),
            "today": lambda _nodes, _names: Moment(self._now().start.replace(hour=0, minute=0), None, day=True),
            "id": lambda _nodes, _names: self._page.id,
        }

    def run(self, node: Node, names: Mapping[str, Any]) -> Any:
        match node:
            case Constant(value):
                return value
            case Reference(property_id):
                return self._property(property_id)
            case ListOf(nodes):
                return [self.run(item, names) for item in nodes]
            case Name(name):
                if name in names:
                    return names[name]
                return FUNCTIONS[name]() if name in ("pi", "e") else self._unknown()
            case Call(name, arguments):
                lazy = self._lazy.get(name)
                if lazy is not None:
                    return lazy(arguments, names)
                function = FUNCTIONS.get(name)
                if function is None:
                    return self._unknown()
                return function(*(self.run(argument, names) for argument in arguments))

    def _unknown(self) -> Any:
        raise NotComputedError

    def _now(self) -> Moment:
        moment = times.from_ms(self._reader.session.now)
        return Moment(moment.replace(second=0, microsecond=0), None, day=False)

    def _if(self, nodes: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        at = 0
        while at + 1 < len(nodes):
            if self.run(nodes[at], names):
                return self.run(nodes[at + 1], names)
            at += 2
        return self.run(nodes[at], names) if at < len(nodes) else None

    def _let(self, nodes: tuple[Node, ...], names: Mapping[str, Any]) -> Any:
        known = dict(names)
        for at in range(0, len(nodes) - 1, 2):
            variable = nodes[at]
            if not isinstance(variable, Name):
                raise NotComputedError
            known[variable.name] = self.run(nodes[at + 1], known)
        return self.run(nodes[-1], known)

    def _each(self, nodes: tuple[Node, ...], names: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        found = functions.items(self.run(nodes[0], names))
        return [(item, self.run(nodes[1], {**names, "current": item, "index": n})) for n, item in enumerate(found)]

    def _property(self, property_id: str) -> Any:
        prop = self._source.properties.get(property_id)
        if prop is None:
            raise NotComputedError
        if prop.type == "formula":
            found = computed(self._reader, prop, self._page)
            return found.value if found.kind is not None else self._unknown()
        value = self._reader.plain(prop, self._page)
        match prop.type:
            case "date" | "created_time" | "last_edited_time":
                return None if value is None else moments.of(value)
            case "people" | "created_by" | "last_edited_by":
                return [self._person(user_id) for user_id in value]
            case "relation":
                raise NotComputedError
            case "rollup":
                return self._rolled(value)
            case "unique_id":
                prefix = prop.config.get("prefix")
                return f"{prefix}-{value}" if prefix else value
            case _:
                return value

    def _person(self, user_id: str) -> str:
        user = self._reader.session.user(user_id)
        return user.name if user is not None else ""

    def _rolled(self, answer: JsonObject) -> Any:
        match answer["type"]:
            case "number":
                return answer["number"]
            case "date":
                return None if answer["date"] is None else moments.of(answer["date"])
            case _:
                raise NotComputedError
