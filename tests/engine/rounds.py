"""A round: plan, apply, count. What is asserted here holds of every plan and every apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from reconciler.api import Outcome
from reconciler.desired.state import State
from reconciler.planning.document import document
from reconciler.planning.plan import Plan
from reconciler.proof import census as counting
from reconciler.survey.cache import Cache
from reconciler.twin import Twin
from tests import census
from tests.engine.sessions import session, sources, writes


class Flags(TypedDict):
    """What a session is asked to plan."""

    only: tuple[str, ...]
    except_: tuple[str, ...]
    allow: tuple[str, ...]


@dataclass(frozen=True)
class How:
    """How a plan is asked for: a part of the state, consents, and whether the twin stands for Notion."""

    only: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    on_twin: bool = True

    @property
    def flags(self) -> Flags:
        """The words that a session takes."""
        return {"only": self.only, "except_": self.except_, "allow": self.allow}


def scope(flags: Mapping[str, Any]) -> How:
    """From the words of a case's ``apply.toml``."""
    return How(
        only=tuple(flags.get("only", ())),
        except_=tuple(flags.get("except", ())),
        allow=tuple(flags.get("allow", ())),
        on_twin=not flags.get("notion"),
    )


async def planned(twin: Twin, state: State, how: How, *, cache: Cache | None = None) -> tuple[Plan, str]:
    """A plan and its document, made by a connection that cannot write; and that it wrote nothing."""
    before = writes(twin)
    async with session(twin, state, read_only=True, on_twin=how.on_twin, cache=cache) as reading:
        plan = await reading.plan(**how.flags)
    assert writes(twin) == before, "a plan wrote"
    return plan, json.dumps(document(plan), indent=1, ensure_ascii=False)


async def apply_and_count(
    twin: Twin, state: State, how: How, *, archive: str, cache: Cache | None = None
) -> tuple[Outcome, Plan]:
    """Applies the plan; asserts what holds of every apply: its cost, the census, the footprint."""
    before = census.everything(twin, archive=archive)
    async with session(twin, state, read_only=False, on_twin=how.on_twin, cache=cache) as writing:
        plan = await writing.plan(**how.flags)
        keys = sources(writing)
        received = writes(twin)
        outcome = await writing.apply(plan)
    after = census.everything(twin, archive=archive)
    kept = census.entries(twin, archive=archive)
    lost, strays = counting.lost(before, after, kept), counting.strays(before, after, counting.Touched.of(plan, keys))
    assert not lost, "lost:\n" + "\n".join(each.said for each in lost)
    assert not strays, "not planned:\n" + "\n".join(each.said for each in strays)
    if plan.empty:
        assert writes(twin) == received, "an empty plan wrote"
    if not outcome.refused:
        least, most = plan.cost.requests, plan.cost.requests + plan.cost.perhaps
        assert least <= outcome.requests <= most, f"{outcome.requests} sent, {least} to {most} planned"
    return outcome, plan
