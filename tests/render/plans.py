"""Hand-made plans: what renderers are held against, without the engine that makes real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from reconciler.model import address
from reconciler.model.finding import Finding, Location, Severity
from reconciler.planning.actions.base import Action, Described, Risk, RowChange
from reconciler.planning.picture import Arrow, Edge, Node, Picture
from reconciler.planning.plan import Plan, make_plan
from reconciler.planning.steps.base import Phase

STATE = "state/wombat-track.toml"
PHASES, PROJECTS = "wt-phase-tracker", "wt-project-tracker"


@dataclass(frozen=True)
class MadeAction:
    """An action that says what the test gave it."""

    address: str
    database: str
    told: Described
    where: Location | None = None
    reason: str = "differs"
    source: str = ""
    risk: Risk = Risk.SAFE
    kind: ClassVar[str] = "made"

    def describe(self) -> Described:
        return self.told


@dataclass(frozen=True)
class MadeStep:
    """A step of so many requests."""

    requests: int
    phase: Phase = Phase.EXPAND
    database: str = PHASES
    addresses: tuple[str, ...] = ()
    round: int = 1


def at(line: int) -> Location:
    return Location(STATE, line, 1)


def plan_of(*actions: Action, findings: tuple[Finding, ...] = (), requests: int = 0) -> Plan:
    return make_plan(
        workspace="Wombat Track",
        actions=actions,
        findings=findings,
        steps=[MadeStep(requests)] if requests else [],
        rate=(180, 60.0),
        titles={PHASES: PHASES, PROJECTS: PROJECTS, "sub-apps": "Sub-Apps 🧩"},
    )


def folded() -> MadeAction:
    rows = tuple(
        RowChange(row=f"WT-{n}.1", field="status", old="Done", new="Complete", fate="archived") for n in range(1, 10)
    )
    return MadeAction(
        address=f"{PHASES}.status[Done]",
        database=PHASES,
        told=Described(verb="fold", subject="option", old="Done", new="Complete", rows=rows, archived=9),
        where=at(41),
        risk=Risk.ARCHIVES,
    )


def corrected() -> MadeAction:
    rows = (
        RowChange("WT-5.1 (1 of 2)", "status", "In Progress", "Complete"),
        RowChange("WT-5.5 ", "goals", "", " cut at the ends "),
        RowChange("WT-5.5 ", "status", "", "Complete"),
    )
    return MadeAction(
        address="corrections.wt-5",
        database=PHASES,
        told=Described(verb="set", subject="rows", rows=rows, archived=2),
        where=at(77),
        source="Phase logs",
        risk=Risk.ARCHIVES,
    )


def whole() -> Plan:
    """A plan with something of everything."""
    return plan_of(
        MadeAction(PHASES, PHASES, Described("rename", "database", '"WT Phase Database"', f'"{PHASES}"'), at(12)),
        MadeAction(f"{PHASES}.goals", PHASES, Described("create", "field", new="goals (rich_text)"), at(18)),
        MadeAction(f"{PHASES}.phaseId", PHASES, Described("rename", "field", "phase id", "phaseId"), at(15)),
        MadeAction(
            f'{PHASES}."WT Projects 1"',
            PHASES,
            Described(
                "drop",
                "field",
                old="WT Projects 1",
                details=("a two-way relation: made one-way first, so that its mirror stays",),
                archived=34,
                lost_to_restore=1,
            ),
            at(90),
            source="Manual cleanup",
            risk=Risk.ARCHIVES,
        ),
        folded(),
        corrected(),
        MadeAction(
            "sub-apps",
            "sub-apps",
            Described("create", "database", new='"Sub-Apps 🧩"', details=("fields: Name, owner, programType",)),
            at(120),
        ),
        findings=(
            Finding(
                code="both-live",
                what='"projectID" and "projectId" are both there.',
                why="Renaming one would hide which of the two is meant.",
                next="Drop one of them, or take `was` out of the state.",
                address=f"{PROJECTS}.projectId",
                where=at(30),
            ),
            Finding(
                code="manual-color",
                what='"Blocked" is gray and should be red; the API cannot recolour an option.',
                next='Open the field "status" in Notion and choose red.',
                address=f"{PHASES}.status[Blocked]",
                where=at(44),
                severity=Severity.WARN,
            ),
            *(
                Finding(
                    code="undeclared-field",
                    what=f'The field "{name}" is not in the state and stays as it is.',
                    next="Declare it, or drop it by name.",
                    address=f'{PHASES}."{name}"',
                    severity=Severity.INFO,
                )
                for name in ("Step Progress", "Notes", "Old status", "RAG", "Week", "Linked docs")
            ),
            Finding(
                code="pending",
                what="No row of wt-phase-tracker or wt-project-tracker has the key WT-7.2.",
                next="Nothing to do: it is looked for again in every plan.",
                address="corrections.wt-7-2",
                where=at(70),
                severity=Severity.WARN,
            ),
        ),
        requests=57,
    )


def hostile(titles: Sequence[str]) -> Plan:
    """A plan in which each of the titles stands wherever text from a workspace can stand."""
    actions = [
        MadeAction(
            address=address.of_field(title or "(empty)", title or "(empty)"),
            database=address.of_database(title or "(empty)"),
            told=Described(
                verb="rename",
                subject="field",
                old=title,
                new=title,
                details=(f"description: {title} → x", title),
                rows=(RowChange(title, title, title, title, fate="kept"), RowChange(title, "status", "", title)),
                archived=1,
            ),
            where=at(1),
            source=title,
        )
        for title in titles
    ]
    findings = [
        Finding(
            code="both-live",
            what=f"{title} is there {title!r}",
            why=f"because of {title}",
            next=f"look at `{title}` and {title}",
            address=address.of_database(title or "(empty)"),
            where=Location(f"state/{index}.toml", 1, 1),
            severity=tuple(Severity)[index % 3],
        )
        for index, title in enumerate(titles)
    ]
    plan = plan_of(*actions, findings=tuple(findings), requests=1)
    names = {action.database: title for action, title in zip(actions, titles, strict=True)}
    arrows = [Arrow(action.database, title, action.database) for action, title in zip(actions, titles, strict=True)]
    picture = Picture(
        nodes=tuple(Node(key, title, f"{title} ") for key, title in sorted(names.items())),
        edges=tuple(Edge(arrow, Arrow(arrow.source, arrow.name, arrow.target, arrow.name)) for arrow in arrows),
    )
    return replace(plan, workspace="".join(titles[:40]), titles={**plan.titles, **names}, picture=picture)
