"""The plans of a session: made of the state or of the archive, proved, and kept with what they were made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.connection import Line, told
from reconciler.model.finding import WtstateError

if TYPE_CHECKING:
    from reconciler.desired.state import State
    from reconciler.notion.client import Client
    from reconciler.notion.snapshot import Header
    from reconciler.planning.plan import Plan
    from reconciler.planning.reading import Reading
    from reconciler.planning.restore.build import Restoring
    from reconciler.planning.scope import Scope
    from reconciler.proof.recorded import Recorded
    from reconciler.proof.rehearse import Subject


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made from; ``restores`` are the ids that it takes back, none where it is of the state."""

    plan: Plan
    reading: Reading | Restoring
    scope: Scope
    read_at: datetime
    restores: tuple[str, ...] = ()


class Plans:
    """Makes plans, one after the other, and knows what the last one was made from. Reads only."""

    def __init__(self, line: Line, state: State) -> None:
        self._line = line
        self._state = state
        self._workspace, self._sure, self._known = line.workspace, line.known is None, line.known
        self.last: Planned | None = None

    async def made(self, scope: Scope) -> Plan:
        """The plan of the state, proved. Raises `WtstateError` for a consent that cannot be given or lifts nothing."""
        from reconciler.planning.guards import consent

        _check_consents(scope)
        plan = await self.of_state(scope)
        if not plan.empty:
            plan = await self._proved()
        asked = [each for each in scope.allow if not each.startswith("apply-from:")]
        idle = consent.idle(asked, (*plan.blocked, *plan.notes), self._recorded_consents())
        if idle:
            raise WtstateError(idle)
        return plan

    async def made_of_archive(self, asked: tuple[str, ...], scope: Scope) -> Plan:
        """The plan that takes back batches, or archive entries, named by id.

        Raises `WtstateError` for ids that are not known, for a batch that is still open, for what was edited in the
        archive, and for a consent that cannot be given.
        """
        _check_consents(scope)
        plan = await self._of_archive(asked, scope)
        return plan if plan.empty else await self._proved()

    async def again(self) -> Plan:
        """The last plan made anew, of what there is now; not proved."""
        if self.last is None:
            raise ValueError("there is no plan yet")
        if self.last.restores:
            return await self._of_archive(self.last.restores, self.last.scope)
        return await self.of_state(self.last.scope)

    async def of_state(self, scope: Scope, *, abandons: bool = False, whole: bool = False) -> Plan:
        """The plan of the state, not proved; ``abandons`` plans beside a batch that is open, as if nothing finished it.

        ``whole`` reads what a plan with something to do needs, also where there is nothing. Raises `WtstateError` for
        an open batch that has to be finished first, unless ``abandons``.
        """
        from reconciler.memory.batches import finish_first
        from reconciler.survey.planned import read_and_plan
        from reconciler.survey.remembering import Glance

        read_at = datetime.now(UTC)
        children = self._line.listed.take()
        if children is None:
            self._line.recorder.clear()
        with told(), self._line.recorder.listening(self._line.client):
            reading, plan = await read_and_plan(
                self._line.client,
                self._state,
                self._workspace,
                scope,
                children=children,
                on_twin=self._line.on_twin,
                glance=None if abandons or whole else Glance(known=self._known, sure=self._sure),
            )
        self._learned(reading)
        if not abandons:
            finish_first(reading.memory, ())
        self.last = Planned(plan=plan, reading=reading, scope=scope, read_at=read_at)
        return plan

    async def record(self, path: Path, *, with_values: bool) -> Recorded:
        """Keeps in ``path`` what a plan of the whole state needs to read; see `Session.record`."""
        from reconciler.planning.scope import Scope
        from reconciler.proof.recorded import record

        await self.of_state(Scope(), whole=True)
        header = self._line.header(environment=self._state.workspace.environment)
        header = replace(header, digests=not with_values, searched=not self._line.on_twin)
        with told():
            return await record(self._line.client, self._subject(header), path)

    async def _of_archive(self, asked: tuple[str, ...], scope: Scope) -> Plan:
        from reconciler.survey.restoring import read_and_restore

        read_at = datetime.now(UTC)
        children = self._line.listed.take()
        if children is None:
            self._line.recorder.clear()
        with told(), self._line.recorder.listening(self._line.client):
            reading, plan = await read_and_restore(
                self._line.client,
                self._state,
                self._workspace,
                asked,
                scope,
                children=children,
                on_twin=self._line.on_twin,
            )
        self.last = Planned(plan=plan, reading=reading, scope=scope, read_at=read_at, restores=asked)
        return plan

    def _learned(self, reading: Reading) -> None:
        """Takes what the service said of whom the token speaks for, and keeps where things are for later plans."""
        from reconciler.planning.reading import Sight
        from reconciler.survey.cache import Known

        self._sure = self._sure or reading.workspace is not self._workspace
        self._workspace = reading.workspace
        if reading.archive is None or reading.sight is Sight.KNOWN or not self._sure:
            return
        self._known = Known(
            workspace=reading.workspace.id,
            workspace_name=reading.workspace.name,
            bot=reading.workspace.bot_id,
            bot_name=reading.workspace.bot_name,
            archive=reading.archive.id,
            archive_source=reading.archive.data_source_id,
        )
        if self._line.cache is not None:
            self._line.cache.keep(self._known)

    async def _proved(self) -> Plan:
        """The last plan with its proof, from a rehearsal on what it was made from; a failed proof holds it back."""
        from reconciler.proof.rehearse import rehearse

        subject = self._subject(self._line.header())
        proof = await rehearse(subject)
        proved = replace(subject.plan, proof=proof, blocked=(*subject.plan.blocked, *proof.failures))
        if self.last is not None:
            self.last = replace(self.last, plan=proved)
        return proved

    def _subject(self, header: Header) -> Subject:
        """The last plan as what is rehearsed."""
        from reconciler.proof.rehearse import Subject

        planned = self.last
        if planned is None:
            raise ValueError("what is rehearsed was just planned")

        async def again(client: Client) -> Plan:
            return await self._of_others(client, planned)

        return Subject(
            plan=planned.plan,
            reading=planned.reading,
            again=again,
            restores=planned.restores,
            recorder=self._line.recorder,
            header=header,
            probed=planned.reading.memory.probed,
        )

    async def _of_others(self, client: Client, planned: Planned) -> Plan:
        """What ``planned`` would be in the workspace that ``client`` reads."""
        from reconciler.survey.planned import read_and_plan
        from reconciler.survey.restoring import read_and_restore

        state, workspace, scope = self._state, self._workspace, planned.scope
        if not planned.restores:
            _, plan = await read_and_plan(client, state, workspace, scope, children=None, on_twin=self._line.on_twin)
        else:
            _, plan = await read_and_restore(
                client, state, workspace, planned.restores, scope, children=None, on_twin=self._line.on_twin
            )
        return plan

    def _recorded_consents(self) -> set[str]:
        """The consents that earlier batches used, as the last plan has read them."""
        if self.last is None:
            return set()
        return {each for batch in self.last.reading.memory.batches.values() for each in batch.consents}


def _check_consents(scope: Scope) -> None:
    from reconciler.planning.guards import registry

    refused = [refusal for refusal in map(registry.refusal, scope.allow) if refusal is not None]
    if refused:
        raise WtstateError(refused)
