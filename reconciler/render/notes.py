"""Notes, short: what shares a code and a database is one item, so that twelve undeclared fields take two lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.text import Text

from reconciler.model import address
from reconciler.model.finding import Finding, Severity
from reconciler.render.escape import visible
from reconciler.render.findings import explanation
from reconciler.render.layout import Line
from reconciler.render.words import place

_DIM = "dim"
_INDENT = "      "
TOLD = 5
"""Of a group of more, only the names are listed."""


def database_of(finding: Finding) -> str:
    """The first part of a finding's address: a database's key or a kind of rule; "" without an address."""
    try:
        return address.parse(finding.address)[0] if finding.address else ""
    except ValueError:
        return ""


def note_lines(findings: Sequence[Finding]) -> Iterator[Line]:
    """The notes with their heading; warnings before what is only said, then by code and database."""
    if not findings:
        return
    yield Line(Text())
    yield Line(Text.assemble((f"Notes: {len(findings)}", "bold"), (" · nothing to do for apply", _DIM)))
    for group in note_groups(findings):
        yield from _group(group)


def note_groups(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Notes of one code and database together; warnings before what is only said, then by code and database."""
    ordered = sorted(findings, key=lambda f: (f.severity is not Severity.WARN, f.code, database_of(f), f.address))
    return [list(group) for _, group in groupby(ordered, key=lambda f: (f.severity, f.code, database_of(f)))]


def _group(group: list[Finding]) -> Iterator[Line]:
    first = group[0]
    warn = first.severity is Severity.WARN
    prefix = Text.assemble("  ", ("·", "yellow" if warn else _DIM), " ")
    margin = Text(_INDENT)
    if len(group) == 1:
        head = Text.assemble((visible(first.code), "yellow" if warn else "cyan"))
        if first.address:
            head.append(f" {visible(first.address)}", "bold")
        yield Line(prefix=prefix, body=head, tail=Text(place(first.where), _DIM))
        yield Line(prefix=margin, body=Text(visible(first.what)))
        yield from explanation(first, indent=len(_INDENT))
        return
    database = database_of(first)
    head = Text.assemble((visible(first.code), "yellow" if warn else "cyan"))
    if database:
        head.append(f" {visible(database)}", "bold")
    head.append(f": {len(group)}")
    yield Line(prefix=prefix, body=head)
    names = [name_within(finding, database) for finding in group]
    if len(group) > TOLD:
        yield Line(prefix=margin, body=Text(", ".join(dict.fromkeys(names))))
    else:
        for name, finding in zip(names, group, strict=True):
            yield Line(prefix=margin, body=Text(f"{name}: {visible(finding.what)}" if name else visible(finding.what)))
    step = common_step(group)
    if step:
        yield Line(prefix=Text.assemble(margin, ("→ ", "cyan")), body=Text(visible(step)))


def common_step(group: Sequence[Finding]) -> str:
    """The next step, where it is the same for all; "" else."""
    steps = {finding.next for finding in group}
    return steps.pop() if len(steps) == 1 else ""


def name_within(finding: Finding, database: str) -> str:
    """A finding's address as it reads where its database was just named; escaped."""
    return visible(finding.address.removeprefix(f"{address.of_database(database)}.")) if finding.address else ""
