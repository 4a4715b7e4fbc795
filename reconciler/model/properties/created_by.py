"""created_by: who made the row; a person as in people, or None."""

from __future__ import annotations

from reconciler.model.properties.families import AuthorType

PROPERTY = AuthorType("created_by")
