"""The wheel, built from the tree and installed elsewhere, runs the demo: it carries all it needs."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.cli.running import environment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out), cwd=ROOT)
    return next(out.glob("*.whl"))


def _run(*command: str, cwd: Path) -> str:
    env = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def test_the_wheel_holds_the_package_its_demo_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"reconciler", "wtstate-0.1.0.dist-info"}
    assert [name for name in names if name.startswith("reconciler/demo/state/") and name.endswith(".toml")]
    assert [name for name in names if name.startswith("reconciler/demo/export/") and name.endswith(".csv")]
    assert not [name for name in names if name.endswith((".pyc", ".sqlite"))]
    assert {"reconciler/pages/findings.md", "reconciler/render/templates/plan.html"} <= set(names)


def test_installed_elsewhere_the_wheel_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    """Offline: the dependencies are those of this environment, the package itself is the wheel's."""
    _run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"), cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
        cwd=tmp_path,
    )
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    where = _run(str(python), "-c", "import reconciler; print(reconciler.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path)
    shown = _run(str(tmp_path / "venv/bin/wtstate"), "demo", cwd=tmp_path)
    assert shown.rstrip().splitlines()
    assert "No changes." in shown.split("once more")[-1]
    assert "Do: " in _run(str(tmp_path / "venv/bin/wtstate"), "explain", "both-live", cwd=tmp_path)
