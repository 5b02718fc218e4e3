"""Each test begins as a new process does: no call counted, no password remembered."""

from __future__ import annotations

import pytest

from passthrough.throttle import buckets
from qbwc import sign_in


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    sign_in.forget()
    buckets.forget()
