"""Every answer of every twin in every test is held against the SDK's types, in the process and in those it starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.twin import Twin
from tests.cli.running import CHOOSES
from tests.twin import oracle

WATCHING = Path(__file__).parent / "twin" / "watching"


@pytest.fixture(scope="session", autouse=True)
def nothing_chosen() -> Iterator[None]:
    """No test hangs on the target, the form or the colour that the environment of the whole run chooses."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith(CHOOSES)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def twin_answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file to which problems are appended."""
    log = tmp_path_factory.mktemp("answers") / "problems.txt"
    log.touch()

    def report(problem: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(problem + "\n")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Twin, "exchange", Twin.exchange)  # put back at the end
        oracle.watch(Twin, report)
        patch.setenv("TWIN_ANSWERS", str(log))
        patch.setenv("PYTHONPATH", str(WATCHING), prepend=os.pathsep)
        yield log


@pytest.fixture(autouse=True)
def answers_of_twins_fit_the_types(twin_answers: Path) -> Iterator[None]:
    """Fails the test in which a twin answered what the types do not allow."""
    yield
    if twin_answers.stat().st_size:
        said = twin_answers.read_text(encoding="utf-8")
        twin_answers.write_text("", encoding="utf-8")
        pytest.fail(f"answers of a twin that the SDK's types do not allow:\n{said[:5000]}")
