"""Where things stand in a TOML file: the second pass, which only locates keys.

``tomllib`` gives values without places, tree-sitter gives places; nothing but places is taken from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Path = tuple[str | int, ...]
"""Keys and array indexes from the top of a file: ``("databases", "a", "fields", "b", "options", 0)``."""

_VALUES = frozenset({"array", "inline_table"})


class Positions:
    """The places of the keys and array items of one file; lines and columns count from 1, columns in characters.

    A table's place is that of its key where it is first named; never fails: what is not found has the place of the
    nearest table around it, and without one that of the file's first character.
    """

    def __init__(self, source: bytes) -> None:
        self._lines = source.split(b"\n")
        self._places: dict[Path, tuple[int, int]] = {}
        self._lengths: dict[Path, int] = {}
        for node in root_of(source).named_children:
            self._statement(node)

    def at(self, path: Path) -> tuple[int, int]:
        """The (line, column) of the key or array item at ``path``."""
        for length in range(len(path), 0, -1):
            if place := self._places.get(path[:length]):
                return place
        return 1, 1

    def knows(self, path: Path) -> bool:
        """Whether the key or item at ``path`` itself was found."""
        return path in self._places

    def _statement(self, node: Node) -> None:
        if node.type == "pair":
            self._pair(node, ())
        elif node.type in {"table", "table_array_element"}:
            header, *body = content_of(node)
            prefix = self._header(header, several=node.type == "table_array_element")
            for child in body:
                if child.type == "pair":
                    self._pair(child, prefix)

    def _header(self, node: Node, *, several: bool) -> Path:
        """Notes every part of a table's header; enters the last element of arrays of tables on the way."""
        keys = list(keys_of(node))
        path: Path = ()
        for index, key in enumerate(keys):
            path = (*path, text_of(key))
            self._note(path, key)
            if several and index == len(keys) - 1:
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
                self._note(path, key)
        return path

    def _pair(self, node: Node, prefix: Path) -> None:
        key, *rest = content_of(node)
        path = prefix
        for part in keys_of(key):
            path = (*path, text_of(part))
            self._note(path, part)
        for value in rest:
            self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        if node.type not in _VALUES:
            return
        index = 0
        for child in content_of(node):
            if child.type == "pair":
                self._pair(child, path)
            elif node.type == "array":
                self._note((*path, index), child)
                self._value(child, (*path, index))
                index += 1

    def _note(self, path: Path, node: Node) -> None:
        if path not in self._places:
            row, offset = node.start_point
            column = len(self._lines[row][:offset].decode("utf-8", "replace"))
            self._places[path] = (row + 1, column + 1)


def root_of(source: bytes) -> Node:
    """The tree of a file; what is no TOML is in it as errors."""
    import tree_sitter
    import tree_sitter_toml

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language())).parse(source).root_node


def content_of(node: Node) -> list[Node]:
    """What a node holds, comments and errors left out."""
    return [child for child in node.named_children if child.type not in {"comment", "ERROR"}]


def keys_of(node: Node) -> Iterator[Node]:
    """The parts of a key, which may be dotted."""
    if node.type == "dotted_key":
        for child in content_of(node):
            yield from keys_of(child)
    else:
        yield node


def text_of(node: Node) -> str:
    """What a part of a key says."""
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type != "quoted_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except tomllib.TOMLDecodeError:
        return text
