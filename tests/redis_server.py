"""A Redis of a test's own, on a free port: it may go away and come back."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.server import free_port

IS_INSTALLED = shutil.which("redis-server") is not None
START_LIMIT_SECONDS = 60


@dataclass
class RedisServer:
    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """It remembers nothing of the one before."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_LIMIT_SECONDS
        while not self._listens():
            assert self.process.poll() is None
            assert time.monotonic() < end, "redis-server did not start"
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(START_LIMIT_SECONDS)


def listens_as_usual() -> bool:
    """Whether the machine's own Redis answers."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", 6379)) == 0


@contextmanager
def some_redis(folder: Path, database: int) -> Iterator[str]:
    """Its address: one of its own, so that nobody else's workers and channels are there; else the machine's."""
    if not IS_INSTALLED:
        yield f"redis://127.0.0.1:6379/{database}"
        return
    with running_redis(folder) as own:
        yield own.url


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(free_port(), folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
