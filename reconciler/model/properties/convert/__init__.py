"""Values of one property type as values of another: one table, every ordered pair a cell. Pure."""

from __future__ import annotations

from reconciler.model.properties.convert.base import Cell, Context, Converted, Failed
from reconciler.model.properties.convert.page import as_markdown
from reconciler.model.properties.convert.table import TABLE, cell, convert, looked_up

__all__ = ["TABLE", "Cell", "Context", "Converted", "Failed", "as_markdown", "cell", "convert", "looked_up"]
