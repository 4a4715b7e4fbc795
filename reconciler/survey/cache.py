"""Where things were when they were last looked for, kept on this machine: ids, and who the token speaks for.

One small file, `FILE`, beside the journal. It may be deleted at any time, and is never believed where something is to
be written: all that it spares is asked before anything else happens then (decision 39). It holds no token: a keyed
digest ties it to the token, the service and the words of the state by which the archive is found, so that what was
kept for another place is not even read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from reconciler.model.live import Workspace
from reconciler.model.properties import common

FILE = "cache.json"
FORMAT = 1


@dataclass(frozen=True)
class Known:
    """Whom the token speaks for, and where the archive lies: its database and its data source."""

    workspace: str
    workspace_name: str
    bot: str
    bot_name: str
    archive: str
    archive_source: str

    def speaks_for(self, page: str) -> Workspace:
        """The workspace, with the id of its parent ``page``."""
        return Workspace(
            id=self.workspace,
            name=self.workspace_name,
            bot_id=self.bot,
            bot_name=self.bot_name,
            parent_id=common.dashed(page),
        )


@dataclass(frozen=True)
class Cache:
    """What is kept in ``directory`` (``.wtstate``) of one place: ``place`` is all that says which, the token too."""

    directory: Path
    place: tuple[str, ...]

    def read(self) -> Known | None:
        """What is known of the place; None where there is nothing, or what is of another place or cannot be read."""
        try:
            words = json.loads((self.directory / FILE).read_bytes())
            if words["format"] != FORMAT or not hmac.compare_digest(words["place"], self._digest(words["key"])):
                return None
            return Known(**{name: str(value) for name, value in words["known"].items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def keep(self, known: Known) -> None:
        """Puts it in place of what was kept, for its owner alone; does nothing where it cannot.

        A directory that is not there is not made for it: a plan leaves nothing behind where no run ever was.
        """
        if not self.directory.is_dir() or self.read() == known:
            return
        key = secrets.token_hex(32)
        words = {"format": FORMAT, "key": key, "place": self._digest(key), "known": asdict(known)}
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self.directory, prefix=f".{FILE}.")  # 0600 from the beginning
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    json.dump(words, file)
                os.replace(name, self.directory / FILE)
            except OSError:
                os.unlink(name)

    def _digest(self, key: str) -> str:
        text = json.dumps([FORMAT, *self.place])
        return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()
