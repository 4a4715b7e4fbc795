"""Rich text, the value of title and rich_text: runs in canonical form, elements on the wire.

Lossless for everything that a client may write: text with links, mentions of users, pages, databases, dates, template
variables and custom emoji, equations, all with their formatting. Mentions that the API answers but does not take
(link_preview, link_mention, kinds that are yet to come) are read as the text that is shown, with their link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from string import digits
from typing import Any

from reconciler.model.condition import Condition, Empty, Equals, Glob, normal
from reconciler.model.limits import RELATION_REFERENCES, utf16_chunks
from reconciler.model.live import Value
from reconciler.model.properties import moments
from reconciler.model.properties.base import EVERYTHING, Filter, Lookup
from reconciler.model.properties.common import (
    Seen,
    at_most,
    dashed,
    entries,
    fields,
    holds_of_blank,
    judge,
    spoken,
)
from reconciler.model.properties.filters import both, is_not_empty, leaf, narrow, presence_fails, presence_holds

Run = dict[str, Any]

_FLAGS = ("bold", "italic", "strikethrough", "underline", "code")
_UNSET = {**dict.fromkeys(_FLAGS, False), "color": "default"}
_FILTER_UNITS = 200
_COMPOSED_FROM_OTHERS = "K;`"
"""ASCII characters that NFC makes of others (the Kelvin sign, the Greek question mark, a Greek accent)."""
_PLAIN = re.compile(r"[ -~]+")


def _formatting(element: Mapping[str, Any]) -> Run:
    """Annotations that are set.

    Prevents: Notion answers all six, a state file and an archive leave out what is not set, and a color that is
    missing from a request is answered as "default".
    """
    annotations = fields(element.get("annotations"))
    if not annotations or annotations == _UNSET:
        return {}
    run: Run = {flag: True for flag in _FLAGS if annotations.get(flag) is True}
    if annotations.get("color") not in (None, "", "default"):
        run["color"] = annotations["color"]
    return run


def _mention(mention: Mapping[str, Any]) -> Run | None:
    """A mention that can be written, by what it points at; None for the others.

    Prevents: a user mention is answered with the whole user, whose name and avatar change without the text changing.
    """
    kind = mention.get("type")
    body = fields(mention.get(str(kind)))
    match kind:
        case "user" | "page" | "database" if isinstance(body.get("id"), str):
            return {"type": kind, kind: {"id": dashed(body["id"])}}
        case "date":
            date = moments.canonical(body)
            return {"type": kind, kind: date} if date else None
        case "template_mention" if body:
            return {"type": kind, kind: dict(body)}
        case "custom_emoji" if isinstance(body.get("id"), str):
            return {"type": kind, kind: {key: body[key] for key in ("id", "name") if body.get(key)}}
        case _:
            return None


def _run(element: Mapping[str, Any]) -> Run | None:
    shown = element.get("plain_text")
    text = shown if isinstance(shown, str) else ""
    if "equation" in element:
        expression = str(fields(element["equation"]).get("expression") or "")
        return {"equation": expression, "text": text or expression, **_formatting(element)}
    link = element.get("href")
    if "mention" in element:
        mention = _mention(fields(element["mention"]))
        if mention is not None:
            return {"mention": mention, "text": text, **_formatting(element)}
        text = text or str(link or "")
    elif "text" in element:
        body = fields(element["text"])
        text = str(body.get("content") or "")
        link = fields(body.get("link")).get("url")
    run: Run = {"text": text, **_formatting(element)}
    if link:
        run["link"] = link
    return run if text else None


def _plain(run: Run) -> bool:
    return "mention" not in run and "equation" not in run


def _format(run: Run) -> Run:
    return {key: part for key, part in run.items() if key != "text"}


def joined(runs: list[Run]) -> list[Run]:
    """The runs with neighbours of one format joined, and runs without text left out.

    Prevents: text over 2,000 characters must be sent in pieces, and Notion's editor splits runs where someone typed.
    """
    if len(runs) == 1 and runs[0].get("text"):
        return runs
    out: list[Run] = []
    for run in runs:
        if _plain(run) and not run.get("text"):
            continue
        if out and _plain(run) and _plain(out[-1]) and _format(run) == _format(out[-1]):
            out[-1] = {**out[-1], "text": out[-1]["text"] + run["text"]}
        else:
            out.append(run)
    return out


def runs(wire: object) -> list[Run]:
    """Canonical runs from an array of rich text elements as Notion answers it (titles, values, blocks)."""
    return joined([run for element in entries(wire) if (run := _run(element)) is not None])


def plain(value: Value) -> str:
    """The text of canonical runs as people read it."""
    return "".join(str(run.get("text", "")) for run in value or ())


def of_plain(text: str) -> list[Run]:
    """Canonical runs of text without formatting."""
    return [{"text": text}] if text else []


def _annotations(run: Run) -> dict[str, Any]:
    set_here = {key: run[key] for key in (*_FLAGS, "color") if key in run}
    return {"annotations": set_here} if set_here else {}


def elements(value: Value) -> list[dict[str, Any]]:
    """Rich text elements of a request, as many as it takes: no text longer than Notion's limit, no character cut."""
    out: list[dict[str, Any]] = []
    for run in value or ():
        if "mention" in run:
            out.append({"type": "mention", "mention": run["mention"], **_annotations(run)})
        elif "equation" in run:
            out.append({"type": "equation", "equation": {"expression": run["equation"]}, **_annotations(run)})
        else:
            link = {"link": {"url": run["link"]}} if "link" in run else {}
            out += [
                {"type": "text", "text": {"content": chunk, **link}, **_annotations(run)}
                for chunk in utf16_chunks(run["text"])
            ]
    return out


