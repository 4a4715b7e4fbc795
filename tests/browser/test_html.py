"""The HTML plan in a real browser: it runs under its own policy, is readable on a phone and usable by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.planning.picture import Arrow, Edge, Node, Picture
from reconciler.render.html import plan_html
from tests.browser.chromium import AXE, DESKTOP, PHONE, PROGRAM, ask
from tests.render.hostile import HOSTILE
from tests.render.plans import hostile, whole

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")

PICTURE = Picture(
    nodes=(
        Node("phases", "WT Phases", "phases"),
        Node("projects", "projects", "projects"),
        Node("tasks", None, "tasks"),
    ),
    edges=(
        Edge(Arrow("phases", "WT Projects", "projects"), Arrow("phases", "project", "projects", "phases")),
        Edge(None, Arrow("tasks", "phase", "phases")),
        Edge(Arrow("projects", "parent", "projects"), None),
    ),
)
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(scope="module")
def page() -> str:
    return plan_html(replace(whole(), picture=PICTURE))


UNREADABLE = """
const luminance = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const [r, g, b, a] = parse(getComputedStyle(e).backgroundColor);
    if (a === undefined || a > 0) return [r, g, b];
  }
  return [255, 255, 255];
};
for (const each of document.querySelectorAll("details")) each.open = true;
const poor = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || element.closest("svg, script, style, option") || !element.checkVisibility()) continue;
  const [l1, l2] = [luminance(parse(getComputedStyle(element).color).slice(0, 3)), luminance(behind(element))];
  const ratio = (Math.max(l1, l2) + 0.05) / (Math.min(l1, l2) + 0.05);
  if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 40), ratio]);
}
return poor;
"""


@SCHEMES
def test_every_text_stands_out_from_what_is_behind_it(page: str, dark: bool, tmp_path: Path) -> None:
    assert ask(page, UNREADABLE, tmp_path, dark=dark) == []


@SCHEMES
def test_it_follows_the_scheme_of_the_system(page: str, dark: bool, tmp_path: Path) -> None:
    colour = ask(page, "return getComputedStyle(document.body).backgroundColor", tmp_path, dark=dark)
    assert colour == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")


@WIDTHS
def test_nothing_sticks_out_at_the_side(page: str, width: int, tmp_path: Path) -> None:
    opened = "for (const each of document.querySelectorAll('details')) each.open = true;"
    wide = "return [innerWidth, document.documentElement.scrollWidth]"
    inner, needed = ask(page, opened + wide, tmp_path, width=width)
    assert inner == width
    assert needed <= inner


STRUCTURE = """
const name = (e) => e.getAttribute("aria-label") || (e.labels && [...e.labels].map((l) => l.textContent).join())
  || e.textContent.trim();
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map((e) => Number(e.tagName[1]));
return {
  nameless: [...document.querySelectorAll("select,input,button,[tabindex='0'],summary,svg")]
    .filter((e) => !name(e)).length,
  twice: ids.filter((id, i) => ids.indexOf(id) !== i),
  jumps: levels.filter((level, i) => i && level > levels[i - 1] + 1),
  language: document.documentElement.lang,
  landmarks: ["header", "main", "footer"].filter((l) => document.querySelectorAll(`body > ${l}`).length !== 1),
  headless: [...document.querySelectorAll("table")].filter((t) => !t.querySelector("thead th[scope=col]")).length,
};
"""


def test_a_screen_reader_finds_its_way(page: str, tmp_path: Path) -> None:
    expected = {"nameless": 0, "twice": [], "jumps": [], "language": "en", "landmarks": [], "headless": 0}
    assert ask(page, STRUCTURE, tmp_path) == expected


@SCHEMES
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed here")
def test_an_accessibility_checker_finds_nothing(page: str, dark: bool, tmp_path: Path) -> None:
    question = """
    for (const each of document.querySelectorAll("details")) each.open = true;
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map((v) => [v.id, v.impact, v.nodes.map((n) => n.html)]);
    """
    assert ask(page, question, tmp_path, dark=dark, library=AXE.read_text(encoding="utf-8")) == []


FILTERED = """
const at = (id) => document.getElementById(id);
const shown = () => [...document.querySelectorAll(".action")].filter((e) => e.checkVisibility()).length;
const told = [shown()];
const set = (id, value) => { at(id).value = value; at(id).dispatchEvent(new Event("input", { bubbles: true })); };
set("verb", "create"); told.push(shown(), at("shown").textContent);
set("database", "1"); told.push(shown());
at("filter").reset(); await new Promise((done) => setTimeout(done, 50)); told.push(shown());
set("text", "MANUAL CLEANUP"); told.push(shown());
at("filter").reset(); await new Promise((done) => setTimeout(done, 50));
at("close").click(); told.push(document.querySelectorAll(".action[open]").length);
at("open").click(); told.push(document.querySelectorAll(".action[open]").length);
return told;
"""


def test_changes_are_filtered_by_database_kind_and_text(page: str, tmp_path: Path) -> None:
    assert ask(page, FILTERED, tmp_path) == [7, 2, "2 of 7 changes", 1, 7, 1, 0, 7]


def test_everything_is_reached_by_keyboard(page: str, tmp_path: Path) -> None:
    question = """
    const wanted = document.querySelectorAll("a[href], select, input, button, summary, .scroll");
    return [...wanted].filter((e) => { e.focus(); return e.checkVisibility() && document.activeElement !== e; })
      .map((e) => e.outerHTML);
    """
    assert ask(page, question, tmp_path) == []


def test_it_asks_nobody_for_anything(page: str, tmp_path: Path) -> None:
    """Neither by itself nor when something in it tries to: the policy forbids it."""
    question = """
    const asked = performance.getEntriesByType("resource").length;
    const blocked = [];
    document.addEventListener("securitypolicyviolation", (e) => blocked.push(e.effectiveDirective));
    const image = new Image(); image.src = "http://127.0.0.1:9/x.png";
    await fetch("http://127.0.0.1:9/").catch(() => 0);
    const inline = document.createElement("script"); inline.textContent = "window.ran = true";
    document.body.append(inline, image);
    await new Promise((done) => setTimeout(done, 200));
    return [asked, [...new Set(blocked)].sort(), window.ran === undefined];
    """
    assert ask(page, question, tmp_path) == [0, ["connect-src", "img-src", "script-src-elem"], True]


def test_hostile_titles_stay_text(tmp_path: Path) -> None:
    """200 titles in every place that a plan has: nothing runs, nothing is made of them, all can be read."""
    question = """
    const made = "iframe,object,embed,img,a:not(.skip),form:not(#filter),style:not(head style),base,link,math,video";
    const foreign = [...document.querySelectorAll("*")].filter((e) =>
      [...e.attributes].some((a) => a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value)));
    return [document.querySelectorAll(made).length, foreign.length, typeof window.pwned,
      document.querySelectorAll(".action").length, document.querySelectorAll("script").length];
    """
    told = ask(plan_html(hostile(HOSTILE)), question, tmp_path)
    assert told == [0, 0, "undefined", len(HOSTILE), 2]
