"""Alerts with PostgreSQL, Redis and Celery workers that are killed: each thing reaches its receiver, and once."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.callers.desk import until
from tests.callers.installation import lines_of, why_not_here
from tests.callers.worker import DID, READY
from tests.crash_matrix.databases import postgresql_database
from tests.crash_matrix.ledger import Ledger, opened_ledger
from tests.redis_server import running_redis
from tests.server import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.skipif(why_not_here() != "", reason=f"not here: {why_not_here()}")]
COMPANIES, MONTHS = 3, 4
LOOKS = 12
LOOKED = DID.format("alerts.tasks.look_for_alerts")


class Receiver(ThreadingHTTPServer):
    """A program of somebody else's: checks each signature as the documentation says, and may be told to hold on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secrets: dict[str, str] = {}
        self.taken: list[tuple[str, list[str]]] = []  # delivery, and of what company and month it told
        self.forged = 0
        self.has_come, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/"

    def told(self) -> list[str]:
        return [one for _, alerts in self.taken for one in alerts]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said: dict[str, Any] = json.loads(body)
        slug = said["company"]["slug"]
        signed = self.headers["X-Tieout-Timestamp"].encode("ascii") + b"." + body
        mac = hmac.new(self.server.secrets[slug].encode("ascii"), signed, hashlib.sha256).hexdigest()
        if self.headers["X-Tieout-Signature"] != f"sha256={mac}":
            self.server.forged += 1
        alerts = [f"{slug} {one['subject']} {one['fingerprint']}" for one in said["alerts"]]
        self.server.taken.append((self.headers["X-Tieout-Delivery"], alerts))
        self.server.has_come.set()
        self.server.may_answer.wait(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The test says what matters."""


class Place:
    """The installation: a database, a Redis, and workers that come and go."""

    def __init__(self, environment: dict[str, str], ledger: Ledger, folder: Path, receiver: Receiver) -> None:
        self.environment, self.ask, self.folder, self.receiver = environment, ledger.ask, folder, receiver
        self.workers: list[subprocess.Popen[bytes]] = []
        self.logs: list[Path] = []

    def hire(self) -> subprocess.Popen[bytes]:
        """One more worker, ready."""
        log = self.folder / f"worker{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as output:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.callers.worker"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(worker)
        until(lambda: READY in lines_of(log))
        return worker

    def looks_done(self) -> int:
        return sum(lines_of(log).count(LOOKED) for log in self.logs)

    def kill_all(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait(20)

    def messages(self) -> list[list[Any]]:
        found: list[list[Any]] = self.ask("messages")
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("alerts")
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        stack.callback(receiver.shutdown)
        environment = {
            **os.environ,
            "DATABASE_URL": stack.enter_context(postgresql_database()).url,
            "REDIS_URL": stack.enter_context(running_redis(folder)).url,
            "SECRET_KEY": "one-for-all-processes-" * 3,
            "CALLBACK_ALLOW_PRIVATE": "true",
            "DATA_DIR": str(folder),
            "PUBLIC_URL": "https://books.example.com",
        }
        ledger = stack.enter_context(opened_ledger(environment, "tests.alert_world"))
        made = Place(environment, ledger, folder, receiver)
        stack.callback(made.kill_all)
        stack.callback(receiver.may_answer.set)
        receiver.secrets.update(made.ask("make", address=receiver.url, count=COMPANIES, months=MONTHS))
        yield made


def test_two_workers_that_look_at_once_tell_everything_in_one_message_a_company(place: Place) -> None:
    place.hire()
    place.hire()
    place.ask("ask_often", times=LOOKS)
    until(lambda: place.looks_done() == LOOKS)
    until(lambda: [state for state, *_ in place.messages()] == ["sent"] * COMPANIES)
    told = place.receiver.told()
    assert len(told) == len(set(told)) == COMPANIES * MONTHS
    assert place.receiver.forged == 0


def test_what_was_owed_before_everything_was_killed_is_sent_once_when_a_worker_is_back(place: Place) -> None:
    place.kill_all()
    before = len(place.receiver.taken)
    place.ask("another", slug="rockcastle-0", difference="15.00")
    place.ask("look")
    with redis.Redis.from_url(place.environment["REDIS_URL"]) as client:
        client.flushall()  # and what was handed on is lost with it
    assert len(place.receiver.taken) == before
    assert place.messages()[-1][:2] == ["due", 0]
    place.hire()
    place.ask("a_while_later")
    until(lambda: place.messages()[-1][0] == "sent")
    place.ask("a_while_later")
    place.ask("look")
    assert [alert.split()[-1] for alert in place.receiver.told()[-1:]] == ["15.00:0"]
    assert len(place.receiver.taken) == before + 1


def test_a_worker_killed_while_the_receiver_has_it_comes_again_under_the_same_delivery(place: Place) -> None:
    place.kill_all()
    worker = place.hire()
    place.receiver.may_answer.clear()
    place.receiver.has_come.clear()
    before = len(place.receiver.taken)
    place.ask("another", slug="rockcastle-1", difference="99.00")
    place.ask("look")
    assert place.receiver.has_come.wait(60)
    worker.kill()
    worker.wait(20)
    assert place.messages()[-1][0] == "sending"
    place.receiver.may_answer.set()
    place.hire()
    place.ask("look")
    assert len(place.receiver.taken) == before + 1, "as long as it may still be sent by whoever took it"
    place.ask("a_while_later")
    until(lambda: place.messages()[-1][:2] == ["sent", 2])
    first, second = place.receiver.taken[before:]
    assert first == second, "the receiver can tell by the delivery that it has had it"
    assert place.receiver.forged == 0
