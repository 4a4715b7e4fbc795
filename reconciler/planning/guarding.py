"""What all guards say of a plan: of its tasks one by one, and of it as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.memory.hosted import Place
from reconciler.model.finding import Finding
from reconciler.notion.ids import id_of
from reconciler.planning.compiling.opening import OwnArchive, own_archives
from reconciler.planning.effects import Task
from reconciler.planning.guards import access, files, readers, share, whole
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.reading import Reading
from reconciler.planning.scope import Scope
from reconciler.planning.steps.base import Step


def guarded(reading: Reading, tasks: list[Task]) -> tuple[list[Guarded], frozenset[str], frozenset[Place]]:
    """What the guards say of the tasks; the databases to count and the files to look at before they can say more."""
    databases, settings = reading.matched.databases, reading.state.workspace
    archive_page = reading.archive.parent if reading.archive else _page(settings.archive_page, reading)
    pages = dict.fromkeys(databases, archive_page) | {key: own.page for key, own in archives_of(reading).items()}
    declared = frozenset(databases) if settings.archive_page else frozenset(archives_of(reading))
    losing, unseen = files.guard(tasks, reading.sizes, reading.workspace.upload_limit)
    told = [
        *losing,
        *readers.archive_guard(tasks, databases, pages, declared),
        *readers.merge_guard(tasks, databases),
        *access.guard(tasks),
    ]
    too_much, uncounted = share.guard(tasks, reading.state.policy, databases, reading.rows, reading.held)
    return [*told, *too_much], uncounted, unseen


def archives_of(reading: Reading) -> dict[str, OwnArchive]:
    """The databases that have an archive for themselves, by key, with where it lies or will lie."""
    return own_archives(reading.state, reading.matched, reading.own_archives, reading.workspace.parent_id)


def _page(url: str | None, reading: Reading) -> str:
    """The id of the page that a state names for an archive; the parent page where it names none."""
    return id_of(url) if url else reading.workspace.parent_id


def over_all(reading: Reading, scope: Scope, steps: Sequence[Step]) -> Iterator[Finding]:
    """What the guards say of the plan as a whole."""
    cost = sum(step.requests for step in steps)
    yield from whole.requests_guard(cost, asked=scope.max_requests, policy=reading.state.policy.max_requests)
    yield from whole.blocks_guard(steps, reading.workspace)
