"""One cell at a time: what a text can mean besides itself. Pure; every function gives None for "it is not that"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from urllib.parse import unquote

URL_UNITS, EMAIL_UNITS, PHONE_UNITS = 2_000, 200, 200
"""https://developers.notion.com/reference/request-limits"""


@dataclass(frozen=True)
class Link:
    """A relation's ``Title (url)``: the row's title as shown, its id (32 hex digits), the url or path."""

    title: str
    id: str
    url: str


_HEX = r"(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_LINK_END = re.compile(rf"({_HEX})(?:_all)?(?:\.(?:md|csv))?(?:[?#][^\s()]{{0,300}})?\)(?=, |\Z)")
_LINK_WITHIN = re.compile(rf"{_HEX}(?:\.(?:md|csv))?(?:[?#][^\s()]{{0,300}})?\)")
_NOTION = re.compile(r"https?://(?:[a-z0-9-]+\.)*notion\.(?:so|com|site)/", re.IGNORECASE)
_BLANK = re.compile(r"\s")


def links(cell: str) -> tuple[Link, ...] | None:
    """The links of a relation's cell, in order: only if all of it is ``Title (url)``, separated by ", ".

    A url is one of Notion's, or a path of the export to a Markdown or CSV file; both hold an id. Neither has blanks in
    it; titles may have anything but such a link, which says that the cell is prose.
    """
    if not cell.endswith(")"):
        return None
    found: list[Link] = []
    start = 0
    for end in _LINK_END.finditer(cell):
        opening = _opening(cell, start, end.start())
        if opening is None:
            return None
        url, title = cell[opening + 1 : end.end() - 1], cell[start : max(opening - 1, start)]
        if not _points_to_page(url) or _LINK_WITHIN.search(title):
            return None
        found.append(Link(title, end[1].replace("-", ""), url))
        start = end.end() + 2
    return tuple(found) if found and start == len(cell) + 2 else None


def _opening(cell: str, start: int, end: int) -> int | None:
    """Where the bracket before the url is: after the last blank before ``end``, or at the start of a nameless link."""
    position = end
    while position > start and not _BLANK.match(cell[position - 1]):
        position -= 1
    if cell[position] != "(" or (position > start and cell[position - 1] != " "):
        return None
    return position


def _points_to_page(url: str) -> bool:
    if "://" in url:
        return _NOTION.match(url) is not None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    return path.endswith((".md", ".csv"))


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_MONTH_NUMBER = {name: n for n, name in enumerate(_MONTHS, 1)} | {name[:3]: n for n, name in enumerate(_MONTHS, 1)}
_WRITTEN = re.compile(r"@?([A-Za-z]{3,9})\.? ([0-9]{1,2}), ([0-9]{4})(?: (.+))?")
_ISO = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:[T ](.+))?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: (.+))?")
_CLOCK = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::00(?:\.0{1,6})?)?(?: ?([AaPp][Mm]))?"
    r"(?: ?(Z|UTC|GMT|\(UTC\)|\(GMT\))| ?\(?(?:GMT|UTC)?([+-])([0-9]{1,2}):?([0-9]{2})?\)?)?"
)

DayOrder = Literal["day", "month"]
"""What comes first in 23/07/2025 and in 07/23/2025."""

Moment = dt.date | dt.datetime


def day_order(cell: str) -> DayOrder | Literal["either"] | None:
    """How a slashed date must be read: "either" when it could be both, None when the cell holds no slashed date."""
    found: DayOrder | Literal["either"] | None = None
    for part in cell.split(" → "):
        if match := _SLASHED.fullmatch(part):
            first, second = int(match[1]), int(match[2])
            if first > 12:
                return "day"
            if second > 12:
                return "month"
            found = "either"
    return found


def date(cell: str, order: DayOrder | None = None) -> dict[str, str] | None:
    """A Notion date value: "July 23, 2025", with a time, ISO, slashed in the given order; ranges with "→".

    Exact or None: seconds, which Notion does not keep, make it no date, and so does a range that ends before it starts
    or has a time on one side only.
    """
    start_text, arrow, end_text = cell.partition(" → ")
    start = _moment(start_text, order)
    if start is None:
        return None
    if not arrow:
        return {"start": _iso(start)}
    end = _moment(end_text, order)
    if end is None and isinstance(start, dt.datetime):
        clock = _clock(end_text)
        end = None if clock is None else dt.datetime.combine(start.date(), clock.replace(tzinfo=start.tzinfo))
    if end is None or type(start) is not type(end):
        return None
    early, late = _utc(start), _utc(end)
    return {"start": _iso(start), "end": _iso(end)} if early <= late else None


