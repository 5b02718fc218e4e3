"""The demo's own server process, and questions to it over HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from qbwc_project.serving import GRACEFUL_SECONDS

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = GRACEFUL_SECONDS + 15


class DemoFailed(Exception):
    """The demo cannot go on; the message says why, with the server's last words where there are some."""


@contextmanager
def running_server(port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`manage.py serve` in a group of its own until the block ends; it answers when the block begins. DemoFailed."""
    # Embedded whatever .env says: nobody started a Celery worker for the demo.
    environment = {"DEMO_LAB": "true", **os.environ, "SERVER_PORT": str(port), "REDIS_URL": ""}
    command = [sys.executable, "manage.py", "serve", "--host", HOST, "--port", str(port)]
    with log.open("wb") as words:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
        )
        try:
            _wait_for_health(process, port, log)
            yield process
        finally:
            stop(process)


def _wait_for_health(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            if ask(port, "/health")[0] == 200:
                return
        time.sleep(0.1)
    words = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    raise DemoFailed("\n".join(["The server did not start. Its last words:", *words, f"All of them: {log}"]))


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server as an operator would; by force when it does not listen."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    if process.poll() is None:
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def ask(port: int, path: str, api_key: str = "") -> tuple[int, Any]:
    """GET over HTTP: the status and the JSON. OSError, HTTPException, DemoFailed when it is no JSON."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path, headers={"X-API-Key": api_key} if api_key else {})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(body)
    except ValueError as error:
        raise DemoFailed(f"GET {path} answered {answer.status} without JSON: {body[:200]!r}") from error
