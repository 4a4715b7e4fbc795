"""``--only``, ``--except`` and ``--allow``: which part of the state a command is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypedDict

from reconciler.model import address as addresses
from reconciler.model.finding import Finding, WtstateError
from reconciler.planning.guards import registry

if TYPE_CHECKING:
    from reconciler.desired.state import State


class Asked(TypedDict):
    """What a session is asked to plan."""

    only: tuple[str, ...]
    except_: tuple[str, ...]
    allow: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Addresses as they were typed; all empty: the whole state."""

    only: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    @property
    def asked(self) -> Asked:
        """The words that a session's plan takes."""
        return {"only": self.only, "except_": self.except_, "allow": self.allow}

    @property
    def words(self) -> str:
        """The part in words, "" for the whole state."""
        only = f"only {', '.join(self.only)}" if self.only else ""
        without = f"without {', '.join(self.except_)}" if self.except_ else ""
        return ", ".join(word for word in (only, without) if word)

    def check(self, state: State) -> None:
        """Raises `WtstateError` for addresses that name nothing, where planning nothing would look like nothing to do,
        and for consents that cannot be given."""
        named = [(f"--only {scope}", _wrong(scope, state)) for scope in self.only]
        named += [(f"--except {scope}", _wrong(scope, state)) for scope in self.except_]
        findings = [refusal for refusal in map(registry.refusal, self.allow) if refusal is not None]
        findings += [
            Finding(code="unknown-address", what=option, why=wrong, next="copy an address from `wtstate plan`")
            for option, wrong in named
            if wrong
        ]
        if findings:
            raise WtstateError(findings)


def part_of(only: Sequence[str] | None, except_: Sequence[str] | None, allow: Sequence[str] | None) -> Part:
    """The part that a command line names."""
    return Part(only=tuple(only or ()), except_=tuple(except_ or ()), allow=tuple(allow or ()))


def named(asked: Sequence[str], state: State) -> None:
    """Raises `WtstateError` for addresses that can name nothing of the state."""
    findings = [
        Finding(code="unknown-address", address=each, what=wrong, next="copy an address from `wtstate drift`")
        for each in asked
        if (wrong := _wrong(each, state))
    ]
    if findings:
        raise WtstateError(findings)


def _wrong(scope: str, state: State) -> str:
    """Why an address names nothing of the state, "" when it may name something."""
    try:
        first, second, _ = addresses.parse(scope)
    except ValueError:
        return "this is no address"
    if first in state.databases:
        return ""  # a field need not be declared to be named
    if first in addresses.RULE_KINDS:
        rules = getattr(state, first)
        return "" if second is None or second in rules else _unknown(f"[{first}] has no rule {second!r}", second, rules)
    return _unknown(f"the state has no database {first!r}", first, state.databases)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"{what}; did you mean {close[0]!r}?" if close else what
