"""Attacks on the promises of docs/reliability.md: `just torture` runs them in full, the test suite small samples.

Each attack is a module with ``attack(...)``, which gives a `Tally` of figures: what was tried, and what failed.
"""
