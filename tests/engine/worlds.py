"""Random workspaces, and desired states derived from them: for tests of what holds of every plan."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

PEOPLE = ("ada@example.org", "bob@example.org", "eve@example.org")
FRAGMENTS = (
    "a", "Done", "WT-5.1", " ", "é", "e\u0301", "中", "🧭", '"', "'", "\\", "[x]", "]", ".", "#", "<b>", "[/red]",
    "\u202e", "\u200b", "=", "{", "}", "|", "%", "*", "?", "prop(", "\u001b[31m",
)  # fmt: skip
"""What is hard in names: quotes, brackets, marks of terminals and of markup."""
PLAIN = ("rich_text", "number", "date", "people", "files", "checkbox", "url", "email", "phone_number", "place")
CHOICES = ("select", "multi_select", "status")
COMPUTED = ("created_time", "created_by", "last_edited_by", "unique_id")
BY_HAND = ("button", "verification")
"""What only the app can make."""
READS = ("formula", "rollup")
CONVERTS = {
    "rich_text": ("number", "date", "checkbox", "url", "email"),
    "number": ("rich_text", "checkbox"),
    "url": ("rich_text",),
    "email": ("rich_text", "url"),
    "select": ("rich_text", "multi_select"),
    "multi_select": ("rich_text",),
    "checkbox": ("rich_text", "number"),
    "date": ("rich_text",),
}


@dataclass
class Column:
    """A live property of a world; ``options`` of those that have any, ``to`` of relations."""

    name: str
    type: str
    options: list[str] = field(default_factory=list)
    to: str = ""
    two_way: str = ""
    reads: str = ""

    @property
    def words(self) -> Any:
        """The property as `tests.live` takes it."""
        if self.type in CHOICES:
            return {"type": self.type, "options": self.options}
        if self.type == "relation":
            mirror = {"two_way": self.two_way} if self.two_way else {}
            return {"type": "relation", "to": self.to, **mirror}
        if self.type == "formula":
            quoted = self.reads.replace("\\", "\\\\").replace('"', '\\"')
            return {"type": "formula", "expression": f'prop("{quoted}")'}
        if self.type == "rollup":
            return {"type": "rollup", "relation": self.reads, "property": "Name", "function": "count"}
        return self.type


@dataclass
class Table:
    """A live database of a world."""

    title: str
    columns: list[Column] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> dict[str, Any]:
        """The database as `tests.live` takes it."""
        return {"properties": {"Name": "title", **{c.name: c.words for c in self.columns}}, "rows": self.rows}


@dataclass
class World:
    """A workspace and a desired state, both as words."""

    live: dict[str, Any]
    state: dict[str, Any]


def words_of(maximum: int = 4, *, least: int = 0) -> st.SearchStrategy[str]:
    """Text of some fragments."""
    return st.lists(st.sampled_from(FRAGMENTS), min_size=least, max_size=maximum).map("".join)


def named(prefix: str, number: int) -> st.SearchStrategy[str]:
    """A name that no other number bears, blanks aside."""
    return words_of(2).map(lambda text: f"{prefix}{number}{text}".strip())


_RUNS = st.lists(
    st.fixed_dictionaries({"text": words_of(least=1)}, optional={"bold": st.just(True), "color": st.just("red")}),
    max_size=3,
)
_READABLE = st.sampled_from(["5", "1,000", "yes", "2025-01-02", "https://example.org", "a@example.org", "x ", " "])
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "rich_text": words_of() | _READABLE | _RUNS,
    "number": st.integers(-5, 5) | st.sampled_from([0.5, 1e10, ""]),
    "date": st.sampled_from(["", "2025-01-02", "2025-01-02 → 2025-02-03", "2025-01-02T10:30:00.000+02:00"]),
    "people": st.lists(st.sampled_from(PEOPLE), unique=True, max_size=2),
    "files": st.lists(st.sampled_from(["https://example.org/a", "https://example.org/b"]), unique=True),
    "checkbox": st.booleans(),
    "url": st.sampled_from(["", "https://example.org", "not quite"]),
    "email": st.sampled_from(["", "a@example.org", "nobody"]),
    "phone_number": st.sampled_from(["", "+49 30 123456"]),
    "place": st.sampled_from(["", {"lat": 52.5, "lon": 13.4, "name": "Berlin", "address": "here"}]),
}


def cell(column: Column, titles: Mapping[str, list[str]]) -> st.SearchStrategy[Any]:
    """A value as `tests.live` takes it."""
    match column.type:
        case "select" | "status":
            return st.sampled_from(column.options)
        case "multi_select":
            return st.lists(st.sampled_from(column.options), unique=True)
        case "relation":
            there = titles[column.to]
            return st.lists(st.sampled_from(there), unique=True, max_size=3) if there else st.just([])
    return _VALUES[column.type]


@st.composite
def tables(draw: st.DrawFn) -> list[Table]:
    """Two or three databases with all kinds of properties and a few rows."""
    made = [Table(title=draw(named("Base ", n))) for n in range(draw(st.integers(2, 3)))]
    counter = 0
    for table in made:
        for _ in range(draw(st.integers(1, 5))):
            counter += 1
            kind = draw(st.sampled_from([*PLAIN, *CHOICES, *CHOICES, "relation", *COMPUTED, *BY_HAND]))
            column = Column(name=draw(named("Col ", counter)), type=kind)
            if kind in CHOICES:
                column.options = [draw(named("opt ", n)).replace(",", "") for n in range(draw(st.integers(1, 4)))]
            if kind == "relation":
                column.to = draw(st.sampled_from(made)).title
                column.two_way = f"Back {counter}" if draw(st.booleans()) else ""
            if kind in ("unique_id", "verification") and any(c.type == kind for c in table.columns):
                continue
            table.columns.append(column)
        _computed(draw, table, counter)
    sizes = [draw(st.integers(0, 4)) for _ in made]
    titles = {t.title: [f"Row {n}" for n in range(size)] for t, size in zip(made, sizes, strict=True)}
    for table in made:
        for title in titles[table.title]:
            writable = [c for c in table.columns if c.type not in COMPUTED + READS + BY_HAND]
            chosen = [c for c in writable if draw(st.booleans())]
            row = {"Name": title, **{c.name: draw(cell(c, titles)) for c in chosen}}
            files = [c.name for c in table.columns if c.type == "files"]
            if files and draw(st.integers(0, 2)) == 0:
                row["$hosted"] = {files[0]: "scan.png"}
            if draw(st.integers(0, 3)) == 0:
                row["$content"] = [draw(words_of(least=1))]
            table.rows.append(row)
    return made


def _computed(draw: st.DrawFn, table: Table, number: int) -> None:
    """Perhaps a formula of some number, and a rollup over some relation."""
    numbers = [c.name for c in table.columns if c.type == "number"]
    relations = [c.name for c in table.columns if c.type == "relation"]
    if draw(st.booleans()) and numbers:
        table.columns.append(Column(name=f"Formula {number}", type="formula", reads=numbers[0]))
    if draw(st.booleans()) and relations:
        table.columns.append(Column(name=f"Rollup {number}", type="rollup", reads=relations[0]))


@st.composite
def worlds(draw: st.DrawFn, *, merges: bool = False) -> World:
    """A workspace with a desired state that renames, makes, folds, converts, corrects and drops, perhaps merges."""
    made = draw(tables())
    keys = {table.title: f"db-{n}" for n, table in enumerate(made)}
    state: dict[str, Any] = {"workspace": {"name": "World", "archive": "archive"}, "databases": {}}
    for number, table in enumerate(made):
        state["databases"][keys[table.title]] = draw(_database(table, number, keys, state))
    _mirrors(draw, made, keys, state)
    _rows(draw, made, keys, state)
    if merges:
        _merge(draw, made, keys, state)
    live = {"people": list(PEOPLE), "databases": {t.title: t.words for t in made}}
    return World(live=live, state=state)


@st.composite
def _database(
    draw: st.DrawFn, table: Table, number: int, keys: Mapping[str, str], state: dict[str, Any]
) -> dict[str, Any]:
    words: dict[str, Any] = {"was": [table.title]} if draw(st.booleans()) else {"title": table.title}
    if draw(st.booleans()):
        words["undeclared"] = "archive"
    if draw(st.booleans()):
        words["description"] = draw(words_of())
    fields: dict[str, Any] = {"Name": draw(st.sampled_from(["title", {"type": "title", "tidy": "trim"}]))}
    key = keys[table.title]
    for index, column in enumerate(table.columns):
        if column.type not in READS:
            _fate(draw, column, f"{number}-{index}", keys, key, fields, state)
    _extras(draw, table, number, keys, fields)
    if draw(st.integers(0, 5)) == 0:
        words["sensitive"] = True
    return {**words, "fields": fields}


def _fate(
    draw: st.DrawFn,
    column: Column,
    number: str,
    keys: Mapping[str, str],
    key: str,
    fields: dict[str, Any],
    state: dict[str, Any],
) -> None:
    """What becomes of one live property."""
    fate = draw(st.sampled_from(["keep", "keep", "rename", "rename", "undeclared", "drop", "retype", "absorbed"]))
    name = draw(named(f"f{number}", 0)) if fate == "rename" else column.name
    if fate == "drop":
        what = f"{key}.{json.dumps(column.name, ensure_ascii=False)}"
        state.setdefault("drops", {})[f"drop-{number}"] = {"what": what}
    elif fate == "absorbed" and column.type in (*PLAIN, "multi_select", "relation"):
        to = {"to": keys[column.to]} if column.type == "relation" else {}
        into = f"into {column.type} {keys.get(column.to, '')}".strip()
        fields.setdefault(into, {"type": column.type, "absorbs": [], **to})["absorbs"].append(column.name)
    elif fate == "retype" and column.type in CONVERTS:
        fields[name] = {"type": draw(st.sampled_from(CONVERTS[column.type]))}
    elif fate in ("keep", "rename"):
        fields[name] = draw(_field(column, keys, renamed=fate == "rename"))
        _correction(draw, column, name, fields[name], key, state)


def _extras(draw: st.DrawFn, table: Table, number: int, keys: Mapping[str, str], fields: dict[str, Any]) -> None:
    """Perhaps a new field, and a new relation with a link."""
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["rich_text", "number", "checkbox", "people", "date"]))
        fields[f"new {number}"] = kind
    if draw(st.booleans()):
        target = draw(st.sampled_from(list(keys.values())))
        fields[f"link {number}"] = {"type": "relation", "to": target}
        texts = [name for name, said in fields.items() if dict_type(said) == "rich_text"]
        if draw(st.booleans()) and texts:
            fields[f"link {number}"]["link"] = {"from": texts[0], "to": "Name"}


@st.composite
def _field(draw: st.DrawFn, column: Column, keys: Mapping[str, str], *, renamed: bool) -> dict[str, Any]:
    words: dict[str, Any] = {"type": column.type}
    if renamed:
        words["was"] = [column.name]
    if draw(st.integers(0, 3)) == 0:
        words["description"] = draw(words_of())
    if column.type == "relation":
        words["to"] = keys[column.to]
    if column.type == "rich_text" and draw(st.booleans()):
        words["tidy"] = "trim"
    if column.type in CHOICES and draw(st.booleans()):
        words["options"] = draw(_options(column))
    return words


@st.composite
def _options(draw: st.DrawFn, column: Column) -> list[dict[str, Any]]:
    """Some live options kept, in another order, some folded into them or into new ones."""
    kept = draw(st.lists(st.sampled_from(column.options), unique=True, max_size=3))
    listed: list[dict[str, Any]] = [{"name": name} for name in kept]
    if draw(st.booleans()) or not listed:
        listed.insert(0, {"name": "fresh option"})
    rest = [name for name in column.options if name not in kept]
    folded = draw(st.lists(st.sampled_from(rest), unique=True)) if rest else []
    if folded:
        draw(st.sampled_from(listed))["was"] = folded
    return listed


def dict_type(said: Any) -> str:
    """The type of a declared field."""
    return str(said["type"]) if isinstance(said, dict) and "type" in said else str(said)


def _mirrors(draw: st.DrawFn, made: list[Table], keys: Mapping[str, str], state: dict[str, Any]) -> None:
    """Some of the declared relations are declared two-way, under the mirror's name or a new one."""
    for table in made:
        fields = state["databases"][keys[table.title]]["fields"]
        for column in (c for c in table.columns if c.type == "relation" and c.two_way):
            name = next(
                (n for n, f in fields.items() if isinstance(f, dict) and column.name in (n, *f.get("was", ()))), ""
            )
            if not name or not draw(st.booleans()):
                continue
            mirror = draw(st.sampled_from([column.two_way, f"{column.two_way} anew"]))
            fields[name]["two_way"] = mirror
            there = {"mirror_of": f"{keys[table.title]}.{json.dumps(name, ensure_ascii=False)}"}
            state["databases"][keys[column.to]]["fields"][mirror] = there


