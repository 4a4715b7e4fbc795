"""The plan: data, sorted at birth, without ids, clocks or learned values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.memory.hosted import Place
from reconciler.model.finding import Finding
from reconciler.planning.actions.base import Action, action_key
from reconciler.planning.guards import consent, whole
from reconciler.planning.picture import Picture
from reconciler.planning.proved import Proof
from reconciler.planning.steps.base import Phase, Step
from reconciler.planning.steps.kinds import ReadConverted, Sweep


@dataclass(frozen=True)
class Cost:
    """What a plan costs: ``requests`` that apply sends (retries and waits aside) at ``rate`` (requests, seconds).

    ``perhaps`` are those that come on top where Notion makes options on the way that must be swept up, or converts so
    many values that reading them back takes several pages.
    """

    requests: int
    rate: tuple[int, float]
    perhaps: int = 0

    @property
    def minutes(self) -> float:
        """The least time the requests need at the declared rate, in minutes: the budget bursts, then refills."""
        allowed, seconds = self.rate
        windows = max(0, math.ceil(self.requests / allowed) - 1)
        return windows * seconds / 60


@dataclass(frozen=True)
class Plan:
    """The exact difference between the files and the workspace.

    ``actions`` are what apply would do; ``manual`` what only a person can do; ``blocked`` what a guard holds back;
    ``notes`` what is only said (undeclared fields, pending rules, values changed by others). ``titles`` gives each
    database's declared title by key, ``steps`` the requests in order, ``picture`` the databases and relations before
    and after.
    """

    workspace: str
    actions: tuple[Action, ...]
    blocked: tuple[Finding, ...]
    manual: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    steps: tuple[Step, ...]
    cost: Cost
    environment: str = ""
    """The environment that it is for; "" where the files were read without one."""
    titles: Mapping[str, str] = field(default_factory=dict)
    picture: Picture = field(default_factory=Picture)
    uncounted: frozenset[str] = frozenset()
    """Databases, by key, that must be counted whole before it is known whether a guard holds them back."""
    unseen: frozenset[Place] = frozenset()
    """Hosted files whose size must be known before it is known whether a guard holds them back."""
    restores: tuple[str, ...] = ()
    """The ids, of batches or entries, that it takes back; () for a plan of the state."""
    proof: Proof | None = None
    """What the rehearsal came to; None before it, and for a plan that has nothing to do."""

    @property
    def consents(self) -> tuple[str, ...]:
        """The consents that lifted a guard, sorted: they are kept with the batch."""
        return consent.given(self.notes)

    @property
    def stopped(self) -> tuple[Finding, ...]:
        """What keeps the plan as a whole from being applied."""
        return tuple(f for f in self.blocked if whole.stops(f))

    @property
    def empty(self) -> bool:
        """Whether apply would send nothing."""
        return not self.actions


def make_plan(
    *,
    workspace: str,
    actions: Iterable[Action],
    findings: Iterable[Finding],
    steps: Iterable[Step],
    rate: tuple[int, float],
    titles: Mapping[str, str],
    uncounted: frozenset[str] = frozenset(),
    unseen: frozenset[Place] = frozenset(),
    restores: tuple[str, ...] = (),
    picture: Picture | None = None,
    environment: str = "",
) -> Plan:
    """A plan with everything sorted; findings go where their severity and code say."""
    said = sorted(dict.fromkeys(findings), key=lambda f: (f.address, f.code, f.what))
    ordered = tuple(sorted(actions, key=action_key))
    work = tuple(steps)
    return Plan(
        workspace=workspace,
        actions=ordered,
        blocked=tuple(f for f in said if f.severity == "error"),
        manual=tuple(f for f in said if f.severity == "warn" and f.code.startswith("manual-")),
        notes=tuple(f for f in said if f.severity != "error" and not f.code.startswith("manual-")),
        steps=work,
        cost=Cost(
            requests=sum(step.requests for step in work),
            rate=rate,
            perhaps=sum(step.perhaps for step in work if isinstance(step, Sweep | ReadConverted)),
        ),
        environment=environment,
        titles=dict(sorted(titles.items())),
        uncounted=uncounted,
        unseen=unseen,
        restores=restores,
        picture=picture or Picture(),
    )


__all__ = ["Cost", "Phase", "Plan", "Step", "make_plan"]
