"""The built site, once for all tests that look at it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def build(folder: Path) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "-n", "--keep-going"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="session")
def site() -> Path:
    for part in ("html", ".doctrees"):  # from nothing, so that no page of an earlier build is taken for a new one
        shutil.rmtree(ROOT / "_build" / part, ignore_errors=True)
    result = build(ROOT)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return ROOT / "_build" / "html"
