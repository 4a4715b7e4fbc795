"""What became of a run's steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.finding import Finding
from reconciler.planning.steps.base import Step


@dataclass
class Report:
    """What a run came to: addresses whose steps are all done, and what was refused."""

    refused: list[Finding] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)

    def refuse(self, step: Step, said: Finding) -> None:
        """Keeps a refusal; the step's database goes no further."""
        self.refused.append(said)
        self.failed.update(step.addresses)
        self.databases.add(step.database)
