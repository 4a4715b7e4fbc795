"""The formula language: tokens and a tree. What it accepts is what Notion's documentation shows (2.0 syntax)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.twin.errors import invalid

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
    |(?P<reference>\{\{[^{}]+\}\})
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>==|!=|>=|<=|&&|\|\||[-+*/%^<>!?:.,()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_BINARY = {
    "?": 1, "or": 2, "||": 2, "and": 3, "&&": 3, "==": 4, "!=": 4, ">": 5, "<": 5, ">=": 5, "<=": 5, "+": 6, "-": 6,
    "*": 7, "/": 7, "%": 7, "^": 9,
}  # fmt: skip
_UNARY = 8
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t"}
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant:
    value: float | int | str | bool


@dataclass(frozen=True, slots=True)
class Name:
    """A variable: of ``let``, or ``current`` and ``index`` inside ``map`` and its kin."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """``prop("X")``, by what stands inside."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]


Node = Constant | Name | Reference | Call | ListOf


def tokens(text: str) -> list[Token]:
    """400 for a character that begins nothing."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid(f"Type error with formula: Unexpected character {text[at]!r} at position {at}.")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), at, match.end()))
        at = match.end()
    return found


def references(found: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Where each ``prop("X")`` begins and ends, and what it names."""
    for n in range(len(found) - 3):
        first, opening, name, closing = found[n : n + 4]
        called = (first.text, opening.text, name.kind, closing.text) == ("prop", "(", "string", ")")
        if called and (n == 0 or found[n - 1].text != "."):
            yield first.start, closing.end, unquoted(name.text)


def unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m.group(1), m.group(1)), text[1:-1])


def quoted(text: str) -> str:
    """As a string of a formula: what `unquoted` takes back, also where JSON would escape more."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse(found: Sequence[Token]) -> Node:
    """The tree. 400 in the wording of a type error for what does not parse."""
    parser = _Parser(found)
    tree = parser.expression(0)
    parser.end()
    return tree


class _Parser:
    """Precedence climbing."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise invalid("Type error with formula: Unexpected end of formula.")
        self._at += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is not None and token.text == text and token.kind != "string":
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            token = self._peek()
            raise invalid(
                f"Type error with formula: Expected {text!r} but found {token.text if token else 'the end'!r}."
            )

    def end(self) -> None:
        token = self._peek()
        if token is not None:
            raise invalid(f"Type error with formula: Unexpected token {token.text!r} at position {token.start}.")

    def expression(self, least: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise invalid("Type error with formula: Formula is nested too deeply.")
        left = self._prefix()
        while True:
            token = self._peek()
            strength = _BINARY.get(token.text) if token is not None and token.kind != "string" else None
            if token is None or strength is None or strength < least or strength == 0:
                break
            self._at += 1
            left = self._infix(left, token.text, strength)
        self._depth -= 1
        return left

    def _infix(self, left: Node, operator: str, strength: int) -> Node:
        if operator == "?":
            then = self.expression(0)
            self._expect(":")
            return Call("if", (left, then, self.expression(strength)))
        right = self.expression(strength if operator == "^" else strength + 1)
        return Call({"||": "or", "&&": "and"}.get(operator, operator), (left, right))

    def _prefix(self) -> Node:
        token = self._next()
        if token.text in ("-", "+", "!", "not") and token.kind != "string":
            following = self._peek()
            if not (token.text == "not" and following is not None and following.text == "("):
                name = {"-": "unaryMinus", "+": "unaryPlus"}.get(token.text, "not")
                return Call(name, (self.expression(_UNARY),))
        return self._postfix(self._primary(token))

    def _primary(self, token: Token) -> Node:
        match token.kind:
            case "number":
                value = float(token.text)
                return Constant(int(value) if value.is_integer() and "." not in token.text else value)
            case "string":
                return Constant(unquoted(token.text))
            case "reference":
                return Reference(token.text[2:-2])
            case "name":
                return self._word(token.text)
        if token.text == "(":
            inner = self.expression(0)
            self._expect(")")
            return inner
        if token.text == "[":
            return ListOf(self._arguments("]"))
        raise invalid(f"Type error with formula: Unexpected token {token.text!r} at position {token.start}.")

    def _word(self, word: str) -> Node:
        if word in ("true", "false"):
            return Constant(word == "true")
        if not self._take("("):
            return Name(word)
        arguments = self._arguments(")")
        if word == "prop":
            if len(arguments) != 1 or not isinstance(arguments[0], Constant):
                raise invalid("Type error with formula: prop() takes the name of one property.")
            return Reference(str(arguments[0].value))
        return Call(word, arguments)

    def _arguments(self, closing: Literal[")", "]"]) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._take(closing):
            items.append(self.expression(0))
            if not self._take(","):
                self._expect(closing)
                break
        return tuple(items)

    def _postfix(self, node: Node) -> Node:
        while self._take("."):
            name = self._next()
            if name.kind != "name":
                raise invalid(f"Type error with formula: Unexpected token {name.text!r} at position {name.start}.")
            self._expect("(")
            node = Call(name.text, (node, *self._arguments(")")))
        return node