def _rows(draw: st.DrawFn, made: list[Table], keys: Mapping[str, str], state: dict[str, Any]) -> None:
    """Perhaps rows that must be there, and checks that record what they find."""
    for number, table in enumerate(made):
        key = keys[table.title]
        if draw(st.integers(0, 2)) == 0:
            fields = state["databases"][key]["fields"]
            texts = [n for n, f in fields.items() if dict_type(f) in ("rich_text", "number") and "absorbs" not in f]
            row = draw(st.sampled_from(["Row 0", "Brand new"]))
            wanted = {name: "5" if dict_type(fields[name]) == "rich_text" else 5 for name in texts[:1]}
            if wanted and not any(key in rule["in"] for rule in state.get("corrections", {}).values()):
                state.setdefault("rows", {})[f"row-{number}"] = {"in": key, "key": row, "set": wanted}
        if draw(st.integers(0, 2)) == 0:
            check = {"in": key, "rows": {"glob": "Row [12]"}, "expect": 0, "severity": "warn", "record": "Odd"}
            state.setdefault("checks", {})[f"check-{number}"] = check


def _correction(
    draw: st.DrawFn, column: Column, name: str, words: dict[str, Any], key: str, state: dict[str, Any]
) -> None:
    """Perhaps a correction that sets the field, in rows of some name."""
    if draw(st.integers(0, 2)):
        return
    options = [o["name"] for o in words.get("options", ())] or column.options
    values: dict[str, Any] = {
        "rich_text": "set by rule",
        "number": 42,
        "checkbox": True,
        "date": dt.date(2030, 1, 2),
        "people": ["ada@example.org"],
        "url": "https://set.example.org",
        "select": options[0] if options else "",
        "multi_select": options[:2],
    }
    if column.type in values:
        rules = state.setdefault("corrections", {})
        rules[f"rule-{len(rules)}"] = {
            "in": [key],
            "rows": draw(st.sampled_from([{"glob": "Row *"}, "Row 1", {"glob": "*[02]"}, "nothing"])),
            "set": {name: values[column.type]},
            "mode": draw(st.sampled_from(["once", "enforce"])),
        }


