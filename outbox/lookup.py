"""What addresses a host name stands for, found within a time.

The system's look-up can neither be called off nor given a limit. So each is made by a thread of its own, which nobody
waits for longer than that, and which ends when the system gives up. Few of them may be at it: while that many hang,
the next look-up waits for a place within its own time and starts no thread, so they never pile up.
"""

from __future__ import annotations

import socket
import threading
import time

AT_ONCE = 8
_places = threading.BoundedSemaphore(AT_ONCE)


class _Search:
    """One look-up, and what came of it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.is_over = threading.Event()
        self.found: list[str] = []
        self.problem: OSError | UnicodeError | None = None

    def run(self) -> None:
        try:
            rows = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            self.found = [str(row[4][0]) for row in rows]
        except (OSError, UnicodeError) as problem:  # a name that can be none is a UnicodeError
            self.problem = problem
        finally:
            _places.release()
            self.is_over.set()


def addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """Raises TimeoutError, OSError or UnicodeError."""
    until = time.monotonic() + seconds
    if not _places.acquire(timeout=seconds):
        raise TimeoutError(f"too many look-ups hang to look {host} up")
    search = _Search(host, port)
    try:
        threading.Thread(target=search.run, daemon=True, name=f"look up {host}").start()
    except RuntimeError as full:  # no more threads: nobody gives the place back
        _places.release()
        raise TimeoutError(f"no thread to look {host} up") from full
    if not search.is_over.wait(max(0.0, until - time.monotonic())):
        raise TimeoutError(f"looking {host} up took longer than {seconds:g} seconds")
    if search.problem is not None:
        raise search.problem
    return search.found
