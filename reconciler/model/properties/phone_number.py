"""phone_number: a phone number, as it was typed, or None."""

from __future__ import annotations

from reconciler.model.properties.families import StringType

PROPERTY = StringType("phone_number")
