"""Property types, one module each; `of` finds the one for a type name."""
