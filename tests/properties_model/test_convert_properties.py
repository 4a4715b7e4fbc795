"""What holds of every conversion: it is total, its values can be written, exact ones come back from text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.condition import normal
from reconciler.model.live import Value
from reconciler.model.properties import of
from reconciler.model.properties.convert import TABLE, Context, Converted, Failed, cell, convert
from tests.properties_model.answers import answered
from tests.strategies import TYPES, WRITABLE, configs, object_ids, property_ids, texts, values

SOURCES = [kind for kind in TYPES if any(old == kind and found.convert for (old, _), found in TABLE.items())]


def _targets(kind: str) -> list[str]:
    return [new for new in WRITABLE if cell(kind, new).convert is not None]


@st.composite
def _contexts(draw: st.DrawFn, options: tuple[str, ...] = (), value: Value = None) -> Context:
    """A context that knows some of what the value holds."""
    people = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    known = {
        str(each[key]): str(each["id"])
        for each in people
        if isinstance(each, dict) and "id" in each
        for key in ("email", "name")
        if key in each and draw(st.booleans())
    }
    ids = tuple(draw(st.lists(object_ids, max_size=2, unique=True)))
    return Context(
        options=options,
        folds=dict(draw(st.lists(st.tuples(texts(max_size=2), texts(min_size=1, max_size=2)), max_size=2))),
        people=known,
        rows=lambda _text: ids,
        names={each: "a name" for each in people if isinstance(each, str)}.__getitem__,
        allows_new_options=draw(st.booleans()),
    )


def _drawn(data: st.DataObject, kind: str) -> tuple[Value, Context]:
    config = data.draw(configs(kind))
    value = data.draw(values(kind, config))
    names = tuple(str(option["name"]) for option in config.get("options", ()))
    return value, data.draw(_contexts(names, value))


@pytest.mark.parametrize("old", TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_value_makes_a_conversion_raise_and_what_it_gives_can_be_written(old: str, data: st.DataObject) -> None:
    value, context = _drawn(data, old)
    before = json.dumps(value)
    new = data.draw(st.sampled_from(_targets(old) or TYPES))
    found = convert(old, new, value, context)
    if isinstance(found, Failed):
        assert found.why
        assert found.why.isprintable()
    elif not (old == new == "files"):
        entry = answered(new, data.draw(property_ids), of(new).wire(found.value))
        assert of(new).same(of(new).value(json.loads(json.dumps(entry))), found.value)
    assert json.dumps(value) == before


@pytest.mark.parametrize("old", SOURCES)
def test_nothing_becomes_nothing_and_is_exact(old: str) -> None:
    candidates: tuple[Value, ...] = (of(old).nothing, [], "")
    empty = [value for value in candidates if of(old).empty(value)]
    for new in _targets(old):
        assert all(convert(old, new, value, Context()) == Converted(of(new).nothing) for value in empty)


@pytest.mark.parametrize("old", [kind for kind in WRITABLE if kind not in ("title", "place", "rich_text")])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_becomes_text_exactly_comes_back_from_it(old: str, data: st.DataObject) -> None:
    value, context = _drawn(data, old)
    plain = Context(options=context.options, people=context.people)
    shown = convert(old, "rich_text", value, plain)
    assert isinstance(shown, Converted)
    back = convert("rich_text", old, shown.value, plain)
    if shown.exact and isinstance(back, Converted) and back.exact:
        assert of(old).same(back.value, value)


@pytest.mark.parametrize("old", ["number", "checkbox", "select", "multi_select", "status"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_text_can_say_always_comes_back_from_it(old: str, data: st.DataObject) -> None:
    config = data.draw(configs(old))
    value: Any = data.draw(values(old, config))
    context = Context(options=tuple(str(option["name"]) for option in config.get("options", ())))
    shown = convert(old, "rich_text", value, context)
    assert isinstance(shown, Converted)
    assert convert("rich_text", old, shown.value, context) == Converted(value)


@settings(deadline=None)
@given(st.lists(texts(max_size=4), max_size=3), st.booleans())
def test_every_option_taken_is_declared_or_may_be_new(parts: list[str], new: bool) -> None:
    context = Context(options=("done", "WT-5.1"), allows_new_options=new)
    found = convert("rich_text", "multi_select", [{"text": ",".join(parts)}] if any(parts) else [], context)
    if isinstance(found, Converted):
        assert all(
            name in context.options or (new and "," not in name and name == normal(name)) for name in found.value
        )


@settings(deadline=None)
@given(texts(max_size=6))
def test_no_text_is_read_as_something_that_prints_as_another_number(text: str) -> None:
    found = convert("rich_text", "number", [{"text": text}] if text else [], Context())
    if isinstance(found, Converted) and found.value is not None and found.exact:
        again = convert("number", "rich_text", found.value, Context())
        assert isinstance(again, Converted)
        assert convert("rich_text", "number", again.value, Context()) == found
