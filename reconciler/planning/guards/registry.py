"""Every guard by name: what it watches, and whether a person may lift it.

A guard that protects correctness cannot be lifted: passing it would lose values, or do what nobody can know.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from reconciler.model.finding import Finding

LIFTABLE: Final = {
    "create": "an empty database is made, although the state says that it had another name",
    "memory-missing": "what wtstate remembers is not there, and the workspace looks migrated",
    "rule-changed": "a rule that is settled runs again as it says now",
    "archive-share": "a large share of a database's values would be in the archive alone",
    "readers-change": "values get other readers",
    "may-carry-access": "people come to stand in a field that may decide who can read a row",
    "block-limit": "the plan makes more blocks than a free workspace of several members may have",
    "database-gone": "a restore makes a database again that is gone, from Notion's trash too",
    "changed-since": "a restore takes back what people changed since",
    "apply-from": "apply runs from a branch that the policy does not name, or from files that are not committed",
}
"""Guards that a person may lift, by the name that ``--allow`` takes."""

PERMANENT: Final = frozenset(
    {
        "ambiguous", "ambiguous-archive", "ambiguous-row", "archive-column", "archive-entry-damaged", "both-live",
        "cannot-absorb", "cannot-retype", "claimed-twice", "drops-everything", "foreign-mirror", "hidden-relation",
        "hosted-files", "incomplete-read", "match-missing", "max-requests", "mirror-mismatch", "name-taken", "needs",
        "option-case", "option-limit", "other-target", "owned-elsewhere", "protected", "rules-conflict",
        "same-database", "status-in-use", "target-in-trash", "title-stays", "undeclared-field", "unknown-reference",
        "unsupported-database", "wrong-workspace",
    }
)  # fmt: skip
"""Guards that protect correctness: ``--allow`` is refused."""

_INSTEAD: Final = {
    "max-requests": "say --max-requests N, or raise max_requests in [policy]",
    "not-found": "the consent is called create: an empty database is made",
}


def refusal(consent: str) -> Finding | None:
    """Why a consent cannot be given at all: not written as one, of no guard, or of one that nobody lifts."""
    guard, colon, address = consent.partition(":")
    option = f"--allow {consent}"
    if not colon or not address:
        return Finding(
            code="consent-unknown",
            what=f"{option}: a consent is written GUARD:ADDRESS",
            next="copy the words from the plan",
        )
    if guard in LIFTABLE:
        return None
    if guard in PERMANENT or guard in _INSTEAD:
        return Finding(
            code="consent-refused",
            what=f"{option}: the guard {guard} cannot be lifted this way",
            why="" if guard in _INSTEAD else "it protects correctness: passing it would lose values, or act on a guess",
            next=_INSTEAD.get(guard, f"do what the plan says of {guard}"),
        )
    near = get_close_matches(guard, LIFTABLE, n=1)
    return Finding(
        code="consent-unknown",
        what=f"{option}: there is no guard {guard!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        next=f"the guards that can be lifted are {', '.join(LIFTABLE)}",
    )
