"""url: a web address, or None."""

from __future__ import annotations

from reconciler.model.properties.families import StringType

PROPERTY = StringType("url")
