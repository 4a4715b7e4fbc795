"""The findings page has one section for each code that the program can say, and none for a code that is gone.

Codes are read out of the sources: the constants in desired/codes.py, ``code=`` of a `Finding`, and the first argument
of every function whose own first parameter is ``code``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.desired import codes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "findings.md"


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    """The sources, without the twin: what it answers is Notion's to name."""
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        if path.relative_to(ROOT / "reconciler").parts[0] != "twin":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@dataclass(frozen=True)
class Speaker:
    """A function that takes a code first: its module, its name, what it puts before the code."""

    module: Path
    name: str
    before: str = ""

    def called(self, call: ast.Call, module: Path) -> bool:
        """Whether the call is one of this function, and not of another one of its name."""
        match call.func:
            case ast.Name(id=self.name):
                return module == self.module or not self.name.startswith("_")
            case ast.Attribute(value=ast.Name(id=holder), attr=self.name):
                modules = (self.module.stem, self.module.parent.name)
                return holder in modules or (holder == "self" and module == self.module)
        return False


def _speakers(path: Path, tree: ast.Module) -> Iterator[Speaker]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        parameters = [p.arg for p in node.args.args if p.arg != "self"]
        if parameters[:1] == ["code"]:
            built = [k.value for call in _calls(node) for k in call.keywords if k.arg == "code"]
            yield Speaker(path, node.name, next((_beginning(b) for b in built if isinstance(b, ast.JoinedStr)), ""))


def _beginning(template: ast.JoinedStr) -> str:
    start = template.values[0]
    return str(start.value) if isinstance(start, ast.Constant) else ""


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _built(template: ast.JoinedStr, tree: ast.Module) -> Iterator[str]:
    """The codes of ``f"link-{what}"``: every text under which the module gathers what it tells."""
    gathered = [call.args[0] for call in _calls(tree) if _name(call.func) == "setdefault"]
    for text in (n.value for first in gathered for n in ast.walk(first) if isinstance(n, ast.Constant)):
        yield _beginning(template) + str(text).replace(" ", "-")


def _codes() -> tuple[set[str], list[str]]:
    """Every code, and the places whose code cannot be told."""
    modules = list(_modules())
    finding = Speaker(ROOT / "reconciler" / "model" / "finding.py", "Finding")
    speakers = [finding, *(one for path, tree in modules for one in _speakers(path, tree))]
    found, untold = set(codes.ALL), []
    for path, tree in modules:
        for call in _calls(tree):
            speaker = next((s for s in speakers if s.called(call, path)), None)
            named = [k.value for k in call.keywords if k.arg == "code"]
            if speaker is None or not (named or call.args):
                continue
            match named[0] if named else call.args[0]:
                case ast.Attribute(value=ast.Name(id="codes" | "found")) | ast.Name(id="code" | "kind"):
                    continue  # a constant of codes.py, or handed on from a call that is looked at itself
                case ast.Constant(value=str(code)):
                    found.add(speaker.before + code)
                case ast.JoinedStr() as template if any(_beginning(template) == s.before for s in speakers):
                    continue  # a speaker's own
                case ast.JoinedStr() as template:
                    found.update(_built(template, tree))
                case said:
                    untold.append(f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(said)}")
    return found, untold


def _sections() -> dict[str, str]:
    """The text of each section by its code."""
    parts = re.split(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {code: text.split("\n## ")[0].strip() for code, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_code_in_the_sources_can_be_told() -> None:
    found, untold = _codes()
    assert untold == []
    assert {"not-toml", "both-live", "manual-color", "plan-edited", "link-match-no-row", "no-target"} <= found


def test_every_code_has_a_section() -> None:
    found, _ = _codes()
    assert sorted(found - _sections().keys()) == []


def test_every_section_is_of_a_code() -> None:
    found, _ = _codes()
    assert sorted(_sections().keys() - found) == []


def test_no_code_has_two_sections_and_each_says_what_to_do() -> None:
    headings = re.findall(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(headings) == sorted(set(headings))
    assert [code for code, text in _sections().items() if "**Do:**" not in text] == []
