"""Server processes for benchmarks: started, waited for, measured from outside (Linux), and always ended.

All servers share one core that the clients keep off, so that figures of a small and of a large machine compare.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_SECONDS = 60
END_LIMIT_SECONDS = 30
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server. Its figures come from /proc."""

    name: str
    port: int
    process: int

    def cpu_seconds(self) -> float:
        """Used so far, in user and kernel, by all its threads."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        return self._status("VmRSS")

    def peak_bytes(self) -> int:
        """The most it had resident since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process}/clear_refs").write_text("5")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@contextmanager
def tieout() -> Iterator[Server]:
    """This server, as `./run serve` starts it, on the benchmark's database."""
    port = _free_port()
    with _running("Tieout", port, ["manage.py", "serve", "--port", str(port)]) as server:
        yield server


@contextmanager
def bare(folder: str = "") -> Iterator[Server]:
    """uvicorn with canned answers; with a folder, one durable commit per call in a database there."""
    port = _free_port()
    database = [str(Path(folder) / f"bare-{port}.sqlite3")] if folder else []
    name = "bare + commit" if folder else "bare"
    with _running(name, port, ["-m", "bench.bare", str(port), *database]) as server:
        yield server


@contextmanager
def bare_held() -> Iterator[Server]:
    """uvicorn that keeps every call open and does nothing else."""
    port = _free_port()
    with _running("bare, held", port, ["-m", "bench.bare_held", str(port)]) as server:
        yield server


@contextmanager
def _running(name: str, port: int, arguments: list[str]) -> Iterator[Server]:
    with _on_cores(_SERVER_CORE):
        process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server(name, port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(END_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


_CORES = os.sched_getaffinity(0)
_SERVER_CORE = {max(_CORES)}
_CLIENT_CORES = _CORES - _SERVER_CORE or _CORES


@contextmanager
def _on_cores(cores: set[int]) -> Iterator[None]:
    """What is started here stays there; this process goes back to the cores that no server has."""
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, _CLIENT_CORES)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server to be measured did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port
