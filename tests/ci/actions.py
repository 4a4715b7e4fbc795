"""As much of GitHub Actions as ``action.yml`` needs: expressions, composite steps run with bash, workflow commands.

What cannot be had here is the service behind ``gh``: `tests.ci.github` stands in for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|[(),!]|[A-Za-z_][\w.-]*|\d+)")
_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""What ``shell: bash`` means."""


def read(text: str) -> Any:
    """YAML 1.2, as plain data."""
    return YAML(typ="safe", pure=True).load(text)


def action() -> Any:
    """The action of this repository."""
    return read((ROOT / "action.yml").read_text(encoding="utf-8"))


class _Expression:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/expressions, the part that is used."""

    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self._words = _TOKEN.findall(text)
        assert not _TOKEN.sub("", text).strip(), f"not understood: {text}"
        self._contexts = contexts

    def value(self) -> Any:
        found = self._either()
        assert not self._words
        return found

    def _taken(self, *words: str) -> bool:
        if self._words and self._words[0] in words:
            del self._words[0]
            return True
        return False

    def _either(self) -> Any:
        found = self._both()
        while self._taken("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._same()
        while self._taken("&&"):
            other = self._same()
            found = found and other
        return found

    def _same(self) -> Any:
        found = self._one()
        if self._taken("=="):
            return found == self._one()
        if self._taken("!="):
            return found != self._one()
        return found

    def _one(self) -> Any:
        if self._taken("("):
            found = self._either()
            assert self._taken(")")
            return found
        if self._taken("!"):
            return not self._one()
        word = self._words.pop(0)
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word in ("true", "false"):
            return word == "true"
        if word == "contains":
            assert self._taken("(")
            whole = self._either()
            assert self._taken(",")
            part = self._either()
            assert self._taken(")")
            return part in whole
        told: Any = self._contexts
        for name in word.split("."):
            told = told.get(name, "") if isinstance(told, Mapping) else ""
        return told


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    """The text with each ``${{ … }}`` in it worked out."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(_Expression(found[1].strip(), contexts).value()), text)


def holds(condition: str, contexts: Mapping[str, Any]) -> bool:
    """Whether an ``if:`` is true."""
    return bool(_Expression(condition.removeprefix("${{").removesuffix("}}").strip(), contexts).value())


@dataclass
class Run:
    """What a step with this action came to."""

    failed: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    artifacts: dict[str, dict[str, str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """A job's checkout, variables and event."""

    checkout: Path
    temporary: Path
    variables: Mapping[str, str]
    github: Mapping[str, Any]

    def uses(self, **inputs: str) -> Run:
        """Runs the action, step by step; after a failure only what is to run all the same."""
        said = action()
        assert set(inputs) <= set(said["inputs"])
        defaults = {name: filled(str(of.get("default", "")), self._contexts()) for name, of in said["inputs"].items()}
        given = {**defaults, **inputs}
        run = Run()
        steps: dict[str, Any] = {}
        for step in said["runs"]["steps"]:
            contexts = {**self._contexts(), "inputs": given, "steps": steps}
            if run.failed or not holds(step.get("if", "true"), contexts):
                continue
            if "uses" in step:
                self._kept({name: filled(str(value), contexts) for name, value in step["with"].items()}, run)
                continue
            env = {name: filled(value, contexts) for name, value in step.get("env", {}).items()}
            outputs = self._step(step["run"], env, run)
            if "id" in step:
                steps[step["id"]] = {"outputs": outputs}
        contexts = {**self._contexts(), "inputs": given, "steps": steps}
        run.outputs = {name: filled(of["value"], contexts) for name, of in said["outputs"].items()}
        return run

    def _contexts(self) -> dict[str, Any]:
        return {"github": {"token": "ghs_job", **self.github}, "env": self.variables}

    def _step(self, script: str, env: Mapping[str, str], run: Run) -> dict[str, str]:
        assert "${{" not in script, "what comes from outside comes in variables"
        files = {
            name: self.temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")
        }
        for file in files.values():
            file.write_text("", encoding="utf-8")
        given = {name: str(file) for name, file in files.items()}
        ran = subprocess.run(
            [*_BASH, "-c", script],
            cwd=self.checkout,
            env={**self.variables, **given, **env, "RUNNER_TEMP": str(self.temporary), "GITHUB_ACTION_PATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        run.failed = ran.returncode != 0
        run.log += ran.stdout
        run.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        run.scripts.append(script)
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _kept(self, given: Mapping[str, str], run: Run) -> None:
        found = {path.name: path.read_text(encoding="utf-8") for path in Path(given["path"]).iterdir()}
        assert found, "if-no-files-found: error"
        run.artifacts[given["name"]] = found


def commands(log: str) -> Iterator[str]:
    """The workflow commands that the runner takes from a log: blanks before ``::`` are nothing to it, and ``##[``
    counts anywhere in a line; between stop-commands and its word it takes none."""
    resume = ""
    for line in log.splitlines():
        text = line.strip()
        if resume:
            resume = "" if text == f"::{resume}::" else resume
        elif text.startswith("::stop-commands::"):
            resume = text.removeprefix("::stop-commands::")
        elif re.match(r"::[a-z-]+( .*)?::", text) or "##[" in text:
            yield text


def variables(temporary: Path, programs: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The variables of a job on GitHub's runner, as far as the steps need them; nothing of this machine's."""
    found = [shutil.which(name) for name in ("git", "jq", "bash", "od")]
    return {
        "PATH": os.pathsep.join([str(programs), *(str(Path(path).parent) for path in found if path)]),
        "HOME": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "team/workspace",
        "GITHUB_RUN_ID": "77",
        "GITHUB_WORKFLOW_REF": "team/workspace/.github/workflows/wtstate.yml@refs/heads/main",
        **extra,
    }
