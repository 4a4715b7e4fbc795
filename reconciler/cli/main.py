"""The command ``wtstate``: turns whatever happens into an exit code and one clear line.

Nothing heavy is imported here: the command must answer Ctrl-C with a line also while it is still starting.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from types import TracebackType

from reconciler.cli import exits

_INTERRUPTED = "interrupted; run the same command again: it looks at what is done and goes on from there"
_DEBUG = "WTSTATE_DEBUG"


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Our own bug, in one line. The message itself is not shown: it may hold values or worse."""
    if issubclass(kind, KeyboardInterrupt):  # a second Ctrl-C, while the first one was being answered
        sys.stderr.write(f"{_INTERRUPTED}\n")
        return
    import traceback

    if os.environ.get(_DEBUG) == "1":
        traceback.print_exception(kind, error, trace)
    frames = traceback.extract_tb(trace)
    place = f" at {'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else ""
    sys.stderr.write(
        f"internal error: {kind.__name__}{place}; this is a bug in wtstate, please report it ({_DEBUG}=1 shows more)\n"
    )


def main() -> None:
    """Runs the command line of this process and exits with one of `exits`."""
    sys.excepthook = _uncaught
    os.umask(0o077)  # what is written holds people's values: the twin, saved plans
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them costs more than reading the state
    gc.disable()  # nothing that is made while starting is garbage; `session.run` collects again
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character that a terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        from reconciler.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = exits.INTERRUPTED
    if code in (exits.INTERRUPTED, exits.TERMINATED):
        sys.stderr.write(f"{_INTERRUPTED}\n")
    gc.freeze()  # the process ends: looking through all that is loaded for circles costs a sixth of `validate`
    sys.exit(code)
