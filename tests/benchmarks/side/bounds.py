"""The fewest requests of each kind of work: the formulas of docs/performance.md are what is calculated with."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step

PAGE = Path(__file__).parents[3] / "docs" / "performance.md"
_ROW = re.compile(r"^\| ([^|`]+?) \| `([^`]+)` \|", re.MULTILINE)
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
VALUE = 400
"""Bytes that an archived value takes, with the words beside it."""
NAMES: Mapping[type[object], str] = {
    kinds.CreateDatabase: "new database",
    kinds.CreateRow: "new rows",
    kinds.WriteRow: "overwritten rows",
    kinds.CheckMoved: "look before rows move",
    kinds.PatchDatabase: "words of a database",
    kinds.Mark: "marked database",
    kinds.Trash: "dropped database",
    kinds.ReadBack: "changed database",
    kinds.OpenArchive: "archive of its own",
    kinds.PatchMirror: "named mirror",
    kinds.Sweep: "options that Notion made",
    kinds.TrashPage: "row that goes",
    kinds.TakeLine: "line taken back",
    kinds.Untrash: "database out of the trash",
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {"ceil": math.ceil, "floor": math.floor, "max": max}


@cache
def formulas() -> Mapping[str, str]:
    """The formulas of the page, by what they count."""
    return dict(_ROW.findall(PAGE.read_text(encoding="utf-8")))


def fewest(what: str, **values: float) -> int:
    """The fewest requests for that kind of work. Raises `KeyError` for what the page does not name."""
    return int(_calculated(ast.parse(formulas()[what], mode="eval").body, values))


def of_steps(steps: Iterable[Step], limits: tuple[int, float]) -> int:
    """The fewest requests that carry out a plan's steps."""
    return sum(_of_step(step, limits) for step in steps)


def _of_step(step: Step, limits: tuple[int, float]) -> int:
    allowed, seconds = limits
    match step:
        case kinds.OpenBatch(archive=archive):
            return fewest("run") + (fewest("first archive") if archive is None else 0)
        case kinds.SaveMemory() | kinds.Release():
            return 0  # of the run, which was counted when it was opened
        case kinds.WriteEntry(entry=entry):
            return fewest("archived values", n=len(entry.values), size=VALUE)
        case kinds.CheckRows(rows=rows):
            return fewest("check of moved ground", n=rows, allowed=allowed, seconds=seconds)
        case kinds.CheckMoved():  # asked once, before the first row moves
            return fewest("check of moved ground", n=0, allowed=allowed, seconds=seconds)
        case kinds.ReadConverted(looks=looks):
            return fewest("converted values read back", n=len({row for look in looks for row in look.known}))
        case kinds.PatchSchema(options=options):
            return fewest("schema") + (fewest("list of options") if options else 0)
        case kinds.Move():  # the values are rows that are written
            return fewest("moved rows", n=1) - fewest("overwritten rows", n=1)
        case kinds.AppendLine():
            return fewest("matched rows of a merge", n=1) - fewest("overwritten rows", n=1)
        case kinds.Look():
            return fewest("dropped field") - fewest("schema")
        case _:
            return fewest(NAMES[type(step)], n=1)


def _calculated(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_calculated(left, values), _calculated(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name](*(_calculated(each, values) for each in arguments))
    raise ValueError(f"a formula holds what it may not: {ast.unparse(node)}")
