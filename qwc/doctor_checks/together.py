"""Run what waits at the same time, and wait for it no longer than a deadline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)


class TooSlow(Exception):
    """The deadline came first."""


@dataclass
class Pending:
    """A piece of work under way. Its thread is a daemon: one that hangs holds up neither us nor the process's end."""

    done: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: Exception | None = None

    def run(self, work: Callable[[], Any]) -> None:
        try:
            self.value = work()
        except Exception as error:
            logger.debug("a check failed", exc_info=True)
            self.error = error
        finally:
            self.done.set()

    def result(self, until: float) -> Any:
        """What the work gave, or raised; TooSlow when it has not ended by `until` on the monotonic clock."""
        if not self.done.wait(max(0.0, until - time.monotonic())):
            raise TooSlow("It took too long.")
        if self.error is not None:
            raise self.error
        return self.value


def start(work: Callable[[], Any]) -> Pending:
    """Begin in a thread of its own, which must not touch the database."""
    pending = Pending()
    threading.Thread(target=pending.run, args=(work,), name="doctor", daemon=True).start()
    return pending


def start_all(works: Mapping[str, Callable[[], Any]]) -> dict[str, Pending]:
    return {name: start(work) for name, work in works.items()}
