"""Live workspaces for tests: a compact description, made in a twin through its API as a client would make them.

``live.toml`` describes what is there before the first plan, ``edit.toml`` what people do to it later::

    people = ["ada@example.org"]                        # also: a table of name = e-mail
    shares = ["Phases"]                                 # what is shared with the connection again (edits)
    hides  = ["Phases"]                                 # what the connection may not see
    pages  = ["Elsewhere"]                              # pages beside the parent page

    [databases.Phases]                                  # the key is the title, unless `title` says another
    title = "…"; description = "…"; icon = "🧭"; page = "Elsewhere"; in_trash = true
    [databases.Phases.properties]
    Name   = "title"                                    # the type alone, or a table with `type` and what it takes
    Status = { type = "select", options = ["Open", { name = "Done", color = "green" }], description = "…" }
    Other  = { type = "relation", to = "Projects", two_way = "Phases" }
    [[databases.Phases.rows]]
    Name = "First"; Status = "Open"                     # by property; relations by the other row's title
    "$content" = ["a paragraph"]; "$trashed" = true; "$hosted" = { Files = "scan.png" }

An edit names databases by live title; properties take ``rename`` or ``gone`` or are new; rows are tables by title.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.twin import Twin, dump

Words = Mapping[str, Any]

_DATABASE = {"title", "description", "icon", "page", "in_trash", "properties", "rows", "views"}
_EDIT = {"title", "description", "icon", "in_trash", "properties", "rows", "add_rows", "options", "delete"}
_FORMATS = ("bold", "italic", "strikethrough", "underline", "code", "color")


def known(words: Words, allowed: Iterable[str], where: str) -> None:
    """Raises `ValueError` for a word that a case file does not have there."""
    unknown = sorted(set(words) - set(allowed))
    if unknown:
        raise ValueError(f"{where}: unknown words {', '.join(unknown)}")


@dataclass
class Live:
    """A twin with the names that a case uses for what is in it."""

    twin: Twin
    people: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    databases: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    # -- what is there ---------------------------------------------------------------------------------------------

    def load(self, words: Words) -> None:
        """Makes the workspace that ``live.toml`` describes."""
        known(words, ("people", "pages", "hides", "databases"), "live")
        people = words.get("people", {})
        self._invite(people if isinstance(people, Mapping) else {mail.split("@")[0]: mail for mail in people})
        for title in words.get("pages", ()):
            self._page(title)
        described = words.get("databases", {})
        for key, database in described.items():
            known(database, _DATABASE, key)
            self._database(key, database)
        self._all_relations(described)
        self._all_rows(described)
        for key, database in described.items():
            if database.get("in_trash"):
                self.twin.call("PATCH", f"databases/{self.databases[key]}", {"in_trash": True})
            for view in database.get("views", ()):
                places = {"database_id": self.databases[key], "data_source_id": self.sources[key]}
                self.twin.call("POST", "views", {**places, **view})
        for key in words.get("hides", ()):
            self.twin.admin.unshare(self.databases[key])

    def _all_relations(self, databases: Words) -> None:
        """Relations, then what reads over them: rollups, then formulas."""
        for key, database in databases.items():
            self._relations(key, database.get("properties", {}))
        for kind in ("rollup", "formula"):
            for key, database in databases.items():
                self._late(key, database.get("properties", {}), kind)

    def _all_rows(self, databases: Words) -> None:
        """Rows, then their links, content and fate."""
        for key, database in databases.items():
            for row in database.get("rows", ()):
                self.add_row(key, row)
        for key, database in databases.items():
            for number, row in enumerate(database.get("rows", ())):
                self._finish_row(key, number, row)

    def _invite(self, people: Mapping[str, str]) -> None:
        for name, mail in people.items():
            self.people[mail] = self.twin.admin.person(name, mail)

    def _page(self, title: str) -> None:
        parent = {"type": "page_id", "page_id": self.twin.root_page_id}
        answer = self.twin.call("POST", "pages", {"parent": parent, "properties": {"title": text(title)}})
        self.pages[title] = answer["id"]

    def _database(self, key: str, words: Words) -> None:
        page = self.pages[words["page"]] if "page" in words else self.twin.root_page_id
        properties = words.get("properties", {})
        kinds = {name: kind_of(said) for name, said in properties.items()}
        early = {n: entry(said) for n, said in properties.items() if kinds[n] not in ("relation", "rollup", "formula")}
        by_hand = [name for name in early if kinds[name] in ("button", "verification")]
        body: dict[str, Any] = {
            "parent": {"type": "page_id", "page_id": page},
            "title": text(words.get("title", key)),
            "initial_data_source": {"properties": {n: e for n, e in early.items() if n not in by_hand}},
        }
        if "description" in words:
            body["description"] = text(words["description"])
        if "icon" in words:
            body["icon"] = {"type": "emoji", "emoji": words["icon"]}
        answer = self.twin.call("POST", "databases", body)
        self.databases[key], self.sources[key] = answer["id"], answer["data_sources"][0]["id"]
        for name in by_hand:
            self.twin.admin.add_property(self.sources[key], name, kinds[name])

    def _relations(self, key: str, properties: Words) -> None:
        for name, said in properties.items():
            if kind_of(said) == "relation":
                self._relation(key, name, said)

    def _relation(self, key: str, name: str, said: Words) -> None:
        two_way = said.get("two_way")
        kind = "dual_property" if two_way else "single_property"
        body = {"data_source_id": self.sources[said["to"]], "type": kind, kind: {}}
        made = self._patch(key, {name: described({"relation": body}, said)})
        if two_way and two_way is not True:
            mirror = made["properties"][name]["relation"]["dual_property"]["synced_property_id"]
            self._patch(said["to"], {mirror: {"name": two_way}})

    def _late(self, key: str, properties: Words, kind: str) -> None:
        for name, said in properties.items():
            if kind_of(said) == kind:
                self._patch(key, {name: entry(said)})

    def _patch(self, key: str, properties: Words) -> dict[str, Any]:
        return self.twin.call("PATCH", f"data_sources/{self.sources[key]}", {"properties": dict(properties)})

    # -- rows ------------------------------------------------------------------------------------------------------

    def add_row(self, key: str, row: Words) -> str:
        """Makes a row with all its values but relations; its page id."""
        types = self._types(key)
        values = {name: value for name, value in row.items() if not name.startswith("$")}
        known(values, types, f"a row of {key}")
        body = {n: self.wire(types[n], v, key, n) for n, v in values.items() if types[n] != "relation"}
        parent = {"type": "data_source_id", "data_source_id": self.sources[key]}
        answer = self.twin.call("POST", "pages", {"parent": parent, "properties": body})
        title = next((plain(values[n]) for n, kind in types.items() if kind == "title" and n in values), "")
        self.rows.setdefault((key, title), []).append(answer["id"])
        self.rows.setdefault((key, "*"), []).append(answer["id"])
        return str(answer["id"])

    def _finish_row(self, key: str, number: int, row: Words) -> None:
        self.set_row(key, self.rows[(key, "*")][number], row, only=("relation",))

    def set_row(self, key: str, page: str, row: Words, *, only: Iterable[str] = ()) -> None:
        """Writes values of a row that is there, its content, and whether it is in the trash."""
        types = self._types(key)
        known(row, (*types, "$content", "$trashed", "$hosted"), f"a row of {key}")
        values = {n: v for n, v in row.items() if not n.startswith("$") and (not only or types[n] in only)}
        if values:
            body = {name: self.wire(types[name], value, key, name) for name, value in values.items()}
            self.twin.call("PATCH", f"pages/{page}", {"properties": body})
        if row.get("$content"):
            blocks = [{"type": "paragraph", "paragraph": {"rich_text": text(line)}} for line in row["$content"]]
            self.twin.call("PATCH", f"blocks/{page}/children", {"children": blocks})
        for name, file in row.get("$hosted", {}).items():
            self.twin.admin.attach(page, name, file)
        if "$trashed" in row:
            self.twin.call("PATCH", f"pages/{page}", {"in_trash": row["$trashed"]})

    def _types(self, key: str) -> dict[str, str]:
        answer = self.twin.call("GET", f"data_sources/{self.sources[key]}")
        return {name: prop["type"] for name, prop in answer["properties"].items()}

    def wire(self, kind: str, value: Any, key: str, name: str) -> dict[str, Any]:
        """The write entry of a value as a case says it; "" clears."""
        match kind:
            case "title" | "rich_text":
                return {kind: text(value)}
            case "select" | "status":
                return {kind: {"name": value} if value else None}
            case "multi_select":
                return {kind: [{"name": option} for option in value]}
            case "date":
                start, _, end = str(value).partition(" → ")
                return {kind: {"start": start, "end": end or None} if value else None}
            case "people":
                return {kind: [{"id": self.people[mail]} for mail in value]}
            case "files":
                return {kind: [{"name": url, "type": "external", "external": {"url": url}} for url in value]}
            case "relation":
                return {kind: [{"id": page} for page in self._targets(key, name, value)]}
            case "place":
                return {kind: dict(value) if value else None}
            case _:
                return {kind: None if value == "" else value}

    def _targets(self, key: str, name: str, titles: Any) -> list[str]:
        answer = self.twin.call("GET", f"data_sources/{self.sources[key]}")
        source = answer["properties"][name]["relation"]["data_source_id"]
        target = next(k for k, one in self.sources.items() if one == source)
        found: list[str] = []
        for title in [titles] if isinstance(titles, str) else titles:
            title, _, number = title.partition("#")
            found.append(self.rows[(target, title)][int(number or 1) - 1])
        return found

    # -- what people do later --------------------------------------------------------------------------------------

    def edit(self, words: Words) -> None:
        """Does what ``edit.toml`` says, to databases as they are called now."""
        known(words, ("people", "databases", "hides", "shares", "new"), "edit")
        self._learn()
        self._invite({mail.split("@")[0]: mail for mail in words.get("people", ())})
        for title, database in words.get("databases", {}).items():
            known(database, _EDIT, title)
            self._edit(title, database)
        if "new" in words:
            self.load({"databases": words["new"]})
        for title in words.get("hides", ()):
            self.twin.admin.unshare(self.databases[title])
        for title in words.get("shares", ()):
            self.twin.admin.share(self.databases[title])

    def _learn(self) -> None:
        """The names that databases and rows have now."""
        for database in dump(self.twin)["databases"]:
            title = database["title"]
            self.databases[title], self.sources[title] = database["id"], database["data_source_id"]
            for known_as in {title, *(k for k, one in self.sources.items() if one == database["data_source_id"])}:
                for place in [p for p in self.rows if p[0] == known_as]:
                    del self.rows[place]
                for row in database["rows"]:
                    self.rows.setdefault((known_as, row["title"]), []).append(row["id"])
                    self.rows.setdefault((known_as, "*"), []).append(row["id"])

    def _edit(self, title: str, words: Words) -> None:
        source, database = self.sources[title], self.databases[title]
        for name, said in words.get("properties", {}).items():
            self._edit_property(title, name, said)
        for name, options in words.get("options", {}).items():
            kind = self._types(title)[name]
            self._patch(title, {name: {kind: {"options": [option(o) for o in options]}}})
        for name, row in words.get("rows", {}).items():
            name, _, number = name.partition("#")
            self.set_row(title, self.rows[(title, name)][int(number or 1) - 1], row)
        for row in words.get("add_rows", ()):
            self.set_row(title, self.add_row(title, row), row, only=("relation",))
        for name in words.get("delete", ()):
            self.twin.call("PATCH", f"pages/{self.rows[(title, name)][0]}", {"in_trash": True})
        if "title" in words:
            self.twin.call("PATCH", f"data_sources/{source}", {"title": text(words["title"])})
        if "description" in words:
            self.twin.call("PATCH", f"databases/{database}", {"description": text(words["description"])})
        if "in_trash" in words:
            self.twin.call("PATCH", f"databases/{database}", {"in_trash": words["in_trash"]})

    def _edit_property(self, title: str, name: str, said: Any) -> None:
        if isinstance(said, Mapping) and said.keys() & {"rename", "gone", "description"} and "type" not in said:
            known(said, ("rename", "gone", "description"), f"{title}.{name}")
            if said.get("gone"):
                self._patch(title, {name: None})
                return
            words = {"name": said["rename"]} if "rename" in said else {}
            if "description" in said:
                words["description"] = said["description"]
            self._patch(title, {name: words})
        elif kind_of(said) == "relation":
            self._relation(title, name, said)
        elif kind_of(said) in ("button", "verification"):
            self.twin.admin.add_property(self.sources[title], name, kind_of(said))
        else:
            self._patch(title, {name: entry(said)})


def text(value: Any) -> list[dict[str, Any]]:
    """Rich text from a string, or from a list of strings and runs ``{ text, bold, …, link }``; long text is cut up."""
    runs: list[dict[str, Any]] = []
    for piece in [value] if isinstance(value, str) else value:
        run = {"text": piece} if isinstance(piece, str) else dict(piece)
        known(run, ("text", "link", *_FORMATS), "a run")
        formats = {word: run[word] for word in _FORMATS if word in run}
        link = {"url": run["link"]} if "link" in run else None
        for part in cut(run["text"]):
            runs.append({"type": "text", "text": {"content": part, "link": link}, "annotations": formats})
    return runs


def cut(content: str) -> list[str]:
    """Pieces of at most 1,000 characters, which is at most 2,000 of Notion's units."""
    return [content[at : at + 1000] for at in range(0, len(content), 1000)]


