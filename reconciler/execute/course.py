"""How far a run is, and when it will be through."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.execute.reporter import Reporter
from reconciler.model.progress import Progress
from reconciler.notion.client import Client
from reconciler.notion.pace import Clock

_KNOWN = 0.1
"""The share of its requests after which the pace of a run is known."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """One run on its way: ``planned`` requests; what was sent and waited before it is not counted."""

    client: Client
    reporter: Reporter
    clock: Clock
    planned: int
    began: float
    sent_before: int
    waited_before: float

    @staticmethod
    def begun(planned: int, client: Client, reporter: Reporter, clock: Clock) -> Course:
        """A run that begins now; the reporter is told."""
        reporter.started(planned)
        return Course(
            client=client,
            reporter=reporter,
            clock=clock,
            planned=planned,
            began=clock.now(),
            sent_before=client.sent - client.retries,
            waited_before=client.window.waited,
        )

    def tell(self, address: str) -> None:
        """Tells the reporter how far the run is; ``address`` is what the last request served."""
        sent = self.client.sent - self.client.retries - self.sent_before
        budget = self.client.window.budget()
        self.reporter.progressed(
            Progress(
                sent=sent,
                requests=self.planned,
                address=address,
                left=budget.left if budget else None,
                allowed=budget.allowed if budget else None,
                seconds=self._left(sent) if budget else None,
            )
        )

    def _left(self, sent: int) -> float | None:
        """Seconds that the rest takes: as long as the budget makes it wait, or as the run itself takes, if longer."""
        if sent < _KNOWN * self.planned:
            return None
        rest = max(0, self.planned - sent)
        working = self.clock.now() - self.began - (self.client.window.waited - self.waited_before)
        return max(self.client.window.until(rest), working / sent * rest) if sent else None
