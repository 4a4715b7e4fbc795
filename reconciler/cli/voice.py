"""How a command speaks on stderr: to people, more or less, or to programs, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

QUIET, VERBOSE, LOG = ("-q", "--quiet"), ("-v", "--verbose"), "--log"
_FORMS = ("text", "json")


@dataclass(frozen=True)
class Voice:
    """``quiet`` leaves out what is only said on the way; ``verbose`` says each step; ``as_json`` is for programs."""

    quiet: bool = False
    verbose: bool = False
    as_json: bool = False


_PLAIN = Voice()
_SPEAKING: ContextVar[Voice] = ContextVar("voice", default=_PLAIN)


class VoiceError(ValueError):
    """A flag of the voice that is not one; the message says which."""


def split(arguments: Sequence[str]) -> tuple[Voice, list[str]]:
    """The voice that a command line asks for, wherever its flags stand, and the line without them.

    What follows ``--`` is left alone. Raises `VoiceError`.
    """
    voice = _PLAIN
    rest: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            return voice, [*rest, word, *left]
        if word in QUIET:
            voice = replace(voice, quiet=True)
        elif word in VERBOSE:
            voice = replace(voice, verbose=True)
        elif word == LOG or word.startswith(f"{LOG}="):
            form = word.partition("=")[2] if "=" in word else (left.pop(0) if left else "")
            if form not in _FORMS:
                raise VoiceError(f"{LOG} takes {' or '.join(_FORMS)}, not {form!r}")
            voice = replace(voice, as_json=form == "json")
        else:
            rest.append(word)
    if voice.quiet and voice.verbose:
        raise VoiceError("--quiet and --verbose exclude each other")
    return voice, rest


@contextmanager
def speaking(voice: Voice) -> Iterator[None]:
    """Everything within the block is said in this voice."""
    token = _SPEAKING.set(voice)
    try:
        yield
    finally:
        _SPEAKING.reset(token)


def now() -> Voice:
    """The voice that is spoken in here."""
    return _SPEAKING.get()


def line(event: str, words: dict[str, Any]) -> str:
    """One event as a line of JSON: ASCII, so that nothing in it can act on a terminal; when it was is in UTC."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": time, "event": event, **words}, ensure_ascii=True).replace("\x7f", "\\u007f")
