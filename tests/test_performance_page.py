"""docs/performance.md says what the benchmark calculates with, and what a plan counts."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass

import pytest

from reconciler.planning.steps import kinds
from tests.benchmarks.side.bounds import NAMES, fewest, formulas

SIZES = {"n": 1_000.0, "size": 400.0, "allowed": 180.0, "seconds": 60.0}
COUNTED_OTHERWISE = {
    kinds.OpenBatch, kinds.SaveMemory, kinds.Release, kinds.WriteEntry, kinds.CheckRows, kinds.PatchSchema, kinds.Look,
    kinds.Move, kinds.AppendLine, kinds.ReadConverted, kinds.CheckMoved,
}  # fmt: skip
"""Steps whose bound hangs on what they hold, or that are parts of one line of the page."""


def test_every_formula_can_be_calculated() -> None:
    assert all(fewest(what, **SIZES) >= 1 for what in formulas())


def test_every_kind_of_step_has_a_bound() -> None:
    steps = {each for _, each in inspect.getmembers(kinds, inspect.isclass) if is_dataclass(each)}
    assert steps == set(NAMES) | COUNTED_OTHERWISE


@pytest.mark.parametrize("kind", [each for each in NAMES if isinstance(vars(each).get("requests"), int)])
def test_a_plan_counts_what_the_page_says(kind: type[object]) -> None:
    read_and_bound = 1 if kind is kinds.ReadBack else 0  # the binding is a part of saving the memory
    assert fewest(NAMES[kind], n=1) - read_and_bound == vars(kind)["requests"]


def test_parts_of_a_line_of_the_page_add_up_to_it() -> None:
    assert kinds.Move.requests == fewest("moved rows", n=1) - fewest("overwritten rows", n=1)
    assert kinds.AppendLine.requests == fewest("matched rows of a merge", n=1) - fewest("overwritten rows", n=1)


def test_checks_are_counted_as_the_page_says() -> None:
    every = kinds.written_in((180, 60.0))
    for rows in (1, every - 1, 299, 1_001):
        step = kinds.CheckRows(addresses=(), database="a", rows=rows, every=every)
        assert step.requests == fewest("check of moved ground", n=rows, allowed=180, seconds=60)
