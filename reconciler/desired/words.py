"""The closed word lists of the state language, each with the source of its members."""

from __future__ import annotations

from typing import Literal

Color = Literal["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"]
"""Option colours, as the official SDK's types name them."""

Group = Literal["To-do", "In progress", "Complete"]
"""The three groups of a status field; Notion lets nobody add, rename or recolour one."""

NumberFormat = Literal[
    "number", "number_with_commas", "percent", "dollar", "australian_dollar", "canadian_dollar", "singapore_dollar",
    "euro", "pound", "yen", "ruble", "rupee", "won", "yuan", "real", "lira", "rupiah", "franc", "hong_kong_dollar",
    "new_zealand_dollar", "krona", "norwegian_krone", "mexican_peso", "rand", "new_taiwan_dollar", "danish_krone",
    "zloty", "baht", "forint", "koruna", "shekel", "chilean_peso", "philippine_peso", "dirham", "colombian_peso",
    "riyal", "ringgit", "leu", "argentine_peso", "uruguayan_peso", "peruvian_sol", "vietnamese_dong",
    "pakistani_rupee", "nigerian_naira", "bitcoin",
]  # fmt: skip
"""Number formats (https://developers.notion.com/reference/property-object#number)."""

RollupFunction = Literal[
    "count", "count_values", "empty", "not_empty", "unique", "show_unique", "percent_empty", "percent_not_empty",
    "sum", "average", "median", "min", "max", "range", "earliest_date", "latest_date", "date_range", "checked",
    "unchecked", "percent_checked", "percent_unchecked", "count_per_group", "percent_per_group", "show_original",
]  # fmt: skip
"""Rollup functions, as the official SDK's types name them."""

TEXT_TYPES = frozenset({"title", "rich_text", "url", "email", "phone_number"})
"""Types whose values are text that a client may write."""

OPTION_TYPES = frozenset({"select", "multi_select", "status"})

COMPUTED_TYPES = frozenset(
    {
        "formula", "rollup", "unique_id", "created_time", "created_by", "last_edited_time", "last_edited_by",
        "button", "verification",
    }
)  # fmt: skip
"""Types whose values the API lets nobody write."""

KEY_TYPES = frozenset(
    {"title", "rich_text", "number", "select", "status", "url", "email", "phone_number", "unique_id", "formula"}
)
"""Types that can name rows: one value a row, readable as one line of text."""