def _merge(draw: st.DrawFn, made: list[Table], keys: Mapping[str, str], state: dict[str, Any]) -> None:
    """The last database joins the first, if nothing else speaks of it."""
    source = made[-1]
    key = keys[source.title]
    declared = [(k, f) for k, d in state["databases"].items() for f in d["fields"].values() if isinstance(f, dict)]
    if any(f.get("to") == key or key in f.get("mirror_of", "") for k, f in declared if k != key):
        return
    if any("mirror_of" in f or "two_way" in f for k, f in declared if k == key):
        return
    if any(f.get("mirror_of", "").startswith(f"{key}.") for _, f in declared):
        return
    state["databases"].pop(key)
    for kind in ("drops", "corrections", "rows", "checks"):
        for name, rule in list(state.get(kind, {}).items()):
            named_here = (
                rule.get("in") == key or key in rule.get("in", ()) or rule.get("what", "").startswith(f"{key}.")
            )
            if named_here:
                del state[kind][name]
    how: dict[str, Any] = {"match": "Name", "prefer": "source"} if draw(st.integers(0, 1)) else {}
    then = draw(st.sampled_from(["mark", "trash", "keep"]))
    state["merges"] = {"last": {"from": {"title": source.title}, "into": keys[made[0].title], "then": then, **how}}


def toml(words: Mapping[str, Any]) -> str:
    """TOML of plain words, with inline tables below the second level."""
    lines = []
    for table, body in words.items():
        if table == "workspace":
            lines.append(f"[workspace]\n{_pairs(body)}")
            continue
        for name, rule in body.items():
            fields = rule.get("fields") if table == "databases" else None
            lines.append(f"[{table}.{_key(name)}]\n{_pairs({w: v for w, v in rule.items() if w != 'fields'})}")
            if fields is not None:
                lines.append(f"[{table}.{_key(name)}.fields]\n{_pairs(fields)}")
    return "\n".join(lines)


def _pairs(body: Mapping[str, Any]) -> str:
    return "".join(f"{_key(word)} = {_value(value)}\n" for word, value in body.items())


def _key(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _key(value)
        case int() | float():
            return repr(value)
        case dt.date():
            return value.isoformat()
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case dict():
            return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    raise TypeError(type(value))
