"""Counts and durations in words. Imports nothing, so that quick commands stay quick."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """ "1 row", "2 rows", "3 databases", "0 queries"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a regular noun; one that already ends in "s" stays."""
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def duration(minutes: float) -> str:
    """ "under a minute", "about 3 minutes", "about 2 hours 5 minutes"; rounded up."""
    if minutes < 1:
        return "under a minute"
    whole = -int(-minutes // 1)
    hours, rest = divmod(whole, 60)
    parts = [count(hours, "hour")] * (hours > 0) + [count(rest, "minute")] * (rest > 0)
    return f"about {' '.join(parts)}"
