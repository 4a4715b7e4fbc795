"""The plan as text: complete, within its width, the same every time."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from syrupy.assertion import SnapshotAssertion

from reconciler.model.finding import Finding, Severity
from reconciler.planning.actions.base import Described, Risk, RowChange
from reconciler.render.findings import findings_text
from reconciler.render.layout import Line, lay_out
from reconciler.render.notice import notice
from reconciler.render.text import plan_text
from reconciler.render.told import sign_of
from reconciler.render.words import pair, shown
from tests.render.plans import PHASES, MadeAction, at, folded, plan_of, whole


def test_a_whole_plan(snapshot: SnapshotAssertion) -> None:
    assert plan_text(whole()).plain == snapshot


def test_the_same_plan_is_the_same_text() -> None:
    assert plan_text(whole()).plain == plan_text(whole()).plain


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_asked(width: int) -> None:
    assert max(cell_len(line) for line in plan_text(whole(), width=width).plain.split("\n")) <= width


def test_no_line_ends_in_blanks() -> None:
    assert [line for line in plan_text(whole()).plain.split("\n") if line != line.rstrip()] == []


def test_an_empty_plan_says_so() -> None:
    assert plan_text(plan_of()).plain == "No changes. The workspace matches the state."


def test_an_empty_plan_with_blocked_and_manual_items_does_not_claim_a_match(snapshot: SnapshotAssertion) -> None:
    held = Finding(code="both-live", what="Both are there.", next="Choose.", address=PHASES)
    manual = Finding(code="manual-color", what="A color.", next="Paint.", address=PHASES, severity=Severity.WARN)
    text = plan_text(plan_of(findings=(held, manual))).plain
    assert text == snapshot
    assert text.endswith("\nNo changes. Apply has nothing to do; 1 blocked, 1 manual.")
    left = plan_text(plan_of(findings=(manual,))).plain
    assert left.endswith("\nNo changes. The workspace matches the state, but for 1 manual item.")


@pytest.mark.parametrize(
    ("limit", "lines", "more"), [(0, 0, ""), (3, 3, "… 6 more values"), (8, 8, "… 1 more value"), (50, 9, "")]
)
def test_as_many_values_as_asked(limit: int, lines: int, more: str) -> None:
    text = plan_text(plan_of(folded(), requests=9), limit_rows=limit).plain
    assert sum(": " in line and line.startswith("      WT-") for line in text.split("\n")) == lines
    assert ("more value" in text) == bool(more)
    assert more in text


def test_rows_are_counted_once_however_many_values_change() -> None:
    twice = (RowChange("WT-1", "status", "a", "b"), RowChange("WT-1", "goals", "c", "d"))
    action = MadeAction("corrections.x", PHASES, Described("set", "rows", rows=twice))
    text = plan_text(plan_of(action, requests=1)).plain
    assert "· 1 row\n" in text
    assert "1 row to set" in text


def test_a_rule_follows_the_fields_of_its_database() -> None:
    rule = MadeAction("corrections.a", PHASES, Described("set", "rows"))
    field = MadeAction(f"{PHASES}.zz", PHASES, Described("create", "field", new="rich_text"))
    text = plan_text(plan_of(rule, field, requests=2)).plain
    assert text.index("create field zz") < text.index("set rows corrections.a")


@pytest.mark.parametrize("verb", ["create", "rename", "change", "fold", "set", "drop", "mark", "move", "polish"])
def test_every_verb_has_a_sign(verb: str) -> None:
    line = plan_text(plan_of(MadeAction(f"{PHASES}.x", PHASES, Described(verb, "field")), requests=1)).plain.split(
        "\n"
    )[3]
    assert line.startswith(f"  {sign_of(verb)} {verb} field x")


@pytest.mark.parametrize(
    ("name", "told", "head"),
    [
        ("goals", Described("create", "field", new="goals (rich_text)"), "create field goals (rich_text)"),
        ("goals", Described("create", "field", new="goals2"), "create field goals: goals2"),
        ("goals", Described("create", "field", new="goals"), "create field goals"),
        ("projectId", Described("rename", "field", "projectID", "projectId"), "rename field projectID → projectId"),
        ('"a b"', Described("drop", "field", "a b"), 'drop field "a b"'),
        ("status[Done]", Described("fold", "option", "Done", "Complete"), "fold option status[Done] → Complete"),
        ("status[Done]", Described("fold", "option", "x", "Done"), "fold option status[Done]: x → Done"),
        ("goals", Described("change", "field"), "change field goals"),
    ],
)
def test_the_headline_says_each_name_once(name: str, told: Described, head: str) -> None:
    text = plan_text(plan_of(MadeAction(f"{PHASES}.{name}", PHASES, told), requests=1)).plain
    assert text.split("\n")[3].split(" ", 3)[3] == head


def test_hostile_names_and_values_stay_on_their_line_and_are_no_markup() -> None:
    evil = "\x1b]0;owned\x07\n[/bold]\u202e"
    action = MadeAction(
        f'{PHASES}."{evil}"',
        PHASES,
        Described(
            "fold", "option", old=evil, new=evil, details=(evil,), rows=(RowChange(evil, evil, evil, evil, evil),)
        ),
        where=at(1),
        source=evil,
        risk=Risk.CONVERTS,
    )
    findings = tuple(
        Finding(
            code="manual-x" if s is Severity.WARN else "x", what=evil, why=evil, next=evil, address=evil, severity=s
        )
        for s in Severity
    )
    text = plan_text(plan_of(action, findings=findings, requests=1))
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, color_system=None).print(text, soft_wrap=True)
    for char in ("\x1b", "\x07", "\u202e"):
        assert char not in out.getvalue()
    assert "[/bold]" in out.getvalue()
    assert not [line for line in text.plain.split("\n") if line.startswith("[/bold]")]


def test_a_difference_deep_in_two_long_values_is_shown() -> None:
    old, new = "x" * 500 + " old end", "x" * 500 + " new end"
    left, right = pair(old, new, 30)
    assert "old" in left
    assert "new" in right
    assert cell_len(left) <= 30
    assert cell_len(right) <= 30


def test_blanks_at_the_ends_are_seen() -> None:
    assert (shown("WT-5.5 "), shown(""), shown("(empty)")) == ('"WT-5.5 "', "(empty)", '"(empty)"')


def test_a_tail_stands_at_the_right_edge_or_on_its_own_line() -> None:
    tail = Text("state/x.toml:1")
    assert lay_out([Line(Text("short"), tail=tail)], width=40).plain == f"short{tail.plain:>35}"
    long = Line(Text("a body that leaves no room for it"), tail=tail)
    assert lay_out([long], width=40).plain == f"a body that leaves no room for it\n{tail.plain:>40}"


def test_findings(snapshot: SnapshotAssertion) -> None:
    first = Finding(
        code="unknown-key",
        what='"colour" is not a word of an option.',
        why="What is not understood could be a typing error, so it is not ignored.",
        next='Did you mean "color"?',
        address=f"{PHASES}.status[Done]",
        where=at(7),
    )
    assert findings_text([first]).plain == snapshot(name="one")
    assert findings_text([first, Finding(code="empty", what="No file.", next="Write one.")]).plain == snapshot(
        name="two"
    )


def test_what_people_will_notice(snapshot: SnapshotAssertion) -> None:
    assert notice(whole()) == snapshot
    assert notice(plan_of()) == ()
