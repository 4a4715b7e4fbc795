"""What looks wrong in a workspace, each with the tables that would mend it. Pure; nothing is changed.

Suggestions name fields and options and count rows; no value of a row is in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.observe.suggest import names, values
from reconciler.observe.suggest.subject import Declared, Subject, Suggestion


def suggest(subjects: Sequence[Subject]) -> tuple[Suggestion, ...]:
    """Every suggestion, sorted by database, then by code: the same on every machine."""
    found = [
        *names.similar_options(subjects),
        *names.off_style(subjects),
        *names.same_columns(subjects),
        *values.relations_twice(subjects),
        *values.always_empty(subjects),
        *values.blank_ends(subjects),
        *values.text_that_is_more(subjects),
    ]
    return tuple(sorted(found, key=lambda one: (one.finding.address, one.finding.code, one.finding.what)))


__all__ = ["Declared", "Subject", "Suggestion", "suggest"]
