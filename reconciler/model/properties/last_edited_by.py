"""last_edited_by: who changed the row last; a person as in people, or None."""

from __future__ import annotations

from reconciler.model.properties.families import AuthorType

PROPERTY = AuthorType("last_edited_by")
