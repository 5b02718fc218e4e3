"""An installation of several processes, as in docker-compose.yml: web servers, a Celery worker, PostgreSQL, Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.callers.worker import DID, READY
from tests.crash_matrix.databases import postgresql_database, why_no_postgresql
from tests.crash_matrix.ledger import Ledger, opened_ledger
from tests.redis_server import IS_INSTALLED, RedisServer, running_redis
from tests.server import ROOT, Server, free_port

READY_LIMIT_SECONDS = 120


def why_not_here() -> str:
    """What this machine lacks for it; empty when it can be had."""
    return why_no_postgresql() or ("" if IS_INSTALLED else "redis-server is not installed")


@dataclass
class Installation:
    webs: tuple[Server, ...]
    redis: RedisServer
    ledger: Ledger
    worker_log: Path

    def worker_did(self, task: str) -> int:
        """How many tasks of this name the worker has done."""
        return lines_of(self.worker_log).count(DID.format(task))

    def made(self, names: Sequence[str]) -> dict[str, Any]:
        """Companies of callers, by name."""
        companies: dict[str, Any] = self.ledger.ask("make_callers", names=list(names))
        return companies


@contextmanager
def running_installation(folder: Path, webs: int = 2, **settings: str) -> Iterator[Installation]:
    """On a database and a Redis of its own; all of it is gone at the end."""
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_database()).url
        redis = stack.enter_context(running_redis(folder))
        common = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": redis.url,
            "SECRET_KEY": "one-for-all-processes-" * 3,
            "CALLBACK_ALLOW_PRIVATE": "true",
            **settings,
        }
        servers = tuple(_server(folder / f"web{number}", common) for number in range(webs))
        log = folder / "worker.log"
        stack.enter_context(_running_worker(log, servers[0].environment))
        for server in servers:
            stack.callback(server.stop)
        with ThreadPoolExecutor(webs) as pool:
            list(pool.map(lambda server: server.start(), servers))
        _until_ready(log)
        yield Installation(servers, redis, stack.enter_context(opened_ledger(servers[0].environment)), log)


def _server(folder: Path, common: dict[str, str]) -> Server:
    folder.mkdir()
    port = free_port()
    own = {"DATA_DIR": str(folder), "SERVER_PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"}
    return Server(port, {**common, **own})


@contextmanager
def _running_worker(log: Path, environment: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.callers.worker"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _until_ready(log: Path) -> None:
    end = time.monotonic() + READY_LIMIT_SECONDS
    while READY not in (lines := lines_of(log)):
        assert time.monotonic() < end, "\n".join(["the worker did not start:", *lines[-40:]])
        time.sleep(0.1)


def lines_of(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()
