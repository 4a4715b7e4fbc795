"""The version of Notion's API, by itself: quick commands print it."""

from __future__ import annotations

VERSION = "2026-03-11"
"""The version of Notion's API that everything here speaks."""
