"""A stand-in for GitHub's ``gh``: it keeps pull requests, comments, issues, runs and artifacts in one JSON file.

It takes the calls that ``action.yml`` makes and refuses every other; each call is kept, to be looked at.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

BOT = {"login": "github-actions[bot]", "type": "Bot"}
EMPTY: dict[str, Any] = {"calls": [], "comments": [], "issues": [], "pulls": {}, "runs": {}, "artifacts": {}, "next": 1}


def _options(words: list[str]) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Positional words, options, fields."""
    plain: list[str] = []
    options: dict[str, str] = {}
    fields: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if word in ("--silent", "--paginate"):
            options[word] = "yes"
        elif word in ("--field", "--raw-field"):
            name, _, value = left.pop(0).partition("=")
            read = word == "--field" and value.startswith("@")
            fields[name] = Path(value[1:]).read_text(encoding="utf-8") if read else value
        elif word.startswith("--"):
            options[word] = left.pop(0)
        else:
            plain.append(word)
    return plain, options, fields


def _pages(found: list[Any]) -> str:
    """As ``--paginate`` prints them: one array a page."""
    pages = [found[start : start + 2] for start in range(0, len(found), 2)] or [[]]
    return "".join(json.dumps(page) for page in pages)


def _made(kept: dict[str, Any], kind: str, fields: dict[str, str], **more: Any) -> str:
    assert len(fields["body"]) <= 65_536, "GitHub refuses a longer body"
    number = kept["next"]
    kept["next"] += 1
    kept[kind].append({"id": number, "number": number, "user": BOT, **more, **fields})
    return ""


def _changed(kept: dict[str, Any], kind: str, number: str, fields: dict[str, str]) -> str:
    assert len(fields["body"]) <= 65_536, "GitHub refuses a longer body"
    (one,) = [each for each in kept[kind] if str(each["id"]) == number]
    one.update(fields)
    return ""


def _api(kept: dict[str, Any], path: str, method: str, fields: dict[str, str]) -> str:
    where, _, query = path.partition("?")
    match [method, *where.split("/")[3:]]:
        case ["GET", "issues", number, "comments"]:
            return _pages([each for each in kept["comments"] if each["issue"] == number])
        case ["POST", "issues", number, "comments"]:
            return _made(kept, "comments", fields, issue=number)
        case ["PATCH", "issues", "comments", number]:
            return _changed(kept, "comments", number, fields)
        case ["GET", "issues"]:
            assert "state=open" in query
            return _pages([each for each in kept["issues"] if each["state"] == "open"])
        case ["POST", "issues"]:
            return _made(kept, "issues", fields, state="open")
        case ["PATCH", "issues", number]:
            return _changed(kept, "issues", number, fields)
        case ["GET", "commits", commit, "pulls"]:
            return json.dumps(kept["pulls"].get(commit, []))
        case ["GET", "actions", "workflows", "wtstate.yml", "runs"]:
            asked = dict(part.split("=", 1) for part in query.split("&"))
            assert (asked["event"], asked["status"]) == ("pull_request", "success")
            return json.dumps({"workflow_runs": [{"id": run} for run in kept["runs"].get(asked["head_sha"], [])]})
    raise SystemExit(f"gh: no such call: {method} {path}")


def _download(kept: dict[str, Any], run: str, options: dict[str, str]) -> None:
    found = kept["artifacts"].get(run, {}).get(options["--name"])
    if found is None:
        raise SystemExit("no artifact matches any of the names or patterns provided")
    to = Path(options["--dir"])
    to.mkdir(parents=True)
    for name, text in found.items():
        (to / name).write_text(text, encoding="utf-8")


def main() -> None:
    file = Path(os.environ["GH_STATE"])
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert os.environ["GH_TOKEN"] == "ghs_job"
    kept["calls"].append(sys.argv[1:])
    plain, options, fields = _options(sys.argv[1:])
    if plain[0] == "api":
        told = _api(kept, plain[1], options.get("--method", "GET"), fields)
        sys.stdout.write("" if "--silent" in options else told)
    elif plain[:2] == ["run", "download"]:
        _download(kept, plain[2], options)
    else:
        raise SystemExit(f"gh: no such call: {plain}")
    file.write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
