"""A file made to say something else, key by key: each change is made in the text where the key stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.desired.editing.inline import key_text, literal, written
from reconciler.desired.positions import Path, content_of, keys_of, root_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


def synced(text: str, old: Mapping[str, Any], new: Mapping[str, Any], *, path: Path = ()) -> str:
    """``text``, which says ``old`` at ``path``, saying ``new`` there, and else what it said.

    Raises `ValueError` where it is written in a way that cannot be changed in place.
    """
    for key in old:
        if key not in new:
            text = _removed(text, (*path, key))
    for key, value in new.items():
        if key not in old:
            text = _added(text, path, key, value)
        elif old[key] != value or type(old[key]) is not type(value):
            text = _changed(text, (*path, key), old[key], value)
    return text


def renamed(text: str, path: Path, new: str) -> str:
    """``text`` with the key at ``path`` called ``new``, wherever it stands; an equals sign keeps its column."""
    index = _Index.of(text)
    for node, pair in reversed([(n, pair) for found, n, pair in index.keys if found == path]):
        shown = key_text(new)
        end = node.end_byte
        if pair is not None and index.aligned(pair):
            gap = index.gap(pair)
            wider = len(shown) - (node.end_byte - node.start_byte)
            text = _spliced(text, end, end + gap, " " * max(1, gap - wider))
        text = _spliced(text, node.start_byte, end, shown)
    return text


def _changed(text: str, path: Path, old: Any, new: Any) -> str:
    pair = _Index.of(text).pairs.get(path)
    if pair is not None:
        value = content_of(pair)[1]
        return _spliced(text, value.start_byte, value.end_byte, written(value, old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return synced(text, old, new, path=path)
    raise ValueError(f"{'.'.join(map(str, path))} is written in a way that cannot be changed in place")


def _removed(text: str, path: Path) -> str:
    """Without the key: its line, or every table and line that is in it."""
    index = _Index.of(text)
    spans = [index.lines(pair) for found, pair in index.pairs.items() if found[: len(path)] == path]
    spans += [(start, index.lines(header)[1]) for found, header, start in index.headers if found[: len(path)] == path]
    if not spans:
        raise ValueError(f"{'.'.join(map(str, path))} is not written in a place of its own")
    for start, end in sorted(set(spans), reverse=True):
        text = _spliced(text, start, end, "")
    return text


def _added(text: str, path: Path, key: str, value: Any) -> str:
    """With one more key in the table at ``path``, after those that are in it."""
    index = _Index.of(text)
    within = [(found, pair) for found, pair in index.pairs.items() if found[: len(path)] == path]
    tables = [(header, start) for found, header, start in index.headers if found == path]
    own = [pair for found, pair in within if len(found) == len(path) + 1 and index.table(pair) == path]
    if own:
        last = max(own, key=lambda pair: pair.start_byte)
        return _spliced(text, *_at(index.lines(last)[1]), _line(key, value, index.column(last)))
    if tables:
        return _spliced(text, *_at(index.lines(tables[0][0])[1]), _line(key, value, 0))
    dotted = [(found, pair) for found, pair in within if len(index.table(pair)) < len(path)]
    if dotted:
        _, last = max(dotted, key=lambda each: each[1].start_byte)
        prefix = ".".join(key_text(str(part)) for part in path[len(index.table(last)) :])
        return _spliced(text, *_at(index.lines(last)[1]), f"{prefix}.{_line(key, value, 0)}")
    below = [start for found, _, start in index.headers if found[: len(path)] == path]
    if not below:
        raise ValueError(f"{'.'.join(map(str, path))} is written in a way that cannot be added to")
    header = ".".join(key_text(str(part)) for part in path)
    return _spliced(text, *_at(index.above(min(below))), f"[{header}]\n{_line(key, value, 0)}\n")


def _at(place: int) -> tuple[int, int]:
    return place, place


def _line(key: str, value: Any, column: int) -> str:
    return f"{key_text(key):<{max(0, column - 1)}} = {literal(value)}\n"


def _spliced(text: str, start: int, end: int, new: str) -> str:
    """``text`` with the bytes from ``start`` to ``end`` replaced; a line is begun where a whole one is put in."""
    source = text.encode("utf-8")
    if new.endswith("\n") and start == end and source[:start] and not source[:start].endswith(b"\n"):
        new = f"\n{new}"
    return (source[:start] + new.encode("utf-8") + source[end:]).decode("utf-8")


@dataclass
class _Index:
    """Where the keys of a file stand: ``pairs`` by path, ``headers`` of tables as (path, header, where it begins),
    ``keys`` as (path, the key's part, its pair; None in a header)."""

    source: bytes
    pairs: dict[Path, Node] = field(default_factory=dict)
    headers: list[tuple[Path, Node, int]] = field(default_factory=list)
    keys: list[tuple[Path, Node, Node | None]] = field(default_factory=list)
    homes: dict[int, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> _Index:
        """The index of a text. Its order is that of the text."""
        made = cls(text.encode("utf-8"))
        for node in root_of(made.source).named_children:
            if node.type == "pair":
                made._pair(node, (), statement=())
            elif node.type == "table":
                header, *body = content_of(node)
                path: Path = ()
                for part in keys_of(header):
                    path = (*path, text_of(part))
                    made.keys.append((path, part, None))
                made.headers.append((path, header, node.start_byte))
                for child in body:
                    if child.type == "pair":
                        made._pair(child, path, statement=path)
        return made

    def _pair(self, node: Node, prefix: Path, *, statement: Path | None) -> None:
        key, *values = content_of(node)
        parts = list(keys_of(key))
        path = prefix
        for part in parts:
            path = (*path, text_of(part))
            self.keys.append((path, part, node if part is parts[-1] and statement is not None else None))
        if statement is not None:
            self.pairs[path] = node
            self.homes[node.start_byte] = statement
        for value in values:
            for inner in self._inline(value):
                self._pair(inner, path, statement=None)

    def _inline(self, value: Node) -> Iterator[Node]:
        if value.type == "inline_table":
            yield from (child for child in content_of(value) if child.type == "pair")

    def table(self, pair: Node) -> Path:
        """The table in which a pair stands."""
        return self.homes[pair.start_byte]

    def lines(self, node: Node) -> tuple[int, int]:
        """From the beginning of the node's first line to the end of its last, newline included."""
        start = self.source.rfind(b"\n", 0, node.start_byte) + 1
        end = self.source.find(b"\n", node.end_byte)
        return start, len(self.source) if end < 0 else end + 1

    def above(self, place: int) -> int:
        """Where the comments that stand right above a line begin."""
        while place > 0:
            before = self.source.rfind(b"\n", 0, place - 1) + 1
            if not self.source[before:place].lstrip().startswith(b"#"):
                break
            place = before
        return place

    def column(self, pair: Node) -> int:
        """In which column of characters the pair's equals sign stands, from 0."""
        start = self.source.rfind(b"\n", 0, pair.start_byte) + 1
        sign = next(child for child in pair.children if child.type == "=")
        return len(self.source[start : sign.start_byte].decode("utf-8"))

    def gap(self, pair: Node) -> int:
        """How many blanks stand before the pair's equals sign."""
        sign = next(child for child in pair.children if child.type == "=")
        return sign.start_byte - content_of(pair)[0].end_byte

    def aligned(self, pair: Node) -> bool:
        """Whether another pair of the table has its equals sign in the same column, some blanks before it."""
        others = [p for p in self.pairs.values() if p is not pair and self.table(p) == self.table(pair)]
        alike = [p for p in others if self.column(p) == self.column(pair)]
        return any(self.gap(p) > 1 for p in (*alike, pair)) and bool(alike)


__all__ = ["renamed", "synced"]
