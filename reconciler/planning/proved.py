"""What a rehearsal of a plan came to: data, for renderers and the plan's document."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Finding


@dataclass(frozen=True)
class Proof:
    """A plan carried out on a twin of what was read, under each of the ``readings``, and counted by value.

    ``touched`` are the values that were read and that the plan changes, moves or takes away, ``lost`` those that are
    then neither in place, nor in their new place, nor in the archive. ``edges`` are those of the relation fields that
    the plan touches, before and after; ``fields`` how many these are. ``archived`` values go to the archive,
    ``restorable`` of them come back from it. ``rests_on`` names the assumptions on which an answer hung and that
    nobody has probed. ``undone`` are addresses that would be refused or left to do under the harsh reading, where
    nothing is lost by it: the run stops safely and says so. ``failures`` say what would be lost, changed or left to
    do: empty when the plan is proved.
    """

    readings: tuple[str, ...]
    touched: int
    lost: int
    edges: tuple[int, int]
    fields: int
    archived: int
    restorable: int
    rests_on: tuple[str, ...]
    undone: tuple[str, ...] = ()
    failures: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the plan is proved."""
        return not self.failures
