"""Which files git would not look at: the rules of ``.gitignore`` files (https://git-scm.com/docs/gitignore)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_ANY_NAME = re.compile(r"/?(?:\*\*/)+\*\*?|\*\*?")


@dataclass(frozen=True)
class Rule:
    """One line of a ``.gitignore``: what it matches, and whether that is ignored or taken back."""

    pattern: GitIgnoreSpecPattern
    ignores: bool
    directories_only: bool

    def matches(self, path: str, *, directory: bool) -> bool:
        """Whether the rule names ``path`` itself, not only something around it."""
        if self.directories_only and not directory:
            return False
        found = self.pattern.match_file(path)
        # The library's patterns also match whatever lies below what they name. Here a directory is asked before what
        # is in it, as git does, so only a match of the whole path counts.
        return found is not None and found.match.end() == len(path)


@dataclass(frozen=True)
class Ignored:
    """The rules of one ``.gitignore``, for paths relative to its directory."""

    rules: tuple[Rule, ...]

    def verdict(self, path: str, *, directory: bool) -> bool | None:
        """True for ignored, False for taken back, None where no rule speaks of ``path``; the last rule decides."""
        for rule in reversed(self.rules):
            if rule.matches(path, directory=directory):
                return rule.ignores
        return None


def parse(text: str) -> Ignored:
    """The rules of a ``.gitignore``'s text. A line that is no pattern matches nothing, as in git."""
    lines = (line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n"))
    return Ignored(tuple(rule for line in lines for rule in _rule(line)))


def _rule(line: str) -> Iterator[Rule]:
    if line.startswith("#"):
        return
    glob = _without_blanks(line)
    negated = glob.startswith("!")
    glob = glob[1:] if negated else glob
    directories_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    if not glob:
        return
    if glob.endswith("/**"):
        glob += "/*"  # what is in the directory, not the directory
    if _ANY_NAME.fullmatch(glob):
        glob = "?*"  # the library would take this for "anything" and match no whole path
    if glob.startswith(("!", "#")):
        glob = f"\\{glob}"
    try:
        pattern = GitIgnoreSpecPattern(glob)
    except ValueError:
        return
    if pattern.include is not None:
        yield Rule(pattern, not negated, directories_only)


def _without_blanks(line: str) -> str:
    """Trailing blanks do not count unless the last one is escaped."""
    bare = line.rstrip(" ")
    return f"{bare} " if bare.endswith("\\") and bare != line else bare
