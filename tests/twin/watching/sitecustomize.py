"""Loaded by every Python process that a test starts: holds the answers of twins in it against the SDK's types.

``TWIN_ANSWERS`` names the file that problems are appended to, and the oracle comes by path: a process may have its own
idea of what ``tests`` is. A process without the validator is left alone.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

MODULE = "reconciler.twin.twin"


class _Watching(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Waits for the twin's module and puts the oracle before it."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._loader: importlib.abc.Loader | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        self._loader = spec.loader
        spec.loader = self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None if self._loader is None else self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if self._loader is None:
            return
        self._loader.exec_module(module)
        oracle = _oracle()
        if oracle is not None:
            oracle.watch(module.Twin, self._report)

    def _report(self, problem: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(problem + "\n")


def _oracle() -> ModuleType | None:
    if importlib.util.find_spec("jsonschema_rs") is None:
        return None
    path = Path(__file__).parents[1] / "oracle.py"
    spec = importlib.util.spec_from_file_location("twin_oracle", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if "TWIN_ANSWERS" in os.environ:
    sys.meta_path.insert(0, _Watching(Path(os.environ["TWIN_ANSWERS"])))
