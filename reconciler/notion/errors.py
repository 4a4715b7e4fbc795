"""What can go wrong when talking to Notion, as exceptions and as findings for people. None of it holds a token."""

# ruff: noqa: N818 -- the names say what happened; where they are caught, "Error" would only be noise

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.finding import Finding


@dataclass(frozen=True)
class Failure:
    """What Notion answered instead of what was asked for.

    ``status`` is 0 and ``code`` "" where no answer came; ``data`` is Notion's ``additional_data``; ``retry_after`` are
    the seconds that Notion asks to wait, None where it does not say.
    """

    method: str
    path: str
    message: str
    status: int = 0
    code: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None


class NotionError(Exception):
    """A request that did not do what it was sent for."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.method} {failure.path}: {failure.message}")

    @property
    def status(self) -> int:
        """The HTTP status, 0 where no answer came."""
        return self.failure.status

    @property
    def code(self) -> str:
        """Notion's error code, "" where it gave none."""
        return self.failure.code

    @property
    def message(self) -> str:
        """What Notion said, or what happened to the connection."""
        return self.failure.message

    @property
    def path(self) -> str:
        """The path that was asked, relative to ``/v1/``."""
        return self.failure.path


class Unauthorized(NotionError):
    """401: the token is wrong, expired or revoked."""


class Restricted(NotionError):
    """403: the token may not do this."""


class NotFound(NotionError):
    """404: not there, or not shared with the token; Notion does not say which."""


class Invalid(NotionError):
    """400 and other refusals of the request itself; sending it again would not help."""


class Conflict(NotionError):
    """409: Notion did not save, because something else was being saved."""


class RateLimited(NotionError):
    """429 or 529: too much was asked; nothing was done."""


class Blocked(NotionError):
    """429 with a reason that waiting does not lift."""


class Unavailable(NotionError):
    """5xx, a time-out or a broken connection; of a write it is not known whether it was done."""


class Unreachable(NotionError):
    """No connection came about; nothing was sent."""


class Ambiguous(NotionError):
    """A write whose outcome is not known. It is never sent again: the next plan reads what is there."""


class ForbiddenRequest(Exception):
    """A request that this client must not send (a write while planning): our bug, stopped before anything was sent."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"{method} {path} must not be sent by a client that only reads")


_COPY_AGAIN = "check NOTION_TOKEN: copy it again from the connection's page in Notion's settings, without blanks"
_CAPABILITIES = "give the connection the capabilities to read, update and insert content, in Notion's settings"
_SHARE = "open it in Notion, then ••• → Connections → add the connection; or take it out of the trash"


def _restricted(error: NotionError) -> Finding:
    if error.failure.data.get("block_limit"):
        return Finding(
            code="block-limit",
            what="the workspace has reached the number of blocks that Notion's free plan allows",
            why=error.message,
            next="upgrade the workspace, or use a personal access token, to which the limit does not apply",
        )
    return Finding(code="no-capability", what=f"the token may not do this: {error}", next=_CAPABILITIES)


def finding(error: NotionError) -> Finding:
    """What to tell people about an error: what happened and what to do next."""
    match error:
        case Unauthorized():
            return Finding(code="token-refused", what=f"Notion refuses the token: {error.message}", next=_COPY_AGAIN)
        case Restricted():
            return _restricted(error)
        case NotFound():
            return Finding(
                code="not-shared",
                what=f"Notion does not find {error.path}: it is not shared with the connection, or it was deleted",
                why=error.message,
                next=_SHARE,
            )
        case Blocked():
            return Finding(
                code="rate-blocked",
                what="Notion has blocked this connection's requests, and waiting does not lift it",
                why=error.message,
                next="ask Notion's support why the connection is blocked",
            )
        case RateLimited():
            return Finding(
                code="rate-limited",
                what=f"Notion still asks to slow down after long waiting: {error}",
                next="run again later, or declare a lower rate under [workspace]",
            )
        case Ambiguous():
            return Finding(
                code="unclear-write",
                what=f"it is not known whether Notion did this: {error}",
                why="a write without an answer may have been saved, so it is not sent again blindly",
                next="run again: the next plan reads what is there",
            )
        case Unreachable():
            return Finding(
                code="cannot-connect",
                what=f"no connection to Notion: {error}",
                next="check the network, a proxy in between, and NOTION_BASE_URL if it is set; then run again",
            )
        case Unavailable() | Conflict():
            return Finding(
                code="notion-unavailable",
                what=f"Notion does not answer as it should: {error}",
                next="run again in a few minutes; https://status.notion.so tells of known trouble",
            )
        case _:
            return Finding(
                code="notion-refused",
                what=f"Notion refuses a request: {error}",
                next="plan again; if it stays so, report it with this message",
            )
