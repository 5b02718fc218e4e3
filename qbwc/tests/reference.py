"""Other people's captures and schemas: tests use them where a machine has them; they are not ours to ship."""

import os
from pathlib import Path

import pytest

REFERENCE = Path(os.environ.get("TIEOUT_REFERENCE") or Path(__file__).parents[3] / "shared" / "reference")


def reference_path(name: str) -> Path:
    """The path of a reference file. Skips the test when it is not there."""
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine (set TIEOUT_REFERENCE)")
    return path


def sample(name: str) -> str:
    """The text of a captured answer. Skips the test when it is not there."""
    return reference_path(f"samples/{name}").read_text(encoding="utf-8")
