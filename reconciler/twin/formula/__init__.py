"""Formulas: checked when they are set, kept with ids for names, shown with the present names."""

from __future__ import annotations

from reconciler.twin.formula.text import compiled, shown, used

__all__ = ["compiled", "shown", "used"]
