"""What one text says as a value of each type; for an empty text or nothing but blanks, the type's nothing.

Only what reads one way is read. ``RULES`` says it for people; the reference page is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote, urlsplit

from reconciler.model.condition import normal
from reconciler.model.limits import OPTION_UNITS, utf16_chunks, utf16_length
from reconciler.model.properties import number as numbers
from reconciler.model.properties import text as rich
from reconciler.model.properties.common import dashed, is_object_id, unique
from reconciler.model.properties.convert import dates, links
from reconciler.model.properties.convert.base import Context, Converted, Failed, Result, quoted

Reader = Callable[[str, Context], Result]

YES: Final = frozenset({"yes", "y", "true", "on", "1", "x", "[x]", "checked", "✓", "✔", "✔️", "☑", "☑️", "✅"})
NO: Final = frozenset({"no", "n", "false", "off", "0", "[ ]", "[]", "unchecked", "✗", "✘", "☐", "❌"})
"""Without regard to case."""

_URL_UNITS, _EMAIL_UNITS, _PHONE_UNITS = 2_000, 200, 200
"""https://developers.notion.com/reference/request-limits"""
_FILE_NAME_UNITS = 100

_CODES = (
    "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|NOK|NZD|PHP|PLN|RUB|SEK|SGD|THB|TRY|TWD|USD|"
    "VND|ZAR"
)
_SIGNS = rf"(?:[A-Z]{{0,3}}[$¥]|[€£₽₹₩₪₱₫₦₺₴฿]|{_CODES}|Fr\.|kr)"
_NUMBER = re.compile(
    rf"(?P<minus>[-+−]?)(?:(?P<before>{_SIGNS})[ \u00a0]?)?(?P<inner>[-−]?)"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?P<rest>(?:\.[0-9]+)?(?:[eE][-+][0-9]{1,4})?)"
    rf"(?:[ \u00a0]?(?P<after>%|{_SIGNS}))?"
)
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{1,30}://|www\.)[^\s/?#]+\S*|mailto:\S+@\S+|tel:\S+")
_EMAIL = re.compile(r"(?:mailto:)?([^\s@,;<>()]{1,64}@[^\s@,;<>()]+\.[^\s@.,;<>()]{2,})")
_PHONE = re.compile(r"(?:tel:)?(\+?[0-9(][0-9 ().\u00a0/-]{3,}[0-9)](?: ?(?:x|ext\.?) ?[0-9]{1,6})?)")


def as_text(text: str, context: Context) -> Result:
    """The text itself, blanks and all."""
    del context
    return Converted(rich.of_plain(text))


def as_number(text: str, context: Context) -> Result:
    """A number as Notion writes it: thousands by commas, a point before decimals, a percent sign, a currency."""
    del context
    match = _NUMBER.fullmatch(text)
    if match is None or not (match["whole"] or match["rest"].startswith(".")):
        return Failed(f"{quoted(text)} is not a number")
    if (match["minus"] and match["inner"]) or (match["before"] and match["after"]):
        return Failed(f"{quoted(text)} is not a number")
    digits = match["whole"].replace(",", "")
    written = _decimal(f"{digits or '0'}{match['rest']}")
    if match["minus"] in ("-", "−") or match["inner"]:
        written = -written
    if match["after"] == "%":
        written = written.scaleb(-2)
    value = numbers.canonical(float(written))
    if value is None or written not in (Decimal(value), Decimal(repr(value))):
        return Failed(f"{quoted(text)} has more digits than Notion keeps of a number")
    currency = match["before"] or (match["after"] not in (None, "%"))
    return Converted(value, exact=not currency and not re.match(r"0[0-9]", digits))


def _decimal(written: str) -> Decimal:
    """The decimal that was written; infinite where no double could hold it anyway."""
    try:
        return Decimal(written)
    except InvalidOperation:
        return Decimal("Infinity")


def as_date(text: str, context: Context) -> Result:
    """A date, time or range."""
    del context
    try:
        found = dates.parse(text)
    except dates.NotADateError as error:
        return Failed(f"{quoted(text)} {error}")
    return Converted(found.value, found.exact)


def as_checkbox(text: str, context: Context) -> Result:
    """One of the words for yes and no."""
    del context
    word = text.casefold()
    if word in YES or word in NO:
        return Converted(word in YES)
    return Failed(f"{quoted(text)} is neither yes nor no")


def as_url(text: str, context: Context) -> Result:
    """One web address, as it stands."""
    del context
    if utf16_length(text) <= _URL_UNITS and _URL.fullmatch(text):
        return Converted(text)
    return Failed(f"{quoted(text)} is not one web address")


def as_email(text: str, context: Context) -> Result:
    """One e-mail address."""
    del context
    match = _EMAIL.fullmatch(text)
    if match and utf16_length(match[1]) <= _EMAIL_UNITS:
        return Converted(match[1])
    return Failed(f"{quoted(text)} is not one e-mail address")


def as_phone(text: str, context: Context) -> Result:
    """One telephone number of 5 to 20 digits, as it stands."""
    del context
    match = _PHONE.fullmatch(text)
    if match and 5 <= sum(char.isdigit() for char in match[1]) <= 20 and len(match[1]) <= _PHONE_UNITS:
        return Converted(match[1])
    return Failed(f"{quoted(text)} is not one telephone number")


