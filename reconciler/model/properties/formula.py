"""formula: computed by Notion; ``{"type", "<type>"}`` to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition, normal
from reconciler.model.live import Config, Value
from reconciler.model.properties import checkbox, common, date, moments, number
from reconciler.model.properties.base import Lookup

_TOKEN = re.compile(r"\{\{notion:block_property:([^:}]*)(?::[^}]*)?\}\}")
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|[^"\s]+|"')
_CALL = re.compile(r'prop\(\s*("(?:[^"\\]|\\.)*")\s*\)')


def readable(expression: str, names: Mapping[str, str]) -> str:
    """An expression with every compiled reference written as ``prop("Name")``; ``names`` by decoded property id.

    Prevents: until August 2026 Notion answered ``{{notion:block_property:…}}`` where ``prop("Name")`` was written.
    """

    def name(token: re.Match[str]) -> str:
        found = names.get(common.decoded(token.group(1)))
        return token.group() if found is None else 'prop("' + found.replace("\\", "\\\\").replace('"', '\\"') + '")'

    return _TOKEN.sub(name, expression)


def normalised(expression: str) -> str:
    """An expression without the blanks outside its texts, save one between two words.

    Prevents: Notion spaces an expression its own way. Parentheses that it adds or drops are not undone here.
    """
    parts = _PARTS.findall(expression.strip())
    out = ""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if not part.isspace():
            out += part
        elif re.match(r"\w", out[-1:]) and re.match(r"\w", following):
            out += " "
    return out


def references(expression: str) -> tuple[str, ...]:
    """The names of the properties that an expression reads, each once, in order."""
    quoted = [match.group(1)[1:-1] for match in _CALL.finditer(expression)]
    return tuple(dict.fromkeys(re.sub(r"\\(.)", r"\1", each) for each in quoted))


def result(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """A formula's result in canonical form; a kind that is not known stays as it was answered, None where none is."""
    kind = str(raw.get("type") or "")
    answer = raw.get(kind)
    match kind:
        case "string":
            answer = answer if isinstance(answer, str) and answer else None
        case "number":
            answer = number.canonical(answer)
        case "date":
            answer = moments.canonical(answer)
    return {"type": kind, kind: answer} if kind else None


def content(value: Value) -> Any:
    """What a result holds: a text, number, boolean, date, or None."""
    return (value or {}).get((value or {}).get("type"))


def seen(value: Value) -> common.Seen:
    """A result as a condition sees it."""
    inner = content(value)
    match (value or {}).get("type"):
        case "boolean":
            return checkbox.seen(inner)
        case "date":
            return date.seen(inner)
        case "number":
            shown = (spoken(value),) if inner is not None else ()
            return common.Seen(texts=shown, empty=inner is None, equals=lambda scalar: number.equals(inner, scalar))
        case _:
            shown_text = spoken(value)
            return common.Seen(texts=(shown_text,), empty=not normal(shown_text))


def spoken(value: Value) -> str:
    """A result as people read it; "" for none and for what the API does not support."""
    inner = content(value)
    match (value or {}).get("type"):
        case "boolean":
            return common.spoken(bool(inner))
        case "date":
            return date.spoken(inner)
        case "number" if inner is not None:
            return common.number_text(inner)
        case "string":
            return inner or ""
        case _:
            return ""


class Formula:
    """Meets `PropertyType`; the configuration is ``{"expression"}``, compared with `readable` and `normalised`."""

    name: ClassVar[str] = "formula"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def config(self, wire: Mapping[str, Any]) -> Config:
        return {"expression": str(common.fields(wire.get("formula")).get("expression") or "")}

    def schema(self, config: Config) -> dict[str, Any]:
        return {"formula": {"expression": config["expression"]}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return result(common.fields(wire.get("formula")))

    def same(self, left: Value, right: Value) -> bool:
        if (left or {}).get("type") == (right or {}).get("type") == "date":
            return moments.same(content(left), content(right))
        return common.equal(left or {}, right or {})

    def empty(self, value: Value) -> bool:
        return content(value) in (None, "", {})

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return spoken(value)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, seen(value))


PROPERTY = Formula()
