"""Types of Notion that behave alike, one class a family; the modules of the types name theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, date, moments, persons, strings
from reconciler.model.properties import text as rich
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.text import filter_text


@dataclass(frozen=True)
class StringType:
    """One string, or None: url, email, phone_number. Meets `PropertyType`."""

    name: str
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)
    same = staticmethod(strings.same)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(strings.text)
    literal = staticmethod(strings.literal)
    meets = staticmethod(strings.meets)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {self.name: {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return strings.value(self.name, wire)

    def wire(self, value: Value) -> dict[str, Any]:
        return {self.name: value or None}

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return filter_text(self.name, property_id, condition)


@dataclass(frozen=True)
class StampType:
    """A time that Notion keeps by the minute: created_time, last_edited_time. Meets `PropertyType`."""

    name: str
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {self.name: {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        raw = wire.get(self.name)
        return raw if isinstance(raw, str) and raw else None

    def same(self, left: Value, right: Value) -> bool:
        return moments.point(left) == moments.point(right)

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return moments.spoken(value) if value else ""

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return date.filter_moment(self.name, property_id, condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, date.seen({"start": value} if value else None))


@dataclass(frozen=True)
class AuthorType:
    """A person as in people, or None, whom Notion keeps: created_by, last_edited_by. Meets `PropertyType`."""

    name: str
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(persons.same)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {self.name: {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return persons.one(self.name, wire)

    def text(self, value: Value, names: Lookup | None = None) -> str:
        return persons.label(value, names) if value else ""

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        return persons.meets([value] if value else [], condition, names)


@dataclass(frozen=True)
class TextType:
    """Text with formatting, links, mentions and equations, a list of runs: rich_text, title. Meets `PropertyType`."""

    name: str
    creatable: bool
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    config = staticmethod(common.no_config)
    same = staticmethod(rich.same)
    empty = staticmethod(rich.empty)
    text = staticmethod(rich.text)
    literal = staticmethod(rich.literal)
    meets = staticmethod(rich.meets)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {self.name: {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return rich.runs(wire.get(self.name))

    def wire(self, value: Value) -> dict[str, Any]:
        return rich.wire(self.name, value)

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        return rich.truncated(self.name, wire)

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return rich.filter_text(self.name, property_id, condition)
