"""Two-way relations: each side learns what the other said, and contradictions are found.

Either side may be the short one: the owner says ``two_way``, the mirror ``mirror_of``, or only one of them speaks. A
mirror without a table of its own is added to its database, so that it counts as declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.desired import codes
from reconciler.desired.draft import BROKEN, Draft, unknown_database, unknown_field
from reconciler.desired.fields import MirrorField
from reconciler.desired.parsing import Parsed
from reconciler.desired.state import Database, Field
from reconciler.model import address
from reconciler.model.finding import Finding, Location

Name = tuple[str, str]


def of(name: Name) -> str:
    """The address of a (database, field)."""
    return address.of_field(*name)


class _Pairing:
    """The work of `paired`: fields by (database, name), replaced as the two sides are joined."""

    def __init__(self, parsed: Parsed, draft: Draft) -> None:
        self.draft = draft
        self.fields: dict[Name, Field] = {
            (d.key, f.name): f for d in draft.databases.values() for f in d.fields.values()
        }
        self.mirrors: dict[Name, str] = {
            (key, name): table.mirror_of
            for key, database in parsed.databases.items()
            for name, table in database.fields.items()
            if isinstance(table, MirrorField)
        }
        self.findings: list[Finding] = []

    def run(self) -> dict[str, Database]:
        for mirror, written in self.mirrors.items():
            if owner := self._owner(mirror, written):
                self._join(owner, mirror, at=self.draft.at(of(mirror), "mirror_of"), by=of(mirror))
        for name in list(self.fields):
            field = self.fields[name]
            if field.type == "relation" and field.two_way is not None and name not in self.mirrors:
                self._from_owner(name, field)
        for name, field in self.fields.items():
            if field.type == "relation" and field.to is None and name not in self.mirrors:
                self._missing_target(name)
        return self._databases()

    def _owner(self, mirror: Name, written: str) -> Name | None:
        at, by = self.draft.at(of(mirror), "mirror_of"), of(mirror)
        try:
            database, field, option = address.parse(written)
        except ValueError:
            database, field, option = "", None, None
        if field is None or option is not None:
            advice = 'write "database.field"; a name with a dot stands in double quotes, as in database."v1.0"'
            self._say(codes.BAD_ADDRESS, f'"{written}" is no address of a field', advice, by, at)
            return None
        if database not in self.draft.databases:
            self.findings.append(unknown_database(codes.UNKNOWN_DATABASE, database, self.draft.databases, at, by))
            return None
        if (database, field) not in self.fields:
            found = unknown_field(codes.MIRROR_WITHOUT_OWNER, field, self.draft.databases[database], at, by)
            self.findings.append(replace(found, why="a mirror is made by its owner: without one there is no relation"))
            return None
        return database, field

    def _join(self, owner: Name, mirror: Name, *, at: Location | None, by: str) -> None:
        """Lets the two sides know each other, unless what one says contradicts the other."""
        left, right = self.fields[owner], self.fields[mirror]
        if BROKEN in {left.type, right.type}:
            return
        problem = self._contradiction(owner, mirror)
        if problem:
            code, what = problem
            self._say(code, what, "let both sides name each other, or leave the words out on one side", by, at)
            return
        self.fields[owner] = replace(left, to=mirror[0], two_way=mirror[1])
        self.fields[mirror] = replace(self.fields[mirror], to=owner[0], two_way=None, mirror_of=owner)

    def _contradiction(self, owner: Name, mirror: Name) -> tuple[str, str] | None:
        left, right = self.fields[owner], self.fields[mirror]
        if left.type != "relation" or right.type != "relation":
            other = owner if left.type != "relation" else mirror
            return codes.NOT_A_RELATION, f"{of(other)} is declared as {self.fields[other].type}, not as a relation"
        if owner == mirror:
            return codes.MIRROR_MISMATCH, f"{of(owner)} cannot mirror itself"
        if owner in self.mirrors:
            return codes.MIRROR_MISMATCH, f"{of(owner)} is itself a mirror, of {self.mirrors[owner]}"
        if left.to not in {None, mirror[0]}:
            return codes.MIRROR_MISMATCH, f"{of(owner)} links to {left.to}, and {of(mirror)} says it is its mirror"
        if left.two_way not in {None, mirror[1]}:
            return codes.MIRROR_MISMATCH, f'{of(owner)} names "{left.two_way}" as its mirror, not "{mirror[1]}"'
        if right.to not in {None, owner[0]}:
            return codes.MIRROR_MISMATCH, f"{of(mirror)} links to {right.to}, not to its owner's {owner[0]}"
        if right.two_way not in {None, owner[1]}:
            return codes.MIRROR_MISMATCH, f'{of(mirror)} names "{right.two_way}" as its mirror, not "{owner[1]}"'
        if right.mirror_of not in {None, owner}:
            return codes.MIRROR_MISMATCH, f"{of(mirror)} is already the mirror of {of(right.mirror_of or owner)}"
        return None

    def _from_owner(self, name: Name, field: Field) -> None:
        """An owner that says ``two_way``: its mirror is declared, declared without saying so, or added here."""
        if field.mirror_of is not None or field.two_way is None:
            return
        at, by = self.draft.at(of(name), "two_way"), of(name)
        if field.to is None:
            return
        if field.to not in self.draft.databases:
            return  # said by the check of references
        mirror = (field.to, field.two_way)
        known = self.fields.get(mirror)
        if known is None:
            self.fields[mirror] = Field(
                field.to, field.two_way, "relation", at or field.where, to=name[0], mirror_of=name
            )
        elif known.mirror_of != name:
            self._join(name, mirror, at=at, by=by)

    def _missing_target(self, name: Name) -> None:
        self._say(
            codes.MISSING_KEY,
            "the relation does not say where it links to",
            'add to = "DATABASE KEY", or let a field there say mirror_of',
            of(name),
            self.draft.at(of(name)),
        )

    def _databases(self) -> dict[str, Database]:
        return {
            key: replace(database, fields={name: field for (owner, name), field in self.fields.items() if owner == key})
            for key, database in self.draft.databases.items()
        }

    def _say(self, code: str, what: str, advice: str, by: str, at: Location | None) -> None:
        self.findings.append(Finding(code, what, advice, address=by, where=at))


def paired(parsed: Parsed, draft: Draft) -> tuple[Mapping[str, Database], list[Finding]]:
    """The databases of ``draft`` with every two-way relation joined, and what contradicts itself."""
    pairing = _Pairing(parsed, draft)
    databases = pairing.run()
    return databases, pairing.findings
