"""What a newcomer is told is what is tested, and the reference names every command and option there is."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import typer

from reconciler.cli.app import build

ROOT = Path(__file__).parents[1]


def _blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_first_block_runs_the_demo_and_the_second_the_tests() -> None:
    first, second = _blocks()
    assert first.splitlines()[-1].endswith("wtstate demo")
    assert "pytest" in second.splitlines()[-1]
    assert first.splitlines()[:-1] == second.splitlines()[:-1]


def test_ci_runs_the_second_block_word_for_word(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    for line, code in (("true", 0), ("false", 1)):
        readme = f"```sh\nfalse\n```\n```toml\nfalse = 1\n```\n```sh\n{line}\necho 'done'\n```\n```sh\nfalse\n```\n"
        (tmp_path / "README.md").write_text(readme, encoding="utf-8")
        ran = subprocess.run([tmp_path / ".ci/run"], capture_output=True, text=True, check=False)
        assert ran.returncode == code
        assert ran.stdout.startswith(f"{line}\necho 'done'\n")
        assert ran.stdout.endswith("\ndone\n") == (code == 0)


def test_links_in_the_documentation_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def _options(command: object, path: str) -> Iterator[tuple[str, str]]:
    for parameter in getattr(command, "params", ()):
        for name in parameter.opts:
            if name.startswith("-") and name not in {"--help", "--version"}:
                yield path, name
    for name, child in getattr(command, "commands", {}).items():
        yield from _options(child, f"{path} {name}".strip())


def test_the_reference_names_every_command_and_option() -> None:
    reference = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    missing = [
        f"{command} {option}"
        for command, option in _options(typer.main.get_command(build()), "")
        if f"`{option}" not in reference or f"wtstate {command}".split()[-1] not in reference
    ]
    assert missing == []


def test_toml_in_the_documentation_is_toml() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    pattern = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    blocks = [block for page in pages for block in pattern.findall(page.read_text("utf-8"))]
    assert blocks
    for block in blocks:
        tomllib.loads(block)
