"""The text of a value, made to say something else: what stays keeps its blanks, comments and commas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.desired.positions import content_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def literal(value: Any) -> str:
    """A value as TOML on one line, tables inline."""
    import tomlkit

    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key_text(str(key))} = {literal(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(tomlkit.item(value).as_string())


def key_text(key: str) -> str:
    """A key as TOML writes it: bare, or in quotes."""
    return key if _BARE.fullmatch(key) else literal(key)


def written(node: Node, old: Any, new: Any) -> str:
    """The text of a value that says ``old``, saying ``new``."""
    if old == new and type(old) is type(new):
        return _text(node)
    if node.type == "array" and isinstance(old, list) and isinstance(new, list):
        return _list(node, old, new)
    if node.type == "inline_table" and isinstance(old, Mapping) and isinstance(new, Mapping):
        return _table(node, old, new)
    return literal(new)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8")


@dataclass(frozen=True)
class _Piece:
    """An item with what stands before it, and the comma and the comment after it on its line."""

    lead: str
    text: str
    tail: str

    @property
    def comma(self) -> bool:
        return "," in self.tail.split("#")[0]

    def with_comma(self, *, wanted: bool) -> _Piece:
        if wanted and not self.comma:
            return replace(self, tail=f",{self.tail}")
        return replace(self, tail=self.tail.replace(",", "", 1)) if self.comma and not wanted else self


def _pieces(node: Node) -> tuple[list[Node], list[_Piece], str, str]:
    """The items of an array or inline table, as nodes and as pieces, and what stands before and after them all."""
    source, base = node.text or b"", node.start_byte
    items = content_of(node)
    cursor = node.children[0].end_byte
    opening = _text(node.children[0])
    pieces: list[_Piece] = []
    for index, item in enumerate(items):
        limit = items[index + 1].start_byte if index + 1 < len(items) else node.children[-1].start_byte
        between = [child for child in node.children if item.end_byte <= child.start_byte < limit]
        comma = next((child for child in between if child.type == ","), None)
        end, row = (comma.end_byte, comma.end_point[0]) if comma else (item.end_byte, item.end_point[0])
        for child in between:
            if child.type == "comment" and child.start_byte >= end and child.start_point[0] == row:
                end = child.end_byte
        lead, tail = source[cursor - base : item.start_byte - base], source[item.end_byte - base : end - base]
        pieces.append(_Piece(lead.decode(), _text(item), tail.decode()))
        cursor = end
    return items, pieces, opening, source[cursor - base :].decode()


def _list(node: Node, old: list[Any], new: list[Any]) -> str:
    items, pieces, opening, closing = _pieces(node)
    if len(items) != len(old):
        return literal(new)
    made = [
        _Piece("", literal(value), "")
        if place is None
        else replace(pieces[place], text=written(items[place], old[place], value))
        for value, place in zip(new, _matched(old, new), strict=True)
    ]
    return _joined(made, pieces, opening, closing, trailing=bool(pieces) and pieces[-1].comma)


def _matched(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each new item, which of the old ones it is: an equal one before one that is another word for it."""
    free = list(range(len(old)))
    places: list[int | None] = [None] * len(new)
    for alike in (_equal, _one_thing):
        for place, value in enumerate(new):
            found = next((i for i in free if alike(old[i], value)), None) if places[place] is None else None
            if found is not None:
                places[place] = found
                free.remove(found)
    return places


def _equal(was: Any, value: Any) -> bool:
    return bool(was == value)


def _one_thing(was: Any, value: Any) -> bool:
    """Whether both are one option, renamed or not."""
    name, former = _named(was), value.get("was", ()) if isinstance(value, Mapping) else ()
    return name is not None and (name == _named(value) or name in former)


def _named(value: Any) -> Any:
    return value.get("name") if isinstance(value, Mapping) else value if isinstance(value, str) else None


def _table(node: Node, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    items, pieces, opening, closing = _pieces(node)
    keys = [content_of(item)[0] for item in items]
    if any(key.type == "dotted_key" for key in keys) or {text_of(key) for key in keys} != set(old):
        return literal(new)
    made: list[_Piece] = []
    for item, key, piece in zip(items, keys, pieces, strict=True):
        name = text_of(key)
        if name in new:
            value = content_of(item)[1]
            before = piece.text[: len((item.text or b"")[: value.start_byte - item.start_byte].decode())]
            made.append(replace(piece, text=before + written(value, old[name], new[name])))
    made += [_Piece("", f"{key_text(name)} = {literal(new[name])}", "") for name in new if name not in old]
    return _joined(made, pieces, opening, closing, trailing=False, pad=" ")


def _joined(
    made: Sequence[_Piece], before: Sequence[_Piece], opening: str, closing: str, *, trailing: bool, pad: str = ""
) -> str:
    """The pieces one after the other, in the manner of those that were there ``before``."""
    broken = [piece.lead for piece in before if "\n" in piece.lead]
    first = before[0].lead if before else pad
    text = opening
    for index, piece in enumerate(made):
        if broken:
            lead = piece.lead if "\n" in piece.lead else "\n" + broken[0].rpartition("\n")[2]
        else:
            lead = first if index == 0 else piece.lead if piece.lead.strip(" \t") == "" and piece.lead else " "
        own = piece.with_comma(wanted=index < len(made) - 1 or trailing)
        text += _apart(text, lead) + lead + own.text + own.tail
    end = closing if before or not made else pad + closing.lstrip()
    return text + _apart(text, end) + end


def _apart(text: str, following: str) -> str:
    """A line break where a comment would swallow what follows."""
    last = text.rpartition("\n")[2]
    commented = "#" in last and last.rstrip().rpartition("#")[0].rstrip().endswith((",", "]", "}", '"', "'", "["))
    return "\n" if commented and not following.startswith(("\n", "\r")) else ""


__all__ = ["key_text", "literal", "written"]