def wire(kind: str, value: Value) -> dict[str, Any]:
    """The write entry; `ValueError` when the text needs more elements than one request may hold."""
    return {kind: at_most(elements(value), "pieces of rich text")}


def truncated(kind: str, answer: Mapping[str, Any]) -> bool:
    """A page answer holds 25 mentions of a text at most; the text itself comes whole."""
    found = entries(answer.get(kind))
    return len(found) >= RELATION_REFERENCES and sum("mention" in each for each in found) >= RELATION_REFERENCES


def _essence(run: Run) -> Run:
    """What makes a run the run it is.

    Prevents: the text shown for a mention changes when a person or page is renamed; a mentioned date comes back in
    another notation.
    """
    if _plain(run):
        return run
    essence = _format(run)
    mention = fields(run.get("mention"))
    if mention.get("type") == "date":
        essence["mention"] = moments.points(mention["date"])
    elif mention.get("type") == "custom_emoji":
        essence["mention"] = mention["custom_emoji"]["id"]
    return essence


def same(left: Value, right: Value) -> bool:
    """Whether two texts are the same, formatting and mentions included."""
    return left == right or [_essence(run) for run in joined(list(left or ()))] == [
        _essence(run) for run in joined(list(right or ()))
    ]


def empty(value: Value) -> bool:
    """Whether there is no text at all; blanks are text and worth keeping."""
    return not joined(list(value or ()))


def text(value: Value, names: Lookup | None = None) -> str:
    """The text without its formatting; ``names`` is not needed, mentions show what Notion showed."""
    del names
    return plain(value)


def literal(scalar: Any, lookup: Lookup) -> Value:
    """Text of a state file as one run without formatting; numbers, booleans and dates as they are written."""
    del lookup
    if isinstance(scalar, list | dict) or scalar is None:
        raise ValueError(f"{scalar!r} is not text")
    return of_plain(spoken(scalar))


def meets(value: Value, condition: Condition, names: Lookup | None = None) -> bool:
    """The judge for text: empty means nothing but blanks."""
    del names
    shown = plain(value)
    return judge(condition, Seen(texts=(shown,), empty=not normal(shown)))


def _literal_runs(pattern: str) -> list[str]:
    """The pieces of a glob that every match holds as they stand; cut as `fnmatch` reads the pattern."""
    pieces = [""]
    at = 0
    while at < len(pattern):
        char, at = pattern[at], at + 1
        if char == "[":
            close = pattern.find("]", at + 1 + pattern.startswith("!", at))
            if close >= 0:
                pieces.append("")
                at = close + 1
                continue
        if char in "*?":
            pieces.append("")
        else:
            pieces[-1] += char
    return pieces


def _needle(pieces: list[str]) -> str:
    """The longest text that Notion will find, however the field's text is composed.

    Notion compares text as it was typed: untrimmed, perhaps decomposed, without regard to case. Only ASCII that no
    normalisation makes of anything else is certain to stand there.
    """
    found = [
        part.strip()
        for piece in pieces
        for ascii_run in _PLAIN.findall(unicodedata.normalize("NFC", piece))
        for part in re.split(f"[{_COMPOSED_FROM_OTHERS}]", ascii_run)
    ]
    return max(found, key=len, default="")[:_FILTER_UNITS].strip()


def _longer(text: str) -> list[str]:
    """What no field holds that holds ``text`` and blanks around it: ``WT-1`` is not to find ``WT-10`` to ``WT-19``.

    Databases of thousands of rows are numbered, and each would find a tenth of all the others.
    """
    after = [text + digit for digit in digits if text[-1] in digits]
    return after + [digit + text for digit in digits if text[0] in digits]


def filter_text(kind: str, property_id: str, condition: Condition) -> Filter:
    """The filter of a text field, for ``kind`` title, rich_text, url, email or phone_number.

    Notion calls a field of blanks not empty, the judge calls it empty: so what holds of empty text cannot be narrowed.
    """

    def holds(plain_condition: Condition) -> Filter:
        if isinstance(plain_condition, Empty) or holds_of_blank(plain_condition):
            return EVERYTHING
        match plain_condition:
            case Equals(scalar):
                text = normal(spoken(scalar))
                needle = _needle([text])
                longer = _longer(text) if needle == text and len(text) < _FILTER_UNITS else []
                if longer:
                    others = [leaf(property_id, kind, "does_not_contain", other) for other in longer]
                    return both([leaf(property_id, kind, "contains", needle), *others])
            case Glob(pattern):
                needle = _needle(_literal_runs(normal(pattern)))
            case _:
                return presence_holds(property_id, kind, plain_condition)
        return leaf(property_id, kind, "contains", needle) if needle else is_not_empty(property_id, kind)

    return narrow(condition, holds=holds, fails=lambda one: presence_fails(property_id, kind, one))
