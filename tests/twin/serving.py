"""A twin served over HTTP by a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SERVER = """
import json, sys
from reconciler.twin import TwinServeError, TwinStoreError, serve
try:
    serve(sys.argv[1], int(sys.argv[2]), as_json=True, announce=lambda known: print(json.dumps(known), flush=True))
except (TwinServeError, TwinStoreError) as error:
    print(error.reason, flush=True)
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    base_url: str
    token: str
    root_page_id: str


def command(path: str, port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, path, str(port)]


@contextmanager
def served(path: str = ":memory:", port: int = 0) -> Iterator[Served]:
    process = subprocess.Popen(command(path, port), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Served(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        said = process.communicate(timeout=20)[1]
        assert process.returncode == 0, said
        assert said == ""
