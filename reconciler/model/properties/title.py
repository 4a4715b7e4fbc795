"""title: the one text that names a row. Its id is always ``title``; it is made with its data source, never added."""

from __future__ import annotations

from reconciler.model.properties.families import TextType

PROPERTY = TextType("title", creatable=False)
