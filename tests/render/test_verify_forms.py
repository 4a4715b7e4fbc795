"""A verification for comments and jobs: complete, and harmless whatever addresses hold."""

from __future__ import annotations

from reconciler.observe.verify_report import Group, Result, Status, VerifyReport
from reconciler.render.verify_forms import verify_github, verify_markdown
from tests.render.hostile import HOSTILE
from tests.render.test_github import obeyed
from tests.render.test_markdown import harmless


def _report(*results: Result) -> VerifyReport:
    return VerifyReport(results, workspace="W", requests=1)


def test_what_failed_comes_first() -> None:
    ok = Result(Group.DATABASES, "there", "a", Status.OK, "it is there")
    warned = Result(Group.DATA, "values", "b", Status.WARN, "somebody changed it")
    failed = Result(Group.SCHEMA, "plan", "c", Status.FAIL, "a field is missing", ("goals",))
    text = verify_markdown(_report(ok, warned, failed))
    assert text.startswith("<!-- wtstate verify -->\n\n## Verification: not verified: 1 failed\n\n- databases: 1 ok")
    assert text.index("- **fail** schema `c`") < text.index("- **warn** data `b`")
    told = obeyed(verify_github(_report(ok, warned, failed)))
    assert told == ["::error title=schema c::a field is missing", "::warning title=data b::somebody changed it"]


def test_hostile_titles_make_nothing() -> None:
    results = [Result(Group.DATA, title, title, Status.FAIL, title, (title,)) for title in HOSTILE]
    for start in (0, 100):
        report = _report(*results[start : start + 100])
        harmless(verify_markdown(report))
        assert all(line.startswith("::error title=data ") for line in obeyed(verify_github(report)))
