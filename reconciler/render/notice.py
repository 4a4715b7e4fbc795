"""What people in the workspace will notice of an apply: said before anyone is asked to confirm it."""

from __future__ import annotations

from reconciler.planning.plan import Plan
from reconciler.planning.steps.kinds import WriteRow
from reconciler.render.counting import count

_SCHEMA = ("database", "field", "option")


def notice(plan: Plan) -> tuple[str, ...]:
    """Sentences, none for an empty plan."""
    if plan.empty:
        return ()
    told = [(action.database, action.describe()) for action in plan.actions]
    rows = {(database, change.row) for database, one in told if one.verb != "drop" for change in one.rows}
    written = {database for database, _ in rows}
    schema = {database for database, one in told if one.subject in _SCHEMA}
    said = []
    if rows:
        touched = f"{count(len(rows), 'row')} in {count(len(written), 'database')}"
        said.append(
            f"{touched} will show this integration as last editor; automations there cannot be seen and may run."
        )
    if schema:
        said.append(f"Names, fields or options change in {count(len(schema), 'database')}, for everyone who uses them.")
    people = _newly_named(plan)
    if people:
        said.append(
            f"{people} {'person' if people == 1 else 'people'} will be newly named in a field and may be notified."
        )
    archived = sum(one.archived for _, one in told)
    if archived:
        said.append(f"{count(archived, 'value')} will be archived before anything of them is taken away.")
    return tuple(said)


def _newly_named(plan: Plan) -> int:
    """How many people are named in a field of a row in which they were not named before."""
    named: set[str] = set()
    for step in plan.steps:
        for write in step.writes if isinstance(step, WriteRow) else ():
            if write.type == "people":
                before = {person["id"] for person in write.old or ()}
                named.update(person["id"] for person in write.new or () if person["id"] not in before)
    return len(named)
