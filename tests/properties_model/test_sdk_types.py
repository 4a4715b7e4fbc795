"""Requests against the types of the official JavaScript SDK, where a JSON Schema of them lies beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.properties import ALL, of
from tests.strategies import TYPES, WRITABLE, conditions, configs, values, writable_values

_BESIDE = Path(__file__).parents[3] / "shared" / "notion"
SCHEMAS = sorted(Path(os.environ.get("NOTION_SDK_TYPES", _BESIDE)).glob("sdk-types-*.schema.json.gz"))

pytestmark = pytest.mark.skipif(not SCHEMAS, reason="no JSON Schema of the SDK's types here (NOTION_SDK_TYPES)")


@lru_cache
def _validator(definition: str) -> jsonschema_rs.Draft7Validator:
    schema = json.loads(gzip.decompress(SCHEMAS[-1].read_bytes()))
    return jsonschema_rs.Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]})


def assert_fits(definition: str, body: dict[str, Any]) -> None:
    """Fails with the first reason for which the body does not fit."""
    error = next(iter(_validator(definition).iter_errors(body)), None)
    assert error is None, f"{error} in {json.dumps(body)[:2000]}"


def test_the_types_refuse_what_is_none_of_theirs() -> None:
    with pytest.raises(AssertionError, match="Field"):
        assert_fits("TCreatePageBody", {"parent": {"data_source_id": "x"}, "properties": {"Field": {"number": "7"}}})


@pytest.mark.parametrize("kind", WRITABLE)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_fits_the_types(kind: str, data: st.DataObject) -> None:
    value = data.draw(writable_values(kind, data.draw(configs(kind))))
    body = {"parent": {"data_source_id": "x"}, "properties": {"Field": of(kind).wire(value)}}
    assert_fits("TCreatePageBody", body)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if ALL[kind].creatable])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_makes_a_property_fits_the_types(kind: str, data: st.DataObject) -> None:
    config = data.draw(configs(kind))
    body = {"data_source_id": "x", "properties": {"Field": of(kind).schema(config)}}
    assert_fits("TUpdateDataSourceBody", body)


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_asked_fits_the_types(kind: str, data: st.DataObject) -> None:
    config = data.draw(configs(kind))
    value = data.draw(values(kind, config))
    asked = of(kind).filter("abcd", data.draw(conditions([of(kind).text(value)])), config)
    if isinstance(asked, dict):
        assert_fits("TQueryBody", {"data_source_id": "x", "filter": {"or": [asked]}})
