"""Whatever the files say: a state, or findings; never another error. And the schema refuses no file that loads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.desired import codes, json_schema
from reconciler.desired.fields import BY_TYPE
from reconciler.desired.loading import build
from reconciler.desired.parsing import parse
from reconciler.desired.reading import Source
from reconciler.desired.rules import RULE_TABLES
from reconciler.desired.state import State
from reconciler.model.finding import Finding, WtstateError

SCHEMA = jsonschema_rs.validator_for(json_schema())

NAMES = st.sampled_from(["a", "b", "A", "link", "back", "Open", "x y", "a.link", "b.back", "a.x[Open]", "", "checks"])
SCALARS: st.SearchStrategy[Any] = (
    NAMES
    | st.integers(-1, 2)
    | st.booleans()
    | st.just(0.5)
    | st.just(dt.date(2026, 1, 2))
    | st.just(dt.time(1, 2))
    | st.sampled_from(["keep", "archive", "empty", "once", "mark", "trim", "180/60s", "1d", "sum", "select", "env:X"])
)
WORDS = st.sampled_from(
    [
        "type", "was", "to", "two_way", "mirror_of", "options", "name", "group", "title", "key", "absorbs", "link",
        "from", "into", "what", "in", "rows", "where", "set", "expect", "unique", "glob", "is", "not", "before",
        "relation", "property", "function", "expression", "undeclared", "protect", "match", "fields", "then", "mode",
    ]
)  # fmt: skip
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | NAMES, inner, max_size=3), max_leaves=6
)
FIELDS = (
    st.sampled_from(sorted(BY_TYPE))
    | st.fixed_dictionaries({"type": st.sampled_from(sorted(BY_TYPE))}, optional={"was": st.lists(NAMES, max_size=2)})
    | st.fixed_dictionaries(
        {"type": st.just("relation"), "to": NAMES},
        optional={"two_way": NAMES, "match": NAMES, "absorbs": st.lists(NAMES, max_size=2)},
    )
    | st.fixed_dictionaries({"mirror_of": NAMES})
    | st.fixed_dictionaries({"type": st.just("formula"), "expression": st.just('prop("a") + prop("link")')})
    | st.fixed_dictionaries(
        {"type": st.just("rollup"), "relation": NAMES, "property": NAMES, "function": st.just("sum")}
    )
    | st.fixed_dictionaries({"type": st.just("select"), "options": st.lists(NAMES, max_size=3)})
    | ANYTHING
)
DATABASES = st.fixed_dictionaries(
    {"fields": st.dictionaries(NAMES, FIELDS, max_size=5)},
    optional={
        "was": st.lists(NAMES, max_size=2),
        "key": NAMES,
        "title": NAMES,
        "undeclared": st.sampled_from(["keep", "archive"]),
        "protect": st.booleans(),
    },
)
ROWS = {"in": NAMES, "rows": NAMES, "set": st.dictionaries(NAMES, SCALARS, min_size=1, max_size=2)}
RULES = {
    "corrections": st.fixed_dictionaries(ROWS, optional={"where": st.dictionaries(NAMES, ANYTHING, max_size=2)}),
    "merges": st.fixed_dictionaries({"from": NAMES | st.fixed_dictionaries({"title": NAMES}), "into": NAMES}),
    "drops": st.fixed_dictionaries({"what": NAMES}),
    "rows": st.fixed_dictionaries({"in": NAMES, "key": NAMES, "set": ROWS["set"]}),
    "checks": st.fixed_dictionaries({"in": NAMES}, optional={"unique": NAMES, "where": ANYTHING, "expect": SCALARS}),
}
FILES = st.fixed_dictionaries(
    {"databases": st.dictionaries(NAMES, DATABASES | ANYTHING, min_size=1, max_size=3)},
    optional={
        "workspace": st.dictionaries(WORDS, SCALARS, max_size=2),
        **{kind: st.dictionaries(NAMES, rule | ANYTHING, max_size=2) for kind, rule in RULES.items()},
    },
)


def plain(value: Any) -> Any:
    """TOML values as an editor hands them to a schema."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def outcome(data: dict[str, Any]) -> State | tuple[Finding, ...]:
    """What the file gives."""
    source = Source("a.toml", b"", data)
    try:
        return build(parse([source]), [source], {})
    except WtstateError as error:
        return error.findings


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(FILES)
def test_a_state_or_findings_and_nothing_else(data: dict[str, Any]) -> None:
    found = outcome(data)
    event("a state" if isinstance(found, State) else "findings")
    if not isinstance(found, State):
        assert found
        assert {finding.code for finding in found} <= set(codes.ALL)
        return
    assert SCHEMA.is_valid(plain(data)), [error.message for error in SCHEMA.iter_errors(plain(data))]
    for database in found.databases.values():
        for field in database.fields.values():
            assert field.type in BY_TYPE
            if field.type == "relation":
                assert field.to in found.databases
            if field.mirror_of is not None:
                owner, name = field.mirror_of
                assert found.databases[owner].fields[name].two_way == field.name


def test_the_strategies_know_every_kind_of_rule() -> None:
    assert set(RULES) == set(RULE_TABLES)
