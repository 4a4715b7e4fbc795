"""Which batch is under way, and what a batch says of its plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.memory.memory import PLAN_CHARACTERS, Batch, Memory
from reconciler.memory.text import shown
from reconciler.model.finding import Finding, WtstateError

_LINE = re.compile(r"(?P<kind>\S+) (?P<address>.*?)(?: · archives (?P<archived>[0-9]+))?")


@dataclass(frozen=True)
class PlanLine:
    """One action in the words that its batch keeps; ``archived`` counts the values that it sends to the archive."""

    kind: str
    address: str
    archived: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.address}" + (f" · archives {self.archived}" if self.archived else "")


def plan_lines(batch: Batch) -> tuple[PlanLine, ...]:
    """The actions of the batch, as far as they are kept: a line that was cut off is left out."""
    lines = batch.plan.split("\n")
    whole = lines[:-1] if len(batch.plan) >= PLAN_CHARACTERS else lines
    found = (_LINE.fullmatch(line) for line in whole)
    return tuple(PlanLine(each["kind"], each["address"], int(each["archived"] or 0)) for each in found if each)


def open_batch(memory: Memory) -> Batch | None:
    """The newest batch that no run has closed: its run was cut off, and the next one goes on with it."""
    still_open = [batch for batch in memory.batches.values() if batch.status == "open"]
    return max(still_open, key=lambda batch: batch.id, default=None)


def begun_by(batch: Batch | None, kind: str, address: str) -> bool:
    """Whether the plan of the batch had such an action; where its words are cut, whether it may have had."""
    if batch is None or address not in batch.addresses:
        return False
    return len(batch.plan) >= PLAN_CHARACTERS or any(
        line.kind == kind and line.address == shown(address) for line in plan_lines(batch)
    )


def command_of(batch: Batch) -> str:
    """The command that began the batch, and that finishes it."""
    return f"wtstate restore {' '.join(batch.restores)}" if batch.restores else "wtstate apply"


def finish_first(memory: Memory, restores: tuple[str, ...]) -> None:
    """Raises `WtstateError` (``batch-open``) where a batch is open that another command than this one began.

    ``restores`` is what this command takes back, () for an apply.
    """
    going_on = open_batch(memory)
    if going_on is None or going_on.restores == restores:
        return
    raise WtstateError(
        Finding(
            code="batch-open",
            what=f"the batch {going_on.id} was cut off and is still open",
            why="what it was about to do would mix with this",
            next=f"finish it first: {command_of(going_on)}",
        )
    )
