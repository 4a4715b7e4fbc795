"""What the files say is what the state holds: short forms, mirrors, folds, conditions, ``env:``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from reconciler.desired import codes, load
from reconciler.desired.check_conflicts import overlap
from reconciler.desired.check_fields import names_in
from reconciler.desired.state import Field, Link, Policy, State
from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not
from reconciler.model.finding import Location, WtstateError

STATE = Path(__file__).parents[2] / "state"


def loaded(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> State:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    return load(tmp_path, env=env or {}, base=tmp_path)


def field(state: State, database: str, name: str) -> Field:
    return state.databases[database].fields[name]


def test_env_is_resolved_and_left_as_written_where_it_is_not_set(tmp_path: Path) -> None:
    text = (
        '[workspace]\nparent = "env:PARENT"\narchive_page = "env:OTHER"\nid = "env:ID"\n[databases.a]\nbind = "env:A"\n'
    )
    state = loaded(tmp_path, text, {"PARENT": "page", "A": "url", "ID": ""})
    assert (state.workspace.parent, state.workspace.archive_page) == ("page", "env:OTHER")
    assert (state.workspace.id, state.databases["a"].bind) == ("", "url")


def test_without_workspace_and_policy_the_defaults_hold(tmp_path: Path) -> None:
    state = loaded(tmp_path, "[databases.a]\n")
    assert state.workspace.rate == (180, 60.0)
    assert state.workspace.archive == "wtstate-archive"
    assert state.policy == Policy()


@pytest.mark.parametrize(
    ("written", "rate"), [("180/60s", (180, 60.0)), ("3/1s", (3, 1.0)), ("600 / 1m", (600, 60.0)), ("1/0.5s", (1, 0.5))]
)
def test_rates(tmp_path: Path, written: str, rate: tuple[int, float]) -> None:
    assert loaded(tmp_path, f'[workspace]\nrate = "{written}"\n[databases.a]\n').workspace.rate == rate


@pytest.mark.parametrize("written", ["180", "0/60s", "180/0s", "180/0.0s", "-1/60s", "180/60h", "180/60s extra"])
def test_what_is_no_rate_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(WtstateError) as caught:
        loaded(tmp_path, f'[workspace]\nrate = "{written}"\n[databases.a]\n')
    assert [finding.code for finding in caught.value.findings] == [codes.BAD_RATE]


def test_policy(tmp_path: Path) -> None:
    text = """
    [policy]
    check = "each"
    keep = "2y"
    growth = 3
    apply_from = "main"
    archive_share = 0.1
    max_requests = 500
    databases.a.archive_share = 1
    [databases.a]
    """
    assert loaded(tmp_path, text).policy == Policy("each", 730, 3, ("main",), 0.1, {"a": 1.0}, 500)


def test_a_short_form_is_its_long_form(tmp_path: Path) -> None:
    text = '[databases.a.fields]\nx = "rich_text"\ns = { type = "select", options = ["Open", { name = "Shut" }] }\n'
    state = loaded(tmp_path, text)
    assert field(state, "a", "x") == Field("a", "x", "rich_text", Location("a.toml", 2, 1))
    options = field(state, "a", "s").options or ()
    assert [(option.name, option.where.column) for option in options] == [("Open", 35), ("Shut", 43)]


MIRRORED = """
[databases.a.fields]
link = {a}

