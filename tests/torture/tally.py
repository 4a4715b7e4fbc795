"""What an attack came to, for people and for the command's exit code."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field

SHOWN = 8


@dataclass
class Tally:
    """The figures of one attack. ``tried`` counts attacks, ``failed`` those that broke a promise, by what broke."""

    name: str
    tried: int = 0
    figures: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def fail(self, what: str) -> None:
        """One attack that succeeded."""
        self.failed.append(what)

    @property
    def text(self) -> str:
        """A few lines: what was tried, what came of it, the first failures."""
        seconds = time.monotonic() - self.began
        lines = [f"{self.name}: {self.tried} tried, {len(self.failed)} failed, {seconds:.0f} s"]
        lines += [f"  {what}: {times}" for what, times in sorted(self.figures.items())]
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  FAILED {what}" for what in self.failed[:SHOWN]]
        if len(self.failed) > SHOWN:
            lines.append(f"  … and {len(self.failed) - SHOWN} more")
        return "\n".join(lines)

    def show(self) -> None:
        """Prints it."""
        sys.stdout.write(self.text + "\n")
        sys.stdout.flush()
