"""A plan in the words that every format shares: how it is ordered, what an action is called, what becomes of values.

Everything here is escaped text on one line (`escape.visible`); a format adds what its own language needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.model.address import RULE_KINDS, parse
from reconciler.model.finding import Finding
from reconciler.planning.actions.base import Action, Described, Risk
from reconciler.planning.plan import Plan
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.words import quoted

SIGNS = {
    "create": "+",
    "drop": "-",
    "rename": ">",
    "move": ">",
    "change": "~",
    "fold": "~",
    "set": "~",
    "mark": "~",
}
"""The sign of a verb; `CHANGES` for every other."""
CHANGES = "~"


def sign_of(verb: str) -> str:
    """The sign that a line about an action of this verb begins with."""
    return SIGNS.get(verb, CHANGES)


@dataclass(frozen=True)
class Headline:
    """``verb subject before → name after · n rows``: what repeats the name is left out, "" where there is nothing."""

    sign: str
    verb: str
    subject: str
    before: str
    name: str
    after: str
    rows: int


@dataclass(frozen=True)
class DatabasePart:
    """What a plan does in one database: its key ("" for the batch), its title where that differs, its actions."""

    key: str
    title: str
    actions: tuple[Action, ...]


def by_database(plan: Plan) -> Iterator[DatabasePart]:
    """The actions of a plan by database, those on schemas before those of rules."""
    for database in sorted({action.database for action in plan.actions}):
        own = [action for action in plan.actions if action.database == database]
        title = plan.titles.get(database, "")
        ordered = sorted(own, key=lambda action: _is_rule(action.address))
        yield DatabasePart(database, title if title != database else "", tuple(ordered))


def _is_rule(address: str) -> bool:
    return address.split(".", 1)[0] in RULE_KINDS


def headline(action: Action, told: Described) -> Headline:
    """What is done to what."""
    name = _short(action.address, action.database)
    before, after = _around(_last_part(action.address), told)
    return Headline(
        sign=sign_of(told.verb),
        verb=visible(told.verb),
        subject=visible(told.subject),
        before=before,
        name=name,
        after=after if name else after.removeprefix(":"),
        rows=len({change.row for change in told.rows}),
    )


def _short(address: str, database: str) -> str:
    """The address as it reads under its database's heading: without the database; "" for the database itself."""
    if address == database:
        return ""
    return visible(address.removeprefix(f"{database}."))


def _around(name: str, told: Described) -> tuple[str, str]:
    """What stands before and after the name of the thing: its old name, its new one, what is made of it."""
    say = _titled if told.subject == "database" else visible
    old, new = told.old, told.new
    if old is not None and old != name and new == name and told.verb == "rename":
        return say(old), ""
    if new is not None and old is None:
        rest = new.removeprefix(name)
        return "", f" {visible(rest.strip())}" if name and rest != new and rest[:1] in {"", " "} else f": {say(new)}"
    if old is not None and new is None and name and old.startswith(f"{name} "):
        return "", f" {visible(old.removeprefix(name).strip())}"
    if old == name:
        return "", f" → {say(new)}" if new is not None else ""
    if old is None:
        return "", ""
    return "", f": {say(old)} → {say(new)}" if new is not None else f": {say(old)}"


def _titled(title: str) -> str:
    """A database's title in quotes: it may be any text, and stands where no address makes clear where it ends."""
    return visible(title) if title.startswith('"') else quoted(title)


def _last_part(address: str) -> str:
    """The bare name of what an address names: the option, else the field or rule, else nothing."""
    try:
        _, part, option = parse(address)
    except ValueError:
        return ""
    return option if option is not None else part or ""


def consequence(action: Action, told: Described) -> str:
    """What becomes of values and who says so, on one line; "" where nothing is to be said."""
    parts = []
    if told.archived:
        archived = f"archives {count(told.archived, 'value')}"
        if told.lost_to_restore:
            archived += f" (not restorable: {told.lost_to_restore:,})"
        parts.append(archived)
    if action.risk is Risk.CONVERTS and not told.archived:
        parts.append("converts values")
    if action.source:
        parts.append(f"source: {visible(action.source)}")
    return " · ".join(parts)


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that say the same of several addresses, together, in the order of the first of each."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.what, finding.why, finding.next), []).append(finding)
    return list(groups.values())
