"""A database's own words, its lock, and its place: in the workspace or in the trash."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.planning.actions.base import Risk
from reconciler.planning.actions.restoring import Restore
from reconciler.planning.effects import DatabaseWords, Effect, Task, TrashDatabase, UntrashDatabase, UntrashRow
from reconciler.planning.restore.material import Material
from reconciler.planning.restore.site import Site, kept
from reconciler.planning.words import few

CUSTOM = "custom"


def database_back(site: Site, material: Material, consents: frozenset[str]) -> Iterator[Task | Finding]:
    """Title, description, icon and lock as they were; out of the trash, or into it again."""
    address = addresses.of_database(site.key)
    if not material.wants_database(site.key):
        return
    if site.live.in_trash and site.touched.trashes is None:
        yield kept(address, f"somebody put {site.was.title!r} into Notion's trash since, so nothing in it is restored")
        return
    effects: list[Effect] = []
    details: list[str] = []
    words: dict[str, str] = {}
    for item in _words(site, address in consents):
        if isinstance(item, Finding):
            yield item
            continue
        word, now, was = item
        words[word] = was
        if word != "title":
            details.append(f"{word}: {now or '(none)'} → {was or '(none)'}")
    locked = _locked(site)
    if locked is not None:
        details.append("locked" if locked else "unlocked")
    if words or locked is not None:
        effects.append(
            DatabaseWords(
                database=site.key,
                title=words.get("title"),
                icon=words.get("icon"),
                description=words.get("description"),
                locked=locked,
            )
        )
    if site.touched.trashes is True and site.live.in_trash:
        effects.append(UntrashDatabase(database=site.key))
        details.append("out of Notion's trash, with its rows")
    elif site.touched.trashes is False and not site.live.in_trash:
        effects.append(TrashDatabase(database=site.key))
        details.append("into Notion's trash again")
    rows = [row.id for row in material.trashed.get(site.key, ())]
    if rows:
        details.append(few(len(rows), "row out of Notion's trash", "rows out of Notion's trash"))
        effects += [UntrashRow(database=site.key, row=row) for row in rows]
    if effects:
        yield Task(
            action=Restore(
                kind="restore-database",
                address=address,
                database=site.key,
                subject="database",
                old=site.live.title if "title" in words else None,
                new=words.get("title"),
                details=tuple(details),
                risk=Risk.SAFE,
            ),
            effects=tuple(effects),
        )


def _locked(site: Site) -> bool | None:
    """Whether the database is to be locked or unlocked; None where it is as it was."""
    if site.touched.locks is True and site.live.locked and not site.was.locked:
        return False
    return True if site.touched.locks is False and not site.live.locked else None


def _words(site: Site, consents: bool) -> Iterator[tuple[str, str, str] | Finding]:
    """(word, now, before) of each that comes back; what people changed since is told."""
    was = {"title": site.was.title, "description": site.was.description, "icon": site.was.icon or ""}
    now = {"title": site.live.title, "description": site.live.description, "icon": site.live.icon or ""}
    for word, wrote in site.touched.words.items():
        if now[word] == was[word] or was[word] == CUSTOM:
            continue
        if now[word] == wrote or consents:
            yield word, now[word], was[word]
        else:
            yield kept(addresses.of_database(site.key), f"somebody changed its {word} since, so that stays as it is")
