"""What a view's configuration may hold, by type of view, as the official SDK's request types have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.twin import checks
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.records import DataSource, JsonObject

Check = Callable[[Any, str, DataSource], None]
Shape = Mapping[str, Check]
"""Keys and their checks. A key with a mark (``!``) must be there; a check that takes null says so itself."""


def _word(*words: str) -> Check:
    return lambda value, path, _: _done(checks.one_of(value, path, words))


def _done(_: object) -> None:
    """The check was all that was wanted."""


def _true_or_false(value: Any, path: str, _: DataSource) -> None:
    checks.boolean(value, path)


def _number(value: Any, path: str, _: DataSource) -> None:
    checks.number(value, path)


def _text(value: Any, path: str, _: DataSource) -> None:
    checks.string(value, path)


def _property(value: Any, path: str, source: DataSource) -> None:
    name = checks.string(value, path)
    if source.named(name) is None:
        raise invalid(f"Could not find property with name or id: {name}")


def _list(item: Check) -> Check:
    def check(value: Any, path: str, source: DataSource) -> None:
        for n, one in enumerate(checks.array(value, path)):
            item(one, f"{path}[{n}]", source)

    return check


def _null_or(inner: Check) -> Check:
    def check(value: Any, path: str, source: DataSource) -> None:
        if value is not None:
            inner(value, path, source)

    return check


def _object(shape: Shape) -> Check:
    def check(value: Any, path: str, source: DataSource) -> None:
        body = checks.obj(value, path)
        known = {key.rstrip("!"): inner for key, inner in shape.items()}
        for key in shape:
            if key.endswith("!") and body.get(key[:-1]) is None:
                raise misfit(f"{path}.{key[:-1]}", "defined", body.get(key[:-1], UNDEFINED))
        for key, inner in body.items():
            if key not in known:
                raise misfit(f"{path}.{key}", "not present", inner)
            known[key](inner, f"{path}.{key}", source)

    return check


def _union(members: Mapping[str, Check]) -> Check:
    """Members told apart by ``type``."""

    def check(value: Any, path: str, source: DataSource) -> None:
        body = checks.obj(value, path)
        kind = checks.one_of(body.get("type", UNDEFINED), f"{path}.type", tuple(members))
        members[kind](body, path, source)

    return check


_SORT = _object({"type!": _word("manual", "ascending", "descending")})
_PERIODS = ("relative", "day", "week", "month", "year")


def _group(**more: Check) -> Check:
    shape = {"type!": _text, "property_id!": _property, "sort!": _SORT, "hide_empty_groups": _true_or_false}
    return _object({**shape, **{key.replace("_required", "!"): check for key, check in more.items()}})


_BY_DATE = _group(group_by_required=_word(*_PERIODS), start_day_of_week=_number)
_BY_TEXT = _group(group_by_required=_word("exact", "alphabet_prefix"))
_IN_FORMULA = _union(
    {
        "date": _object({"type!": _text, "group_by!": _word(*_PERIODS), "sort!": _SORT, "start_day_of_week": _number}),
        "text": _object({"type!": _text, "group_by!": _word("exact", "alphabet_prefix"), "sort!": _SORT}),
        "number": _object(
            {"type!": _text, "sort!": _SORT, "range_start": _number, "range_end": _number, "range_size": _number}
        ),
        "checkbox": _object({"type!": _text, "sort!": _SORT}),
    }
)
_GROUP_BY = _union(
    {
        **dict.fromkeys(("select", "multi_select", "person", "created_by", "last_edited_by", "relation"), _group()),
        "status": _group(group_by_required=_word("group", "option")),
        **dict.fromkeys(("date", "created_time", "last_edited_time"), _BY_DATE),
        **dict.fromkeys(("text", "title", "url", "email", "phone_number"), _BY_TEXT),
        "number": _group(range_start=_number, range_end=_number, range_size=_number),
        "checkbox": _group(),
        "formula": _object(
            {
                "type!": _text,
                "property_id!": _property,
                "group_by!": _IN_FORMULA,
                "hide_empty_groups": _true_or_false,
            }
        ),
    }
)


def _width(value: Any, path: str, _: DataSource) -> None:
    if checks.number(value, path) < 1:
        raise misfit(path, "≥ `1`", value)


_PROPERTIES = _null_or(
    _list(
        _object(
            {
                "property_id!": _property,
                "visible": _true_or_false,
                "width": _width,
                "wrap": _true_or_false,
                "status_show_as": _word("select", "checkbox"),
                "card_property_width_mode": _word("full_line", "inline"),
                "date_format": _word("full", "short", "month_day_year", "day_month_year", "year_month_day", "relative"),
                "time_format": _word("12_hour", "24_hour", "hidden"),
            }
        )
    )
)
_FLAG = _null_or(_true_or_false)
_SIZES = ("small", "medium", "large")
_CARDS: Shape = {
    "properties": _PROPERTIES,
    "cover": _null_or(_object({"type!": _word("page_cover", "page_content", "property"), "property_id": _property})),
    "cover_size": _null_or(_word(*_SIZES)),
    "cover_aspect": _null_or(_word("contain", "cover")),
    "card_layout": _null_or(_word("list", "compact")),
}
_SUBTASKS = _object(
    {
        "property_id": _property,
        "display_mode": _word("show", "hidden", "flattened", "disabled"),
        "filter_scope": _word("parents", "parents_and_subitems", "subitems"),
        "toggle_column_id": _property,
    }
)
_AGGREGATORS = (
    "count", "count_values", "sum", "average", "median", "min", "max", "range", "unique", "empty", "not_empty",
    "percent_empty", "percent_not_empty", "checked", "unchecked", "percent_checked", "percent_unchecked",
    "earliest_date", "latest_date", "date_range",
)  # fmt: skip
_AGGREGATION = _null_or(_object({"aggregator!": _word(*_AGGREGATORS), "property_id": _property}))
_COLORS = ("gray", "blue", "yellow", "green", "purple", "teal", "orange", "pink", "red", "auto", "colorful")
_LINE_COLORS = ("gray", "lightgray", "brown", "yellow", "orange", "green", "blue", "purple", "pink", "red")
_REFERENCE_LINE = _object(
    {
        "value!": _number,
        "label!": _text,
        "color!": _word(*_LINE_COLORS),
        "dash_style!": _word("solid", "dash"),
        "id": _text,
    }
)
_CHART: Shape = {
    "chart_type!": _word("column", "bar", "line", "donut", "number"),
    "x_axis": _null_or(_GROUP_BY),
    "y_axis": _AGGREGATION,
    "x_axis_property_id": _null_or(_property),
    "y_axis_property_id": _null_or(_property),
    "value": _AGGREGATION,
    "sort": _null_or(_word("manual", "x_ascending", "x_descending", "y_ascending", "y_descending")),
    "color_theme": _null_or(_word(*_COLORS)),
    "height": _null_or(_word(*_SIZES, "extra_large")),
    "legend_position": _null_or(_word("off", "bottom", "side")),
    "axis_labels": _null_or(_word("none", "x_axis", "y_axis", "both")),
    "grid_lines": _null_or(_word("none", "horizontal", "vertical", "both")),
    "group_style": _null_or(_word("normal", "percent", "side_by_side")),
    "donut_labels": _null_or(_word("none", "value", "name", "name_and_value")),
    "y_axis_min": _null_or(_number),
    "y_axis_max": _null_or(_number),
    "stack_by": _null_or(_GROUP_BY),
    "reference_lines": _null_or(_list(_REFERENCE_LINE)),
    "caption": _null_or(_text),
    **dict.fromkeys(
        (
            "hide_empty_groups", "show_data_labels", "cumulative", "smooth_line", "hide_line_fill_area", "hide_title",
            "color_by_value",
        ),
        _FLAG,
    ),
}  # fmt: skip
_ZOOMS = ("hours", "day", "week", "bi_week", "month", "quarter", "year", "5_years")
_PERMISSIONS = ("none", "comment_only", "reader", "read_and_write", "editor")
_SHAPES: Mapping[str, Shape] = {
    "table": {
        "properties": _PROPERTIES,
        "group_by": _null_or(_GROUP_BY),
        "subtasks": _null_or(_SUBTASKS),
        "wrap_cells": _true_or_false,
        "frozen_column_index": _number,
        "show_vertical_lines": _true_or_false,
    },
    "board": {"group_by!": _GROUP_BY, "sub_group_by": _null_or(_GROUP_BY), **_CARDS},
    "calendar": {
        "date_property_id!": _property,
        "properties": _PROPERTIES,
        "view_range": _null_or(_word("week", "month")),
        "show_weekends": _FLAG,
    },
    "timeline": {
        "date_property_id!": _property,
        "end_date_property_id": _null_or(_property),
        "properties": _PROPERTIES,
        "show_table": _FLAG,
        "table_properties": _PROPERTIES,
        "preference": _null_or(_object({"zoom_level!": _word(*_ZOOMS), "center_timestamp": _number})),
        "arrows_by": _null_or(_object({"property_id": _null_or(_property)})),
        "color_by": _FLAG,
    },
    "gallery": _CARDS,
    "list": {"properties": _PROPERTIES},
    "map": {
        "height": _null_or(_word(*_SIZES, "extra_large")),
        "map_by": _null_or(_property),
        "properties": _PROPERTIES,
    },
    "form": {
        "is_form_closed": _FLAG,
        "anonymous_submissions": _FLAG,
        "submission_permissions": _null_or(_word(*_PERMISSIONS)),
    },
    "chart": _CHART,
}
TYPES = (*_SHAPES, "dashboard")
"""Every type of view. A dashboard's configuration is read-only (its rows are widgets)."""


def checked(value: Any, kind: str, source: DataSource) -> JsonObject:
    """The configuration of a view of this type, whose type it must name and whose properties must be there.

    What is null is left out: the types of answers have no null where requests may.
    """
    path = "body.configuration"
    body = checks.obj(value, path)
    if kind not in _SHAPES:
        raise misfit(path, "not present", value)
    checks.one_of(body.get("type", UNDEFINED), f"{path}.type", (kind,))
    _object({"type!": _text, **_SHAPES[kind]})(body, path, source)
    return {key: item for key, item in body.items() if item is not None}
