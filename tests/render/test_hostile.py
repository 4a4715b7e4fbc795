"""200 hostile titles through every form, read back by a real parser: nothing of them is more than text."""

from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.cli.formats import Format, Showing, plan_forms
from reconciler.model.finding import Location
from reconciler.observe.drift.report import Drifted, DriftReport, Side
from reconciler.planning.document import document
from reconciler.render.drift import drift_text
from reconciler.render.drift_forms import drift_github, drift_markdown
from reconciler.render.escape import visible
from reconciler.twin import open_twin
from tests.live import Live
from tests.render.hostile import HOSTILE
from tests.render.plans import hostile
from tests.render.test_github import obeyed
from tests.render.test_markdown import harmless

TAME = tuple(f"title {number}" for number in range(200))
SHOWN = [title for title in HOSTILE if title.strip() and len(title) <= 60]


class Read(HTMLParser):
    """What a page is made of: tags with their attributes, what styles and scripts say, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[tuple[str, tuple[str, ...]]] = set()
        self.code: list[str] = []
        self.words: list[str] = []
        self.other: list[str] = []
        self.addresses: set[str] = set()
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "action", "style")}
        self._inside = tag if tag in ("style", "script") else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        (self.code if self._inside else self.words).append(data)

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)


def page_of(titles: tuple[str, ...]) -> Read:
    return Read(plan_forms(hostile(titles), Showing()).rendered(Format.HTML))


def test_a_page_is_made_of_the_same_parts_whatever_titles_say() -> None:
    evil, tame = page_of(HOSTILE), page_of(TAME)
    assert evil.tags <= tame.tags
    assert evil.code == tame.code, "no style and no script but ours"
    assert evil.other == tame.other == []
    assert {address for address in evil.addresses if not address.startswith("#")} == set()
    words = "\n".join(evil.words)
    assert [title for title in SHOWN if visible(title) not in words] == []


def test_json_gives_back_every_title_as_it_was() -> None:
    text = plan_forms(hostile(HOSTILE), Showing()).rendered(Format.JSON)
    assert text.isascii()
    found = json.loads(text)
    assert found == document(hostile(HOSTILE))
    assert {action["old"] for action in found["actions"]} == set(HOSTILE)


def test_text_has_no_character_that_acts() -> None:
    text = plan_forms(hostile(HOSTILE), Showing()).rendered(Format.TEXT)
    assert [line for line in text.split("\n") if visible(line) != line] == []
    text.encode("utf-8")


def _drift(titles: tuple[str, ...]) -> DriftReport:
    sides = list(Side)
    return DriftReport(
        workspace=titles[0],
        items=tuple(
            Drifted(
                address=title,
                side=sides[number % len(sides)],
                word=title,
                was=title,
                now=title,
                declared=title,
                next=f"wtstate accept {title}",
                row=title,
                edited_by=title,
                edited_at="2026-01-02T03:04:05Z",
                where=Location(title or "state/x.toml", 1, 1),
            )
            for number, title in enumerate(titles)
        ),
        batch=titles[1],
        applied="2026-01-02T03:04:05Z",
        unknown=titles[:20],
    )


def test_a_drift_is_harmless_in_every_form() -> None:
    report = _drift(HOSTILE)
    for limit in (10**9, 20_000):
        harmless(drift_markdown(report, limit=limit))
    told = obeyed(drift_github(report))
    assert told
    assert [line for line in told if not line.startswith(("::warning title=", "::notice title="))] == []
    text = drift_text(report).plain
    assert [line for line in text.split("\n") if visible(line) != line] == []


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose twin holds 40 databases, 60 fields and options, and 200 rows of hostile names."""
    monkeypatch.chdir(tmp_path)
    named = list(dict.fromkeys(title.strip().casefold() for title in HOSTILE if title.strip() and len(title) < 90))
    options = [title for title in named if "," not in title][:60]
    fields = dict.fromkeys(named[:60], "rich_text")
    main = {"Name!": "title", "Choice!": {"type": "select", "options": options}, **fields}
    others = enumerate(named[::4][:40])
    databases = {f"d{number}": {"title": title, "properties": {"Name": "title"}} for number, title in others}
    rows = [{"Name!": title, "Choice!": options[number % len(options)]} for number, title in enumerate(HOSTILE)]
    (tmp_path / ".wtstate").mkdir()
    with open_twin(tmp_path / ".wtstate/twin.sqlite") as twin:
        Live(twin).load({"databases": {"Main": {"properties": main, "rows": rows}, **databases}})
    return tmp_path


def test_a_hostile_workspace_is_pulled_planned_and_drawn(loaded: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = '\n[corrections.all]\nin = "main"\nrows = { glob = "[<@`:]*" }\nset = { "Choice!" = "" }\n'
    assert run(["init", "--all"]) == 0
    Path("state/all.toml").write_text(said, encoding="utf-8")
    forms = ["html=p.html", "markdown=p.md", "json=p.json", "github=p.log"]
    flags = ["--limit-rows", "300"]
    assert run(["plan", *(word for form in forms for word in ("--format", form)), *flags]) == 0
    for form in ("mermaid", "dot", "svg"):
        assert run(["graph", "--format", form]) == 0
    assert run(["suggest"]) == 0
    told = "".join(capfd.readouterr())
    lines = [line for line in told.split("\n") if visible(line) != line]
    assert lines == []
    (action,) = json.loads(Path("p.json").read_text("utf-8"))["actions"]
    assert len(action["rows"]) > 10
    harmless(Path("p.md").read_text("utf-8"))
    assert len(obeyed(Path("p.log").read_text("utf-8"))) == 1
    tame = page_of(TAME)
    evil = Read(Path("p.html").read_text("utf-8"))
    assert {tag for tag, _ in evil.tags} <= {tag for tag, _ in tame.tags}
    assert evil.other == []
    assert len(os.listdir("state")) == 44
