"""A real server process for journeys: its own folder, database and port; ended when the test ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import migrated

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_SECONDS = 180
STOP_LIMIT_SECONDS = 60
_AFTER = (
    "import sys, django; django.setup(); {};"
    "from django.core.management import execute_from_command_line as run; run(sys.argv)"
)


@dataclass
class Server:
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    before: str = ""  # statements that the server's process begins with

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def soap_url(self) -> str:
        return f"{self.url}/api/qbwc"

    def manage(self, *arguments: str) -> str:
        """Run manage.py against this server's database; its standard output. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, timeout=START_LIMIT_SECONDS
        )
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
        program = ["-c", _AFTER.format(self.before)] if self.before else ["manage.py"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": "qbwc_project.settings"},
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
            except OSError:  # refused, broken off, too slow, or a status of an error
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_LIMIT_SECONDS)

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_LIMIT_SECONDS)


@contextmanager
def running_server(folder: Path, before: str = "", **settings: str) -> Iterator[Server]:
    """A migrated, started server; `settings` are environment variables on top of its own.

    A DATABASE_URL among them names a database that is migrated already.
    """
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "DATA_DIR": str(folder),
        "SERVER_PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        **settings,
    }
    server = Server(port, environment, before=before)
    if "DATABASE_URL" not in settings:
        shutil.copy(migrated.sqlite_file(), folder / migrated.SQLITE)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Nobody else's until this process ends, though nothing listens there yet, or for a while.

    Below the ports that systems give to whoever calls out: one of those may be taken again a moment later.
    """
    for port in _PORTS:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            _claim(port)
            return port
    raise AssertionError("every port is taken")


def _claim(port: int) -> None:
    """OSError when another process of a test has it. The name goes with the process; only Linux has such names."""
    if sys.platform == "linux":
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        claim.bind(f"\0tieout-test-port-{port}")
        _claims.append(claim)


_PORTS = range(20_000, 30_000)
_claims: list[socket.socket] = []
