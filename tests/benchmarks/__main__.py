"""Runs every benchmark of this package: ``python -m tests.benchmarks [NAME …]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.benchmarks


def main() -> None:
    """Prints what each benchmark measured; the names on the command line choose."""
    names = [module.name for module in pkgutil.iter_modules(tests.benchmarks.__path__)]
    for name in sorted(names):
        if name.startswith(("_", "test_")) or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        for line in importlib.import_module(f"tests.benchmarks.{name}").measure():
            sys.stdout.write(f"{name}: {line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
