"""What people do in Notion's own interface and no client can: share, invite, make tokens, edit by hand."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reconciler.twin import hosting, ids, repository
from reconciler.twin.birth import CAPABILITIES
from reconciler.twin.records import Actor, Page, Property, User, Workspace
from reconciler.twin.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Each method is one transaction. ``bot_id`` is the bot that ``share`` and ``unshare`` mean unless told another."""

    store: Store
    workspace: Workspace
    bot_id: str
    clock: Callable[[], int]

    def token(self, *, capabilities: Iterable[str] = CAPABILITIES, name: str = "Another integration") -> str:
        """A token of a new bot, with any of CAPABILITIES."""
        wanted = frozenset(capabilities)
        if wanted - CAPABILITIES:
            raise ValueError(f"Capabilities are {', '.join(sorted(CAPABILITIES))}, not {', '.join(sorted(wanted))}.")
        bot = User(id=str(uuid.uuid4()), name=name, kind="bot")
        token = f"ntn_{secrets.token_hex(23)}"
        with self.store.transaction():
            repository.save_user(self.store, bot)
            repository.save_token(self.store, token, Actor(bot_id=bot.id, name=name, capabilities=wanted))
        return token

    def unshare(self, object_id: str, *, token: str | None = None) -> None:
        """Hide a page, database or data source, and all that lies in it, from the token's bot."""
        with self.store.transaction():
            self.store.run(
                "INSERT OR IGNORE INTO hidden VALUES (?, ?)", self._bot(token), ids.dashed(ids.bare(object_id))
            )

    def share(self, object_id: str, *, token: str | None = None) -> None:
        """Undo :meth:`unshare`."""
        with self.store.transaction():
            self.store.run(
                "DELETE FROM hidden WHERE bot = ? AND id = ?", self._bot(token), ids.dashed(ids.bare(object_id))
            )

    def _bot(self, token: str | None) -> str:
        if token is None:
            return self.bot_id
        actor = repository.actor(self.store, token)
        if actor is None:
            raise ValueError("No such token.")
        return actor.bot_id

    def person(self, name: str, email: str) -> str:
        """Invite somebody; the user's id."""
        user = User(id=str(uuid.uuid4()), name=name, kind="person", email=email)
        with self.store.transaction():
            repository.save_user(self.store, user)
        return user.id

    def acting_as(self, user_id: str) -> str:
        """A token with which requests count as this person's own edits in the interface."""
        user = repository.user(self.store, user_id)
        if user is None:
            raise ValueError("No such user.")
        token = f"ntn_{secrets.token_hex(23)}"
        with self.store.transaction():
            repository.save_token(self.store, token, Actor(bot_id=user.id, name=user.name, capabilities=CAPABILITIES))
        return token

    def attach(self, page_id: str, property_name: str, file_name: str, content: bytes = b"") -> None:
        """Upload a file into a files property, so that Notion hosts it."""
        with self.store.transaction():
            page, properties = self._row(page_id)
            prop = properties[property_name]
            key = hosting.host(self.store, self.workspace, file_name, content)
            stored = {"name": file_name, **hosting.stored(key)}
            held = [*(page.values.get(prop.id) or []), stored]
            repository.save_page(self.store, replace(page, values={**page.values, prop.id: held}))

    def allow_uploads(self, size: int) -> None:
        """Another plan: files may have so many bytes. A free workspace's 5 MiB hold until then."""
        with self.store.transaction():
            self.store.set_meta("max_upload", str(size))

    def make_template(self, page_id: str, *, default: bool = False) -> None:
        """Turn a row into a template of its data source, perhaps the one that new rows begin with."""
        with self.store.transaction():
            page, _ = self._row(page_id)
            repository.save_page(self.store, replace(page, template=True, default_template=default))

    def add_property(self, data_source_id: str, name: str, kind: str) -> str:
        """A property that only people can make, such as a button or a verification; its id."""
        with self.store.transaction():
            source = repository.data_source(self.store, data_source_id)
            if source is None:
                raise ValueError("No such data source.")
            prop = Property(id=ids.property_id(source.properties), name=name, type=kind)
            repository.save_source(self.store, replace(source, properties={**source.properties, prop.id: prop}))
        return prop.id

    def recolor_option(self, data_source_id: str, property_name: str, option: str, *, name: str, color: str) -> None:
        """Rename and recolour an option; its id stays."""
        with self.store.transaction():
            source = repository.data_source(self.store, data_source_id)
            prop = source.named(property_name) if source is not None else None
            if source is None or prop is None:
                raise ValueError("No such data source or property.")
            options = [
                {**item, "name": name, "color": color} if item["name"] == option else item
                for item in prop.config["options"]
            ]
            changed = replace(prop, config={**prop.config, "options": options})
            repository.save_source(self.store, replace(source, properties={**source.properties, prop.id: changed}))

    def _row(self, page_id: str) -> tuple[Page, dict[str, Property]]:
        page = repository.page(self.store, page_id)
        source = repository.data_source(self.store, page.source) if page is not None and page.source else None
        if page is None or source is None:
            raise ValueError("No such row.")
        return page, {prop.name: prop for prop in source.properties.values()}
