"""A twin served over HTTP by a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from reconciler.twin import Fault

SERVER = """
import json, sys
from reconciler.twin import Fault, Faults, TwinServeError, TwinStoreError, serve
faults = Faults(rules=tuple(Fault(**rule) for rule in json.loads(sys.argv[3])))
try:
    serve(
        sys.argv[1], int(sys.argv[2]), as_json=True, faults=faults,
        announce=lambda known: print(json.dumps(known), flush=True),
    )
except (TwinServeError, TwinStoreError) as error:
    print(error.reason, flush=True)
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    base_url: str
    token: str
    root_page_id: str


def command(path: str, port: int, faults: Iterable[Fault] = ()) -> list[str]:
    return [sys.executable, "-c", SERVER, path, str(port), json.dumps([asdict(fault) for fault in faults])]


@contextmanager
def served(path: str = ":memory:", port: int = 0, *, faults: Iterable[Fault] = ()) -> Iterator[Served]:
    process = subprocess.Popen(command(path, port, faults), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Served(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        said = process.communicate(timeout=20)[1]
        assert process.returncode == 0, said
        assert said == ""
