"""What became of a run's steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.finding import Finding
from reconciler.planning.steps.base import Step
from reconciler.planning.steps.kinds import WriteEntry


@dataclass
class Report:
    """What a run came to: what was ``refused``, the addresses that ``failed`` for it, the ``databases`` that go no
    further, and the addresses of values that are ``unkept``, so that nothing may change them."""

    refused: list[Finding] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)
    unkept: set[str] = field(default_factory=set)

    def refuse(self, step: Step, said: Finding) -> None:
        """Keeps a refusal; the step's database goes no further."""
        self.refused.append(said)
        self.databases.add(step.database)
        self.leave(step)

    def leave(self, step: Step) -> None:
        """The step is not done, and what it serves is not either."""
        self.failed.update(step.addresses)
        if isinstance(step, WriteEntry):
            self.unkept.update(step.addresses)

    def allows(self, step: Step) -> bool:
        """Whether nothing that went before speaks against the step.

        An entry may be of another database than what it is kept for: of a row that moves, the values are of the
        database that it leaves, and the row is written in the one that it joins.
        """
        return step.database not in self.databases and self.unkept.isdisjoint(step.addresses)
