"""Each test begins as a new process does: no password remembered, no try counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts import clock
from qbwc import sign_in


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    sign_in.forget()


@pytest.fixture(autouse=True)
def _running_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that tests let look old were not cut off by a start of this process."""
    monkeypatch.setattr(clock, "STARTED_AT", datetime(2020, 1, 1, tzinfo=UTC))
