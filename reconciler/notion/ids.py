"""Ids as people paste them: a uuid with or without dashes, or a url of Notion's."""

from __future__ import annotations

from reconciler.model.finding import Finding, WtstateError


def id_of(text: str) -> str:
    """The dashed id in a url or id. Raises `WtstateError` (``bad-id``) when there is none."""
    from notion_client.helpers import extract_notion_id

    found = extract_notion_id(text.strip())
    if found is None:
        raise WtstateError(
            Finding(
                code="bad-id",
                what=f"{text!r} holds no Notion id",
                next="copy the page's or database's link from Notion",
            )
        )
    return str(found)