def as_select(text: str, context: Context) -> Result:
    """The option of that name; a folded name is its new one; a new one where the context allows it."""
    wanted = normal(text)
    folded = next((new for old, new in context.folds.items() if normal(old) == wanted), None)
    name = normal(folded) if folded is not None else wanted
    found = next((option for option in context.options if normal(option) == name), None)
    if found is not None:
        return Converted(found, exact=folded is None)
    if not context.allows_new_options or not name:
        return Failed(f"{quoted(wanted)} is none of the options")
    if "," in name:
        return Failed(f"{quoted(wanted)} has a comma, which the name of an option cannot")
    if not all(char.isprintable() for char in name.replace("\u200d", "")):
        return Failed(f"{quoted(wanted)} has a line break or a control character, which no option's name should")
    if utf16_length(name) > OPTION_UNITS:
        return Failed(f"{quoted(wanted)} is longer than {OPTION_UNITS} characters, the limit of an option's name")
    alike = next((option for option in context.options if normal(option).casefold() == name.casefold()), None)
    return Converted(alike or name, exact=alike is None and folded is None)


def as_status(text: str, context: Context) -> Result:
    """The option of that name; a status takes no new ones."""
    return as_select(text, replace(context, allows_new_options=False))


def as_option_list(text: str, context: Context) -> Result:
    """The one option of that name, as a list."""
    return _listed(as_select(text, context))


def _listed(found: Result) -> Result:
    return replace(found, value=[found.value]) if isinstance(found, Converted) else found


def as_people(text: str, context: Context) -> Result:
    """One person, by e-mail address, by a name that only one has, or by id."""
    wanted = normal(text).removeprefix("@")
    found = context.people.get(wanted)
    if found is None and "@" in wanted:
        alike = unique([each for known, each in context.people.items() if known.casefold() == wanted.casefold()])
        found = alike[0] if len(alike) == 1 else None
    if found is None and is_object_id(wanted) and dashed(wanted) in map(dashed, context.people.values()):
        found = wanted
    if found is None:
        return Failed(f"{quoted(text)} is no person, or several, of this workspace")
    return Converted([{"id": dashed(found)}])


def as_relation(text: str, context: Context) -> Result:
    """The rows that ``Title (url)`` cells point at; for any other text the one row that it names."""
    found = links.parse(text)
    if not found:
        return _row(text, context)
    ids: list[str] = []
    for link in found:
        if context.is_row(link.page):
            ids.append(link.page)
            continue
        named = _row(link.title, context) if link.title else Failed(f"{quoted(text)} links no row of the target")
        if isinstance(named, Failed):
            return named
        ids.extend(named.value)
    return Converted(unique(ids))


def _row(text: str, context: Context) -> Result:
    rows = unique([dashed(each) for each in context.rows(normal(text))])
    if len(rows) == 1:
        return Converted(rows)
    return Failed(f"{quoted(text)} matches {'several rows' if rows else 'no row'} of the target")


def as_files(text: str, context: Context) -> Result:
    """One external file, named after its address."""
    found = as_url(text, context)
    if isinstance(found, Failed):
        return found
    return Converted([{"name": file_name(found.value), "url": found.value}])


def file_name(url: str) -> str:
    """The name that a file gets of its address: the last part of the path, else all of it; 100 characters at most."""
    try:
        name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        name = ""
    return utf16_chunks(name or url, _FILE_NAME_UNITS)[0]


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "rich_text": as_text,
        "number": as_number,
        "select": as_select,
        "multi_select": as_option_list,
        "status": as_status,
        "date": as_date,
        "people": as_people,
        "files": as_files,
        "checkbox": as_checkbox,
        "url": as_url,
        "email": as_email,
        "phone_number": as_phone,
        "relation": as_relation,
    }
)
"""Each takes text without blanks at its ends (rich_text: as it is) and never raises."""

SEVERAL: Final = frozenset({"multi_select", "people", "relation", "files"})
"""Types that hold several values."""


RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rich_text": "always converts.",
        "number": "`1234`, `1,234.5` (commas between thousands, a point before decimals), `-3`, `1.5e-07`; `50%` is "
        "0.5; `$5`, `5 €`, `EUR 5` lose the currency, `007` its zeros. Not `12,5`, and not more digits than a double "
        "keeps.",
        "date": "`2025-07-23`, `2025/7/23`, `July 23, 2025`, `23 Jul 2025`, each with a time (`11:24 AM`, `11:24`, "
        "`11:24+02:00`, `11:24 (UTC)`; without a zone it is UTC; seconds are lost), ranges with `→`. `23/02/2025` and "
        "`05/05/2025` can be read one way only and convert; `01/02/2025` does not.",
        "checkbox": f"yes: {', '.join(f'`{word}`' for word in sorted(YES))}; no: "
        f"{', '.join(f'`{word}`' for word in sorted(NO))}; case does not count. Nothing is no.",
        "select": "the name of an option, compared after Unicode NFC and trimming, case counts; names in `was` are "
        "folded. New options are made only where the field declares none, never with a comma, a line break or more "
        "than 100 characters.",
        "multi_select": "as select; text is a list of names separated by commas.",
        "status": "as select, and the option must exist.",
        "people": "an e-mail address (case does not count), or a name that one person has; text is a list of them "
        "separated by commas, or mentions of people.",
        "relation": "`Title (url)`, one or several joined by `, `, or the bare address of a page: by the page id in "
        "the address, then by the title. Any other text is looked up as a whole in the field that `match` names; "
        "mentions of pages are links. No row or several: it does not convert.",
        "files": "web addresses, separated by commas or blanks, become external files named after them.",
        "url": "one address with a scheme or `www.`; text that is a link as a whole gives its address and loses its "
        "words.",
        "email": "one address.",
        "phone_number": "one number of 5 to 20 digits with blanks, dots, dashes, slashes, brackets, `+` and an "
        "extension, kept as it stands.",
    }
)