[databases.b.fields]
{b}
"""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{ type = "relation", to = "b", two_way = "back" }', ""),
        ('{ type = "relation", to = "b", two_way = "back" }', 'back = { mirror_of = "a.link" }'),
        ('{ type = "relation", to = "b" }', 'back = { mirror_of = "a.link" }'),
        ('"relation"', 'back = { mirror_of = "a.link" }'),
        ('{ type = "relation", to = "b", two_way = "back" }', 'back = { type = "relation", to = "a" }'),
        ('{ type = "relation", to = "b", two_way = "back" }', 'back = "relation"'),
        (
            '{ type = "relation", to = "b", two_way = "back" }',
            'back = { type = "relation", to = "a", two_way = "link" }',
        ),
    ],
)
def test_either_side_of_a_two_way_relation_may_be_the_short_one(tmp_path: Path, left: str, right: str) -> None:
    state = loaded(tmp_path, MIRRORED.replace("{a}", left).replace("{b}", right))
    owner, mirror = field(state, "a", "link"), field(state, "b", "back")
    assert (owner.to, owner.two_way, owner.mirror_of) == ("b", "back", None)
    assert (mirror.type, mirror.to, mirror.two_way, mirror.mirror_of) == ("relation", "a", None, ("a", "link"))


def test_a_relation_to_its_own_database_has_its_mirror_there(tmp_path: Path) -> None:
    text = '[databases.a.fields]\nparent = { type = "relation", to = "a", two_way = "children" }\n'
    state = loaded(tmp_path, text)
    assert field(state, "a", "children").mirror_of == ("a", "parent")


def test_names_with_dots_and_blanks_are_quoted_in_addresses(tmp_path: Path) -> None:
    text = (
        '[databases.a.fields]\n"v1.0 link" = { type = "relation", to = "a" }\n'
        "back = { mirror_of = 'a.\"v1.0 link\"' }\n[drops.x]\nwhat = 'a.\"old.name\"[Odd, [really]]'\n"
    )
    state = loaded(tmp_path, text)
    assert field(state, "a", "back").mirror_of == ("a", "v1.0 link")
    assert state.drops["x"].what == ("a", "old.name", "Odd, [really]")


def test_option_names_in_rules_are_folded(tmp_path: Path) -> None:
    text = """
    [databases.a.fields]
    Name  = "title"
    state = { type = "select", options = [{ name = "Complete", was = ["Done", "Completed"] }, "Open"] }
    tags  = { type = "multi_select", options = [{ name = "red", was = ["rot"] }] }
    [corrections.c]
    in     = "a"
    where  = { state = { not = ["Done", "Completed"] }, Name = "Done" }
    expect = { state = ["Open", "Done"] }
    set    = { state = "Completed", tags = ["rot", "red"], Name = "Done" }
    """
    correction = loaded(tmp_path, text).corrections["c"]
    assert correction.where_fields == {"state": Not(AnyOf((Equals("Complete"),))), "Name": Equals("Done")}
    assert correction.expect == {"state": AnyOf((Equals("Open"), Equals("Complete")))}
    assert correction.set == {"state": "Complete", "tags": ["red"], "Name": "Done"}


def test_an_option_folded_differently_in_two_databases_is_asked_for_in_both_forms(tmp_path: Path) -> None:
    text = """
    [databases.a.fields]
    state = { type = "select", options = [{ name = "Complete", was = ["Done"] }] }
    [databases.b.fields]
    state = { type = "select", options = ["Done", "Complete"] }
    [corrections.c]
    in    = ["a", "b"]
    where = { state = "Done" }
    set   = { state = "Complete" }
    """
    assert loaded(tmp_path, text).corrections["c"].where_fields == {
        "state": AnyOf((Equals("Complete"), Equals("Done")))
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"x"', Equals("x")),
        ("3", Equals(3)),
        ("true", Equals(True)),
        ("2026-01-02", Equals(dt.date(2026, 1, 2))),
        ('["x", { glob = "y*" }]', AnyOf((Equals("x"), Glob("y*")))),
        ("[]", AnyOf(())),
        ('{ is = "empty" }', Empty()),
        ('{ not = { is = "empty" } }', Not(Empty())),
        ('{ not = ["x", "y"] }', Not(AnyOf((Equals("x"), Equals("y"))))),
        ("{ before = 2026-01-02 }", Before(dt.date(2026, 1, 2))),
        ("{ after = 2026-01-02T03:04:05Z }", After(dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC))),
    ],
)
def test_conditions(tmp_path: Path, written: str, meant: Condition) -> None:
    # A formula can be of any kind, so every condition may be asked of it.
    text = (
        "[databases.a.fields]\nf = { type = 'formula', expression = '1' }\n"
        f"[checks.c]\nin = 'a'\nwhere = {{ f = {written} }}\nexpect = 0\n"
    )
    assert loaded(tmp_path, text).checks["c"].where_fields == {"f": meant}


def test_a_merge_from_the_title_of_a_declared_database_is_from_its_key(tmp_path: Path) -> None:
    text = '[databases.a]\ntitle = "A"\n[databases.b]\n[merges.m]\nfrom = { title = "A" }\ninto = "b"\n'
    merge = loaded(tmp_path, text).merges["m"]
    assert (merge.from_key, merge.from_title) == ("a", None)


@pytest.mark.parametrize(
    ("left", "right", "certain"),
    [
        (Equals("x"), Equals(" x "), True),
        (Equals("x"), Equals("X"), False),
        (Equals("WT-5.1"), Glob("WT-5.*"), True),
        (Glob("WT-5.*"), AnyOf((Equals("WT-7.2"), Equals("WT-5.9"))), True),
        (Equals("WT-50"), Glob("WT-5.*"), False),
        (Glob("a*"), Glob("a*"), True),
        (Glob("a*"), Glob("*b"), False),
        (None, Equals("x"), True),
        (Not(Equals("x")), Equals("y"), False),
    ],
)
def test_rules_overlap_only_where_the_files_alone_say_so(
    left: Condition | None, right: Condition | None, certain: bool
) -> None:
    assert overlap(left, right) is certain
    assert overlap(right, left) is certain


def test_a_formula_names_the_fields_of_its_own_row_only() -> None:
    expression = r'prop("A") + prop( "B \"b\"" ) + prop("A") + current.prop("C") + myprop("D")'
    assert names_in(expression) == ("A", 'B "b"')


def test_findings_come_all_at_once_and_none_twice(tmp_path: Path) -> None:
    text = '[databases.a]\nkey = "nothing"\n[databases.a.fields]\nx = "titel"\nlink = { type = "relation", to = "z" }\n'
    with pytest.raises(WtstateError) as caught:
        loaded(tmp_path, text)
    assert [finding.code for finding in caught.value.findings] == [
        codes.UNKNOWN_FIELD,
        codes.UNKNOWN_TYPE,
        codes.UNKNOWN_DATABASE,
    ]


def test_a_broken_field_is_blamed_once_not_wherever_it_is_named(tmp_path: Path) -> None:
    text = """
    [databases.a]
    key = "id"
    [databases.a.fields]
    id    = "txet"
    link  = { type = "relation", two = "x" }
    total = { type = "rollup", relation = "link", property = "id", function = "count" }
    back  = { mirror_of = "a.link" }
    [corrections.c]
    in   = "a"
    rows = 3
    set  = { id = true, link = 3 }
    """
    with pytest.raises(WtstateError) as caught:
        loaded(tmp_path, text)
    assert [finding.code for finding in caught.value.findings] == [codes.UNKNOWN_TYPE, codes.UNKNOWN_KEY]


def test_wombat_track_is_declared_in_full() -> None:
    state = load(STATE, env={"NOTION_WT_PARENT_PAGE_ID": "page"}, base=STATE.parent)
    assert state.workspace.parent == "page"
    assert state.workspace.archive == "wt-merged-data-archive"
    assert {key: database.was for key, database in state.databases.items()} == {
        "wt-project-tracker": ("WT Projects",),
        "wt-phase-tracker": ("WT Phase Database", "WT Phases"),
        "memsync-implementation-phases": ("MemSync Implementation Phases",),
        "claude-gizmo-comm": ("Claude-Gizmo Communication",),
        "sub-apps": ("Sub-Apps",),
    }
    assert set(state.databases["wt-project-tracker"].fields) >= {
        "projectId", "tooling", "knownIssues", "forwardGuidance", "openQuestions", "aiPromptLog", "linkedPhaseIds"
    }  # fmt: skip
    assert set(state.databases["wt-phase-tracker"].fields) >= {"phaseId", "goals", "purpose", "expectedOutcome"}
    for tracker in ("wt-project-tracker", "wt-phase-tracker"):
        status = field(state, tracker, "status")
        assert status.type == "select"
        assert [option.name for option in status.options or ()] == [
            "Not Started", "In Progress", "Blocked", "On Hold", "Complete"
        ]  # fmt: skip
    link = field(state, "wt-phase-tracker", "linkedProjectId")
    assert (link.two_way, link.absorbs, link.link) == (
        "linkedPhaseIds",
        ("WT Projects",),
        Link("projectId", "projectId"),
    )
    assert field(state, "wt-project-tracker", "linkedPhaseIds").mirror_of == ("wt-phase-tracker", "linkedProjectId")
    assert {name: (c.rows, c.set, len(c.databases)) for name, c in state.corrections.items()} == {
        "wt-7-2": (Equals("WT-7.2"), {"status": "Complete"}, 2),
        "wt-7-3": (Equals("WT-7.3"), {"status": "On Hold"}, 2),
        "wt-5": (Glob("WT-5.*"), {"status": "Complete"}, 2),
    }
    assert state.merges["exchange"].then == "mark"
    assert state.checks["every-phase-has-a-project"].record == "Orphaned phase"
    assert not state.drops
