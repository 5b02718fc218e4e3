"""A real server process for journeys: its own folder, database and port; ended when the test ends."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_SECONDS = 60
SQLITE = "tieout.sqlite3"  # its name in a DATA_DIR


@dataclass
class Server:
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def soap_url(self) -> str:
        return f"{self.url}/api/qbwc"

    def manage(self, *arguments: str) -> str:
        """Run manage.py against this server's database; its standard output. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, timeout=120)
        return done.stdout.decode()

    def connect(self, name: str, username: str, password: str) -> dict[str, Any]:
        """connect_company with a key: the object it prints."""
        text = self.manage(
            "connect_company", name, "--username", username, "--password", password, "--api-key", "--json"
        )
        connected: dict[str, Any] = json.loads(text)
        return connected

    def get(self, path: str, key: str = "") -> Any:
        """The JSON body of a GET; HTTPError for statuses from 400 on."""
        request = urllib.request.Request(self.url + path, headers={"X-API-Key": key} if key else {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def start(self) -> None:
        log = Path(self.environment["DATA_DIR"]) / "server.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait(log)

    def _wait(self, log: Path) -> None:
        assert self.process is not None
        end = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.get("/health")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)


@contextmanager
def running_server(folder: Path, **settings: str) -> Iterator[Server]:
    """A migrated, started server; `settings` are environment variables on top of its own."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "DATA_DIR": str(folder),
        "SERVER_PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        **settings,
    }
    server = Server(port, environment)
    if "DATABASE_URL" in settings:
        server.manage("migrate", "--verbosity", "0")
    else:
        shutil.copy(_migrated(), folder / SQLITE)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@functools.cache
def _migrated() -> Path:
    """A SQLite file after all migrations, to copy: made once, thrown away when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tieout-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    Server(0, {**environment, "DATA_DIR": str(folder)}).manage("migrate", "--verbosity", "0")
    with closing(sqlite3.connect(folder / SQLITE)) as made:
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / SQLITE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port
