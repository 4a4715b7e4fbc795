"""What each property type module gives: one object that meets `PropertyType`.

Canonical values are JSON data, lossless for everything a client may write:

- title, rich_text: a list of runs ``{"text": str}`` with ``bold``, ``italic``, ``strikethrough``, ``underline``,
  ``code`` (only when true), ``color`` (only when not "default"), ``link`` (url, only when set); or
  ``{"mention": {...}}`` / ``{"equation": str}`` with the same formatting keys and ``text`` as it was shown. Adjacent
  runs of one format are joined. Empty text is [].
- number: int or float (a float without fraction is an int) or None; checkbox: bool; url, email, phone_number: str or
  None; select, status: the option's name or None; multi_select: a list of names.
- date: ``{"start": str}`` with ``end`` and ``time_zone`` only when set, as Notion answers them; or None.
- people: a list of ``{"id": str}`` with ``name`` and ``email`` only when known; groups have ``"object": "group"``.
- relation: a list of page ids, dashed; order is kept but two orders of one set are the same value.
- files: a list of ``{"name", "url"}`` for external files, ``{"name", "hosted": true}`` for Notion-hosted ones.
- place: the object or None. formula, rollup, unique_id, created_*, last_edited_*, button, verification: JSON to be
  read.

Canonical configurations are JSON data: ``{}`` save for number ``{"format"}``, select and multi_select ``{"options":
[{"id", "name", "color", "description"}]}``, status the same and ``{"groups": [{"id", "name", "option_ids"}]}``,
relation ``{"data_source_id", "database_id", "mirror": {"id", "name"} | None}`` (mirror ids decoded), rollup
``{"function", "relation_property_id", "rollup_property_id", "relation_property_name", "rollup_property_name"}`` (ids
decoded), formula ``{"expression"}``, unique_id ``{"prefix": str | None}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Protocol

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value

Lookup = Callable[[str], str]
"""From what people write (an e-mail address, a row's key) to an id, or from an id to what people read.

Raises `LookupError` for what is not known.
"""

NOTHING: Final = "nothing"
"""A filter answer: no row can meet the condition, do not ask."""

EVERYTHING: Final = "everything"
"""A filter answer: Notion cannot narrow this condition, ask for all rows."""

Filter = dict[str, Any] | str
"""A Notion filter object without its ``property`` key's siblings, or `NOTHING` or `EVERYTHING`."""


class PropertyType(Protocol):
    """One property type of Notion, both directions. Pure: no I/O, no state."""

    @property
    def name(self) -> str:
        """Notion's name of the type."""
        ...

    @property
    def creatable(self) -> bool:
        """Whether the API can add a property of this type to a data source."""
        ...

    writable: ClassVar[bool]
    """Whether the API lets a client write values."""

    nothing: ClassVar[Value]
    """The value of a row that holds nothing of this type: None, [] or False."""

    def config(self, wire: Mapping[str, Any]) -> Config:
        """Canonical configuration from a property of a data source answer (the whole entry, with id and type)."""
        ...

    def schema(self, config: Config) -> dict[str, Any]:
        """The body entry that makes a property of this configuration: ``{"number": {"format": "euro"}}``.

        Options carry ``id`` where the configuration has one, then without colour: Notion cannot recolour.
        """
        ...

    def value(self, wire: Mapping[str, Any]) -> Value:
        """Canonical value from a property entry of a page answer: ``{"id", "type", "<type>": …}``."""
        ...

    def wire(self, value: Value) -> dict[str, Any]:
        """The write entry for a value: ``{"select": {"name": "Done"}}``; the empty value clears. Writable types only.

        Raises `ValueError` with a sentence for what one request cannot hold: over 100 items or pieces of text, a file
        that Notion keeps, and for the types that Notion fills in itself.
        """
        ...

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        """Whether a page answer may hold less than the whole value, so that the property endpoint must be asked."""
        ...

    def same(self, left: Value, right: Value) -> bool:
        """Whether two canonical values are the same value."""
        ...

    def empty(self, value: Value) -> bool:
        """Whether there is nothing to keep: None, [], no text. A checkbox is never empty, and neither is 0."""
        ...

    def text(self, value: Value, names: Lookup | None = None) -> str:
        """The value as people read it, one string, "" when empty; ``names`` turns page ids into row names."""
        ...

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """The canonical value of what a state file says in ``set``: "" clears.

        Raises `ValueError` with a sentence for people when it cannot be a value of this type; `LookupError` when a
        person or row is not known.
        """
        ...

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        """The narrowest safe Notion filter: may be wider than the condition, never narrower."""
        ...

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        """The judge: whether the value meets the condition; ``names`` turns page ids into row keys."""
        ...
