"""Guards: what holds an action back, tells of something left alone, or asks a person. One module a family.

`said` makes the findings, `consent` lifts those that can be lifted, `registry` names them all. `share`, `readers`,
`access` and `files` look at the tasks of a plan; `whole` at the plan itself; `branch` at where an apply comes from.
"""

from reconciler.planning.guards.said import (
    blocked,
    both_live,
    hosted_files,
    incomplete,
    liftable,
    manual,
    name_taken,
    needs,
    note,
)

__all__ = [
    "blocked",
    "both_live",
    "hosted_files",
    "incomplete",
    "liftable",
    "manual",
    "name_taken",
    "needs",
    "note",
]
