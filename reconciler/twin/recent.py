"""What the last few requests wrote: what a service that is behind its own writes may not show yet."""

from __future__ import annotations

from dataclasses import dataclass, field

BEHIND = 3
"""For so many requests a write counts as recent. Requests, not seconds: what a rehearsal meets hangs on no clock."""


@dataclass(slots=True)
class Recent:
    """Kept in memory by the twin, not in its file: after a restart everything shows."""

    request: int = 0
    _made: dict[str, int] = field(default_factory=dict)
    _edges: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)

    def begin(self) -> None:
        """A request comes in; what is no longer recent is forgotten."""
        self.request += 1
        horizon = self.request - BEHIND
        self._made = {page: at for page, at in self._made.items() if at > horizon}
        self._edges = {key: entry for key, entry in self._edges.items() if entry[0] > horizon}

    def row_made(self, page_id: str) -> None:
        self._made[page_id] = self.request

    @property
    def rows(self) -> frozenset[str]:
        """Rows made lately."""
        return frozenset(self._made)

    def mirrored(self, page_id: str, property_id: str, before: list[str]) -> None:
        """The other side of a two-way relation changed because this side was written."""
        _, oldest = self._edges.get((page_id, property_id), (0, before))
        self._edges[page_id, property_id] = (self.request, oldest)

    def written(self, page_id: str, property_id: str) -> None:
        """This side was written itself: that shows at once."""
        self._edges.pop((page_id, property_id), None)

    def edges_before(self, page_id: str, property_id: str) -> list[str] | None:
        """What a mirrored relation held before the recent writes; None where there were none."""
        entry = self._edges.get((page_id, property_id))
        return None if entry is None else entry[1]