def plain(value: Any) -> str:
    """The text of a title as a case says it."""
    if isinstance(value, str):
        return value
    return "".join(piece if isinstance(piece, str) else piece["text"] for piece in value)


def kind_of(said: Any) -> str:
    """The type that a property is described with."""
    return said if isinstance(said, str) else str(said["type"])


def option(said: Any) -> dict[str, Any]:
    """An option from its name or a table."""
    return {"name": said} if isinstance(said, str) else dict(said)


def described(body: dict[str, Any], said: Any) -> dict[str, Any]:
    """The entry with the description that the case gives the property."""
    if isinstance(said, Mapping) and "description" in said:
        return {**body, "description": said["description"]}
    return body


def entry(said: Any) -> dict[str, Any]:
    """The body entry of a property as a case describes it; relations are made elsewhere."""
    words: Words = {} if isinstance(said, str) else said
    kind = kind_of(said)
    known(words, ("type", "description", *_CONFIG.get(kind, ())), f"a property of type {kind}")
    match kind:
        case "select" | "multi_select" | "status":
            config: dict[str, Any] = {"options": [option(o) for o in words.get("options", ())]}
        case "number":
            config = {"format": words.get("format", "number")}
        case "unique_id":
            config = {"prefix": words.get("prefix")}
        case "formula":
            config = {"expression": words["expression"]}
        case "rollup":
            config = {
                "function": words["function"],
                "relation_property_name": words["relation"],
                "rollup_property_name": words["property"],
            }
        case _:
            config = {}
    return described({kind: config}, said)


_CONFIG = {
    "select": ("options",),
    "multi_select": ("options",),
    "status": ("options",),
    "number": ("format",),
    "unique_id": ("prefix",),
    "formula": ("expression",),
    "rollup": ("function", "relation", "property"),
    "relation": ("to", "two_way"),
}
