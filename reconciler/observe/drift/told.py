"""Differences as people read them: words instead of ids, who edited last, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.memory.memory import Binding
from reconciler.model.finding import Finding, Location
from reconciler.model.live import LiveRow
from reconciler.observe.drift.differences import Difference, Gap
from reconciler.observe.drift.report import Drifted, Side
from reconciler.observe.drift.steps import schema_step, value_step
from reconciler.observe.drift.values import ValueDifference, rule_at
from reconciler.observe.evidence import Evidence
from reconciler.planning.declared_words import NEW_OPTION
from reconciler.planning.match import DatabaseMatch

NONE = "(none)"
_IDS = frozenset({"relation", "property", "mirror"})
"""Words that are ids of properties."""


@dataclass(frozen=True)
class Telling:
    """What is needed to tell differences: what was read, and names of people by id."""

    evidence: Evidence
    people: Mapping[str, str]

    def schema(self, one: Difference) -> Drifted:
        """A word of the schema; last edited is the whole data source."""
        pair = self.evidence.matched.databases[one.database]
        live = pair.live
        return Drifted(
            address=one.address,
            side=one.side,
            word=one.word,
            was=self._text(one.was, one),
            now=self._text(one.now, one) or NONE,
            declared=self._text(one.declared, one),
            next=schema_step(one, pair),
            edited_by=self._who(live.last_edited_by) if live else "",
            edited_at=live.last_edited_time if live else "",
            where=_place(one, pair),
        )

    def value(self, one: ValueDifference) -> Drifted:
        """A value of a row; last edited is the row."""
        row: LiveRow | None = one.live
        rule = rule_at(self.evidence.state, one.address)
        return Drifted(
            address=one.address,
            side=one.side,
            word=one.field,
            row=one.row,
            was=_said(one.was),
            now=_said(one.now) or NONE,
            declared=_said(one.declared),
            next=value_step(one),
            edited_by=self._who(row.last_edited_by) if row else "",
            edited_at=row.last_edited_time if row else "",
            where=rule.where if rule else None,
        )

    def gone(self, finding: Finding, binding: Binding) -> Drifted:
        """A database that was applied and does not answer any more."""
        desired = self.evidence.state.databases[binding.key]
        return Drifted(
            address=finding.address, side=Side.PEOPLE, word="database", was=binding.title, now=finding.what,
            declared=desired.title, next=finding.next, where=finding.where,
        )  # fmt: skip

    def _who(self, user: str) -> str:
        workspace = self.evidence.reading.workspace
        if user and user == workspace.bot_id:
            return f"this integration ({workspace.bot_name})"
        return self.people.get(user) or (f"user {user}" if user else "")

    def _text(self, raw: Any, one: Difference) -> str | None:
        """A side's word as people read it; None where the side does not say it."""
        if raw in (Gap.UNSAID, Gap.UNKNOWN):
            return None
        if raw is Gap.ABSENT or raw in ("", [], None):
            return NONE
        if one.word == "to":
            key = self.evidence.matched.key_of(str(raw))
            return key or "(a database that the files do not name)"
        if one.word in _IDS:
            return self._property(str(raw), one)
        return ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)

    def _property(self, found: str, one: Difference) -> str:
        """What people call a property, of any database of the state."""
        if found.startswith(NEW_OPTION):
            return found.removeprefix(NEW_OPTION)
        own = self.evidence.matched.databases[one.database]
        for pair in (own, *self.evidence.matched.databases.values()):
            prop = pair.live.by_id(found) if pair.live else None
            if prop is not None:
                return prop.name
        return "(gone)"


def _said(text: str | Gap) -> str | None:
    match text:
        case Gap.ABSENT:
            return NONE
        case Gap():
            return None
    return text or NONE


def _place(one: Difference, pair: DatabaseMatch) -> Location | None:
    """Where the files speak of it: the option, the field, the database."""
    name = next((n for n, prop in pair.fields.items() if prop is not None and prop.id == one.of), None)
    field = pair.desired.fields.get(name or "")
    if field is None:
        return pair.desired.where
    option = next((o for o in field.options or () if one.option and one.address.endswith(f"[{o.name}]")), None)
    return option.where if option else field.where
