"""The token is looked for in everything that a migration writes: files, output, errors, at the most talkative."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.demo import export_path, state_path
from tests.cli.running import ENTRY, Ran, environment, wtstate
from tests.torture.tally import Tally

COMMANDS = (
    ("validate",), ("plan",), ("plan", "--json", "--out", "plan.json"), ("apply", "plan.json", "--yes"), ("verify",),
    ("apply", "--yes"), ("usages", "state"), ("pull", "--state", "pulled"), ("backup", "all.backup"), ("history",),
    ("archive", "list"), ("doctor",),
)  # fmt: skip
"""A migration from end to end; what a version does not have ends with a usage error, which is searched as well."""


@contextmanager
def served(directory: Path, *flags: str) -> Iterator[dict[str, str]]:
    """A twin with the demo's workspace over HTTP; the environment that leads to it as if it were Notion."""
    directory.mkdir(parents=True, exist_ok=True)
    loaded = wtstate("twin", "load", str(export_path()), cwd=directory)
    if loaded.code:
        raise RuntimeError(loaded.err)
    command = [sys.executable, "-c", ENTRY, "twin", "serve", "--port", "0", "--json", *flags]
    process = subprocess.Popen(command, cwd=directory, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the twin says nothing")
        ready = json.loads(process.stdout.readline())
        yield {
            "NOTION_TOKEN": ready["token"],
            "NOTION_BASE_URL": ready["base_url"],
            "NOTION_WT_PARENT_PAGE_ID": ready["root_page_id"],
        }
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


SOME = (("plan", "--json", "--out", "plan.json"), ("backup", "all.backup"))
"""A sample, for the suite."""


def attack(directory: Path, *, commands: tuple[tuple[str, ...], ...] = COMMANDS) -> Tally:
    """Runs the commands with the token of a served twin and searches what is there afterwards."""
    tally = Tally("private")
    with served(directory / "notion") as env:
        work = directory / "work"
        shutil.copytree(state_path(), work / "state")
        workspace = work / "state" / "workspace.toml"
        paced = workspace.read_text(encoding="utf-8")
        workspace.write_text(paced.replace('"180/60s"', '"9000/60s"'), encoding="utf-8")
        said: list[tuple[str, Ran]] = []
        for command in commands:
            said.append((" ".join(command), wtstate(*command, cwd=work, env={**env, "WTSTATE_DEBUG": "1"})))
        wrong = {**env, "WTSTATE_DEBUG": "1", "NOTION_TOKEN": env["NOTION_TOKEN"][::-1]}
        said.append(("a refused token", wtstate("plan", cwd=work, env=wrong)))
        secrets = (env["NOTION_TOKEN"], env["NOTION_TOKEN"][::-1])
    for name, ran in said:
        tally.tried += 1
        tally.figures[f"exit {ran.code}"] += 1
        if any(secret in ran.out + ran.err for secret in secrets):
            tally.fail(f"the token is in the output of {name}")
        if "Traceback" in ran.out + ran.err or "internal error" in ran.err:
            tally.fail(f"{name}: {ran.err[-300:]}")
    for path in sorted(p for p in work.rglob("*") if p.is_file()):
        tally.tried += 1
        tally.figures["files searched"] += 1
        content = path.read_bytes()
        if any(secret.encode() in content for secret in secrets):
            tally.fail(f"the token is in {path.relative_to(work)}")
        if ".wtstate" in path.parts and path.stat().st_mode & 0o077:
            tally.fail(f"others can read {path.relative_to(work)}")
    return tally
