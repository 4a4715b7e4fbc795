"""Runs every benchmark of this package: ``python -m tests.benchmarks [NAME …]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.benchmarks
from tests.benchmarks._judged import Judged

LAST = "side"
"""Ends with how many jobs are within their bound."""


def main() -> None:
    """Prints what each benchmark measured; the names on the command line choose. Exits 1 where a bound was missed."""
    names = [module.name for module in pkgutil.iter_modules(tests.benchmarks.__path__)]
    missed = False
    for name in sorted(names, key=lambda name: (name == LAST, name)):
        if name.startswith(("_", "test_")) or (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        try:
            for line in importlib.import_module(f"tests.benchmarks.{name}").measure():
                sys.stdout.write(f"{name}: {line}\n")
                sys.stdout.flush()
                missed = missed or (isinstance(line, Judged) and not line.within)
        except SystemExit:
            missed = True
    sys.exit(missed)


if __name__ == "__main__":
    main()
