"""Timing for benchmarks: medians of rounds, because machines are shared and noisy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_seconds(action: Callable[[], object], rounds: int = 5) -> float:
    """The median wall time of `rounds` calls, in seconds."""
    return statistics.median(_seconds(action) for _ in range(rounds))


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