def _utc(moment: Moment) -> dt.datetime:
    if not isinstance(moment, dt.datetime):
        return dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _iso(moment: Moment) -> str:
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    text = moment.isoformat(timespec="milliseconds")
    return text if moment.tzinfo else text + "Z"


def _moment(text: str, order: DayOrder | None) -> Moment | None:
    if match := _WRITTEN.fullmatch(text):
        month = _MONTH_NUMBER.get(match[1].lower(), 0)
        return _at(int(match[3]), month, int(match[2]), match[4])
    if match := _ISO.fullmatch(text):
        return _at(int(match[1]), int(match[3]), int(match[4]), match[5])
    if order is not None and (match := _SLASHED.fullmatch(text)):
        first, second = int(match[1]), int(match[2])
        month, day = (second, first) if order == "day" else (first, second)
        return _at(int(match[3]), month, day, match[4])
    return None


def _at(year: int, month: int, day: int, clock: str | None) -> Moment | None:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    if clock is None:
        return found
    time = _clock(clock)
    if time is None:
        return None
    moment = dt.datetime.combine(found, time)
    try:
        moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except OverflowError:
        return None
    return moment


def _clock(text: str) -> dt.time | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3].lower() == "pm" else 0)
    zone = dt.UTC if match[4] else None
    try:
        if match[5]:
            offset = dt.timedelta(hours=int(match[6]), minutes=int(match[7] or 0))
            zone = dt.timezone(offset if match[5] == "+" else -offset)
        return dt.time(hour, minute, tzinfo=zone)
    except ValueError:
        return None


CURRENCIES = {
    "$": "dollar",
    "A$": "australian_dollar",
    "CA$": "canadian_dollar",
    "SGD": "singapore_dollar",
    "€": "euro",
    "£": "pound",
    "¥": "yen",
    "₽": "ruble",
    "₹": "rupee",
    "₩": "won",
    "CN¥": "yuan",
    "R$": "real",
    "CHF": "franc",
    "HK$": "hong_kong_dollar",
    "NZ$": "new_zealand_dollar",
    "MX$": "mexican_peso",
    "NT$": "new_taiwan_dollar",
    "₪": "shekel",
    "₱": "philippine_peso",
    "₫": "vietnamese_dong",
    "₦": "nigerian_naira",
}
"""Signs in front of an amount, and the number format that shows them."""

_NUMBER = re.compile(r"(-?)([^0-9\s.,%-]{0,3})[ \u00a0]?(-?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?(%?)")
_DIGITS = 15
"""Decimal digits that a double keeps whatever they are."""


@dataclass(frozen=True)
class Number:
    """A number as written: ``format`` is Notion's name ("number" also for amounts below 1,000 of a column with commas),
    ``places`` the decimals shown, ``commas`` None where a separator would not show."""

    value: int | float
    format: str
    places: int
    commas: bool | None


def number(cell: str) -> Number | None:
    """The number of the cell, if nothing of what is written gets lost: no leading zeros, at most 15 digits."""
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None
    minus, sign, inner, whole, fraction, percent = match.groups()
    digits = whole.replace(",", "")
    style = CURRENCIES.get(sign) if sign else ("percent" if percent else "number")
    negative = bool(minus or inner)
    if style is None or (sign and percent) or (minus and inner) or (inner and not sign):
        return None
    if (len(digits) > 1 and digits.startswith("0")) or len(digits + (fraction or "")[1:]) > _DIGITS:
        return None
    exact = Decimal(digits + (fraction or ""))
    if negative and exact == 0:
        return None
    exact = -exact if negative else exact
    if percent:
        exact /= 100
    value = int(exact) if exact == exact.to_integral_value() else float(exact)
    return Number(value, style, len(fraction or " ") - 1, "," in whole if len(digits) > 3 else None)


_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@,;<>()]+@[^\s@,;<>()]+\.[^\s@.,;<>()]{2,}")
_PHONE = re.compile(
    r"\+[0-9][0-9 ().-]{5,20}|\(?[0-9]{3}\)?[ -][0-9]{3}-[0-9]{4}|\(?0[0-9]{1,4}\)?[ -][0-9][0-9 -]{4,14}"
)


def is_url(cell: str) -> bool:
    """Whether all of the cell is one web address."""
    return len(cell.encode("utf-16-le")) <= 2 * URL_UNITS and _URL.fullmatch(cell) is not None


def is_email(cell: str) -> bool:
    """Whether all of the cell is one e-mail address."""
    return len(cell) <= EMAIL_UNITS and _EMAIL.fullmatch(cell) is not None


def is_phone(cell: str) -> bool:
    """Whether all of the cell is one telephone number: international, or in groups; 7 to 15 digits."""
    return 7 <= sum(c.isdigit() for c in cell) <= 15 and _PHONE.fullmatch(cell) is not None
