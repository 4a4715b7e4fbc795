"""Exit codes: what scripts and CI jobs may rely on (docs/reference/commands.md)."""

from __future__ import annotations

from typing import Final

OK: Final = 0
ERROR: Final = 1
CHANGES: Final = 2
"""``--detailed-exitcode``: ``plan`` found something to do, ``drift`` something that people changed."""
USAGE: Final = 64
"""The command line itself is wrong (EX_USAGE of sysexits.h)."""
INTERRUPTED: Final = 130
"""Ctrl-C (128 + SIGINT)."""
TERMINATED: Final = 143
"""SIGTERM (128 + SIGTERM)."""
