"""What an apply did, in the forms that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.cli.formats import Format, Forms, Showing

if TYPE_CHECKING:
    from rich.text import Text

    from reconciler.api import Outcome
    from reconciler.planning.plan import Plan
    from reconciler.render.applied import Applied

FORMAT_VERSION = 1
"""Of the JSON document."""


def done_line(outcome: Outcome) -> str:
    """What an apply did, in one sentence."""
    from reconciler.render.counting import count

    said = f"Applied {count(len(outcome.done), 'action')} with {count(outcome.requests, 'request')}"
    if outcome.archived_values:
        entries = "entry" if outcome.archive_entries == 1 else "entries"
        said += f"; {count(outcome.archived_values, 'value')} archived in {outcome.archive_entries} {entries}"
    return f"{said}. Batch: {outcome.batch}."


def numbers(outcome: Outcome) -> dict[str, Any]:
    """What an apply did in numbers, here and in logs."""
    return {
        "batch": outcome.batch,
        "actions": len(outcome.done),
        "requests": outcome.requests,
        "archived_values": outcome.archived_values,
        "refused": len(outcome.refused),
        "unsettled": len(outcome.unsettled),
    }


def applied_forms(plan: Plan, outcome: Outcome | None, showing: Showing) -> Forms:
    """An apply in its forms; ``outcome`` is None where there was nothing to do."""

    def told() -> Applied:
        from reconciler.render.applied import Applied

        if outcome is None:
            return Applied(plan, left=plan.blocked)
        left = (*outcome.refused, *outcome.unsettled, *outcome.after.blocked)
        return Applied(plan, done=done_line(outcome), left=left, after=outcome.after)

    def text(width: int) -> Text:
        from reconciler.render.applied import applied_text

        return applied_text(told(), limit_rows=showing.rows(), part=showing.part, width=width)

    def markdown() -> str:
        from reconciler.render.applied import applied_markdown

        return applied_markdown(told(), limit_rows=showing.rows(), part=showing.part)

    def summary() -> str:
        from reconciler.render.applied import applied_markdown
        from reconciler.render.github import SUMMARY_LIMIT

        return applied_markdown(told(), limit_rows=showing.rows(), part=showing.part, limit=SUMMARY_LIMIT)

    def github() -> str:
        from reconciler.render.applied import applied_github

        return applied_github(told(), limit_rows=showing.rows(), part=showing.part)

    others = {Format.MARKDOWN: markdown, Format.JSON: lambda: _json(plan, outcome), Format.GITHUB: github}
    return Forms(text=text, others=others, summary=summary)


def _json(plan: Plan, outcome: Outcome | None) -> str:
    from reconciler.planning.document import document, finding_words
    from reconciler.render.json import json_text

    said: dict[str, Any] = {"format_version": FORMAT_VERSION, "plan": document(plan)}
    if outcome is not None:
        said |= {
            "applied": {**numbers(outcome), "archive_entries": outcome.archive_entries, "done": list(outcome.done)},
            "refused": [finding_words(finding) for finding in outcome.refused],
            "unsettled": [finding_words(finding) for finding in outcome.unsettled],
            "after": document(outcome.after),
        }
    return json_text(said)
