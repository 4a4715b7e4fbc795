"""What a run is asked to plan: everything, or part of it, and which guards it is allowed to pass."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model import address as addresses


@dataclass(frozen=True)
class Scope:
    """``only`` and ``except_`` are addresses (empty ``only``: all); ``allow`` holds consents, ``GUARD:ADDRESS``.

    ``max_requests`` is what the plan may cost, instead of what the policy says.
    """

    only: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    max_requests: int | None = None

    def includes(self, address: str) -> bool:
        """Whether the action at ``address`` is asked for."""
        if any(addresses.covers(scope, address) for scope in self.except_):
            return False
        return not self.only or any(addresses.covers(scope, address) for scope in self.only)

    def allowed(self, guard: str, address: str) -> bool:
        """Whether the user consented to pass this guard at this address."""
        return f"{guard}:{address}" in self.allow
