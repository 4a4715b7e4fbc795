"""Faults on demand: which requests go wrong, and how. Seeded, so that the same requests meet the same faults again.

What each fault looks like on the wire is in failing.py. Statuses, reasons and the promise of a 503 that saved are
Notion's documented ones.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

Failure = Literal["429", "529", "409", "500", "502", "503", "504", "cut", "slow"]
"""A status of Notion's, a connection cut, or an answer whose body comes slowly."""
FAILURES: tuple[str, ...] = get_args(Failure)
MAY_SAVE = ("500", "502", "503", "504", "cut")
WITH_RETRY_AFTER = ("429", "529")
REASONS = (
    "public_api_request_rate_limit", "public_api_space_request_rate_limit", "public_api_endpoint_rate_limit",
    "public_api_request_blocked",
)  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "DELETE")
_RATE = re.compile(r"(\d{1,9})/(\d{1,6})s")
_LATENCY = re.compile(r"(\d{1,6})ms(?:(?:±|\+-)(\d{1,6})(?:ms)?)?")


class FaultsError(ValueError):
    """Faults that cannot be: the message is one sentence for people, and says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests of one token in a window of seconds, which its first request begins."""

    requests: int
    seconds: int

    @staticmethod
    def read(text: str) -> Rate | None:
        """``180/60s``; None for ``off``. Raises FaultsError."""
        if text == "off":
            return None
        match = _RATE.fullmatch(text)
        if match is None or not int(match[1]) or not int(match[2]):
            raise FaultsError(f"A rate is written as 180/60s or off, not {text!r}.")
        return Rate(requests=int(match[1]), seconds=int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long every answer waits: milliseconds, give or take a spread that is evenly distributed."""

    ms: int
    spread: int = 0

    @staticmethod
    def read(text: str) -> Latency:
        """``250ms`` or ``250ms±100`` (``+-`` for those without the sign). Raises FaultsError."""
        match = _LATENCY.fullmatch(text)
        if match is None or int(match[2] or 0) > int(match[1]):
            raise FaultsError(f"A latency is written as 250ms or 250ms±100, not {text!r}.")
        return Latency(ms=int(match[1]), spread=int(match[2] or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule. Exactly one of ``every`` and ``chance`` says how often; ``times`` bounds it.

    ``path`` is below ``/v1/``: ``*`` stands for one part of it, ``**`` for the rest. ``saved`` does what was asked
    and fails all the same. ``retry_after`` is in seconds; ``seconds`` is how long a slow body takes.
    """

    fail: Failure
    method: str = "*"
    path: str = "**"
    every: int | None = None
    chance: float | None = None
    times: int | None = None
    saved: bool = False
    retry_after: int = 1
    reason: str = REASONS[0]
    seconds: float = 2.0

    def __post_init__(self) -> None:
        wrong = _wrong(self)
        if wrong is not None:
            raise FaultsError(f"{wrong}.")

    def meets(self, method: str, path: str) -> bool:
        """Whether the rule is about this endpoint; ``path`` begins with ``/v1/``."""
        return self.method in ("*", method) and _pattern(self.path).fullmatch(path) is not None


def _wrong(fault: Fault) -> str | None:
    rules = (
        (fault.fail in FAILURES, f"`fail` is one of {', '.join(FAILURES)}"),
        (fault.method in ("*", *METHODS), f"`method` is *, or one of {', '.join(METHODS)}"),
        ((fault.every is None) != (fault.chance is None), "one of `every` and `chance` says how often"),
        (fault.every is None or fault.every > 0, "`every` is 1 or more"),
        (fault.chance is None or 0 <= fault.chance <= 1, "`chance` is from 0 to 1"),
        (fault.times is None or fault.times > 0, "`times` is 1 or more"),
        (not fault.saved or fault.fail in MAY_SAVE, f"`saved` goes with {', '.join(MAY_SAVE)}"),
        (fault.retry_after >= 0, "`retry_after` is 0 or more seconds"),
        (0 <= fault.seconds <= 3600, "`seconds` is from 0 to 3600"),
    )
    return next((said for holds, said in rules if not holds), None)


def _pattern(path: str) -> re.Pattern[str]:
    parts = {"**": ".*", "*": "[^/]+"}
    pieces = re.split(r"(\*\*|\*)", path.strip("/"))
    return re.compile("/v1/" + "".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong with a twin. The first rule that strikes a request decides; nothing does by default."""

    rules: tuple[Fault, ...] = ()
    seed: int = 0
    rate: Rate | None = None
    latency: Latency | None = None


_TYPES: Mapping[str, tuple[type, ...]] = {
    "fail": (str, int), "method": (str,), "path": (str,), "every": (int,), "chance": (int, float), "times": (int,),
    "saved": (bool,), "retry_after": (int,), "reason": (str,), "seconds": (int, float),
}  # fmt: skip


def read(path: Path) -> Faults:
    """The faults of a TOML file: ``seed``, ``rate``, ``latency`` and tables ``[[fault]]``. Raises FaultsError."""
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # a TOML error is a ValueError
        raise FaultsError(f"{path} cannot be read: {error}.") from None
    try:
        return _faults(words)
    except FaultsError as error:
        raise FaultsError(f"{path}: {error}") from None


def _faults(words: Mapping[str, Any]) -> Faults:
    _known(words, ("seed", "rate", "latency", "fault"), "the file")
    seed, entries = words.get("seed", 0), words.get("fault", [])
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise FaultsError("`seed` is a whole number.")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FaultsError("`fault` is a list of tables, each headed [[fault]].")
    return Faults(
        rules=tuple(_fault(entry, number) for number, entry in enumerate(entries, 1)),
        seed=seed,
        rate=Rate.read(str(words.get("rate", "off"))),
        latency=Latency.read(str(words["latency"])) if "latency" in words else None,
    )


def _fault(entry: Mapping[str, Any], number: int) -> Fault:
    where = f"fault {number}"
    _known(entry, tuple(f.name for f in fields(Fault)), where)
    if "fail" not in entry:
        raise FaultsError(f"{where}: `fail` is missing; it is one of {', '.join(FAILURES)}.")
    for name, value in entry.items():
        if not isinstance(value, _TYPES[name]) or (isinstance(value, bool) and bool not in _TYPES[name]):
            raise FaultsError(f"{where}: `{name}` cannot be {value!r}.")
    try:
        return Fault(**{**entry, "fail": str(entry["fail"])})
    except FaultsError as error:
        raise FaultsError(f"{where}: {error}") from None


def _known(words: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in words:
        if name not in allowed:
            raise FaultsError(f"{where} has an unknown key `{name}`; known are {', '.join(allowed)}.")


# -- what happens to a request -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What happens to one request: how long it waits, in seconds, and the fault that strikes it, if any."""

    wait: float = 0.0
    fault: Fault | None = None


@dataclass(slots=True)
class Injector:
    """Counts requests and decides on each. ``clock`` gives milliseconds and is what rates are counted by."""

    faults: Faults
    clock: Callable[[], int]
    _asked: int = 0
    _met: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    _struck: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    _windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By token: when the window began, and how many requests it has let through."""

    def judge(self, method: str, path: str, token: str) -> Verdict:
        """What happens to the next request. The rate comes first: what it refuses, no rule counts."""
        self._asked += 1
        wait = self._latency()
        over = self._over(token)
        if over is not None:
            return Verdict(wait=wait, fault=over)
        struck: Fault | None = None
        for number, rule in enumerate(self.faults.rules):
            if struck is None and rule.meets(method, path) and self._strikes(number, rule):
                struck = rule
        return Verdict(wait=wait, fault=struck)

    def _latency(self) -> float:
        latency = self.faults.latency
        if latency is None:
            return 0.0
        return (latency.ms + latency.spread * (2 * self._chance("latency", self._asked) - 1)) / 1000

    def _over(self, token: str) -> Fault | None:
        rate, now = self.faults.rate, self.clock()
        if rate is None:
            return None
        began, passed = self._windows.get(token, (now, 0))
        if now - began >= rate.seconds * 1000:
            began, passed = now, 0
        if passed >= rate.requests:
            left = math.ceil((began + rate.seconds * 1000 - now) / 1000)
            return replace(_RATE_LIMIT, retry_after=left)
        self._windows[token] = (began, passed + 1)
        return None

    def _strikes(self, number: int, rule: Fault) -> bool:
        if rule.times is not None and self._struck[number] >= rule.times:
            return False
        self._met[number] += 1
        met = self._met[number]
        strikes = met % rule.every == 0 if rule.every else self._chance(str(number), met) < (rule.chance or 0)
        self._struck[number] += strikes
        return strikes

    def _chance(self, about: str, number: int) -> float:
        """Evenly from 0 up to 1, and the same for the same seed: no rule's luck hangs on another's."""
        digest = hashlib.sha256(f"{self.faults.seed}/{about}/{number}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


_RATE_LIMIT = Fault(fail="429", every=1)
