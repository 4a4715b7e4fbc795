"""One plan, or one backup, in a process of its own: prints what it took, as JSON.

``python -m tests.benchmarks.side.reading JOB STATE URL TOKEN PAGE``. Nothing of the twin runs here, but what rehearses
the plan.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.api import Session, Target, connect, load


@dataclass
class Took:
    """CPU seconds and resident memory in MB of this process.

    ``idle`` is the peak before the job began, ``peak`` after it; ``loads`` are the CPU seconds of one ``json.loads`` of
    all answers of the job as one list, ``pages`` those of one for each answer, in a loop that does nothing else;
    ``size`` the bytes of all of them; ``actions`` how many the plan has.
    """

    cpu: float = 0.0
    loads: float = 0.0
    pages: float = 0.0
    size: int = 0
    idle: float = 0.0
    peak: float = 0.0
    actions: int = 0
    requests: int = 0


def peak() -> float:
    """The largest resident memory of this process so far, in MB: of its own, not of what started it (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


async def main(job: str, state: str, url: str, token: str, page: str) -> Took:
    """Does the job once and measures it."""
    target = Target(kind="notion", token=token, base_url=url, parent=page)
    took = Took()
    async with connect(target, load(Path(state), env={}), read_only=True) as session:
        took.idle = peak()
        began = time.process_time()
        if job == "backup":
            with TemporaryDirectory() as directory:
                await session.backup(Path(directory) / "backup.gz")
        else:
            plan = await session.plan()
            took.actions = len(plan.actions)
        took.cpu = time.process_time() - began
        took.peak = peak()
        took.requests = session.requests
        if job != "backup":
            took.size, took.loads, took.pages = _parsed(session)
    return took


def _parsed(session: Session) -> tuple[int, float, float]:
    """The bytes of all answers that were kept, and the time that reading them as JSON takes, whole and one by one."""
    lines = list(session._line.recorder._raw())
    whole = b"[" + b",".join(lines) + b"]"
    return len(whole), _timed([whole]), _timed(lines)


def _timed(texts: list[bytes]) -> float:
    """CPU seconds to parse the texts: the median of three."""
    times = []
    for _ in range(3):
        began = time.process_time()
        for text in texts:
            json.loads(text)
        times.append(time.process_time() - began)
    return sorted(times)[1]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(main(*sys.argv[1:])))))
