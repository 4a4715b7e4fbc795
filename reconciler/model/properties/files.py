"""files: ``{"name", "url"}`` for external files, ``{"name", "hosted": true}`` for those that Notion keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.filters import presence


def _file(raw: Mapping[str, Any]) -> dict[str, Any]:
    """One file.

    Prevents: the address of a file that Notion keeps is signed anew for every answer and dies within the hour.
    """
    name = str(raw.get("name") or "")
    url = common.fields(raw.get("external")).get("url")
    return {"name": name or str(url), "url": url} if isinstance(url, str) else {"name": name, "hosted": True}


def _named_after(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or url


class Files:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "files"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"files": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return [_file(each) for each in common.entries(wire.get("files"))]

    def wire(self, value: Value) -> dict[str, Any]:
        """`ValueError` for a file that Notion keeps: its address dies within the hour and cannot be written back."""
        for each in value or ():
            if each.get("hosted"):
                raise ValueError(f"{each['name']!r} is kept by Notion: the API cannot write it back")
        return self.wire_with(value, ())

    def wire_with(self, value: Value, uploads: Sequence[str]) -> dict[str, Any]:
        """The value with the ids of fresh uploads in the places of the files that Notion keeps, in their order."""
        given = iter(uploads)
        files = [
            {"name": each["name"], "type": "file_upload", "file_upload": {"id": next(given)}}
            if each.get("hosted")
            else {"name": each["name"], "type": "external", "external": {"url": each["url"]}}
            for each in value or ()
        ]
        return {"files": common.at_most(files, "files")}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return ", ".join(each["name"] for each in value or ())

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """Addresses of external files, named after the last part of their path."""
        del lookup
        urls = common.texts(scalar, "the url of a file or a list of them")
        for each in urls:
            if "://" not in each:
                raise ValueError(f"{each!r} is not the url of a file")
        return [{"name": _named_after(each), "url": each} for each in urls]

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return presence(property_id, "files", condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        """Files are seen by their names and urls."""
        del names
        texts = [text for each in value or () for text in (each["name"], each.get("url")) if text]
        return common.judge(condition, common.Seen(texts=tuple(texts), empty=not value))


PROPERTY = Files()
