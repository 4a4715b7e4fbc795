"""place: ``{"lat", "lon"}`` with ``name``, ``address``, ``aws_place_id``, ``google_place_id`` when set; or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, number
from reconciler.model.properties.base import Lookup

_TEXTS = ("name", "address", "aws_place_id", "google_place_id")


class Place:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "place"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)
    filter = staticmethod(common.unfiltered)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"place": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        """The object.

        Prevents: what is not known of a place is answered as null and left out of requests.
        """
        raw = common.fields(wire.get("place"))
        lat, lon = number.canonical(raw.get("lat")), number.canonical(raw.get("lon"))
        if lat is None or lon is None:
            return None
        return {"lat": lat, "lon": lon, **{key: raw[key] for key in _TEXTS if raw.get(key)}}

    def wire(self, value: Value) -> dict[str, Any]:
        return {"place": dict(value) if value else None}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        if not value:
            return ""
        known = [value[key] for key in ("name", "address") if key in value]
        return ", ".join(known) or f"{value['lat']}, {value['lon']}"

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        del lookup
        if scalar != "":
            raise ValueError(f"{scalar!r} is not a place: a state file can only clear one")
        return None

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        """The judge: a place is seen by its name, its address, and both."""
        whole = self.text(value, names)
        texts = dict.fromkeys([whole, *(value[key] for key in ("name", "address") if key in value)] if value else [])
        return common.judge(condition, common.Seen(texts=tuple(texts), empty=not value))


PROPERTY = Place()
