"""The server process: it says where it is, answers, ends in time, and keeps Celery inside or beside it."""

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from django.test import override_settings

from qbwc_project import serving
from qbwc_project.embedded import OUTWARD
from qbwc_project.handlers import Receive, Scope, Send
from tests.commands import ROOT, environment, manage
from tests.redis_server import IS_INSTALLED, listens_as_usual, some_redis
from tests.server import running_server

needs_redis = pytest.mark.skipif(not (IS_INSTALLED or listens_as_usual()), reason="no Redis here")


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.journey
def test_a_fresh_server_migrates_says_where_it_is_and_ends_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "serve", "--migrate", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        address = re.fullmatch(r"Tieout listens on http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert address is not None
        # It accepts from the moment the address is printed, and answers a little later.
        assert get(int(address.group(1)), "/health")[0] == 200
        asked = time.monotonic()
        process.terminate()
        assert process.wait(60) == -signal.SIGTERM
        assert time.monotonic() - asked < 8
        assert "Traceback" not in process.stdout.read()


@pytest.mark.journey
def test_ctrl_c_ends_it_with_a_word_and_without_a_traceback(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0
    said = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert "Tieout has stopped." in said
    assert "Traceback" not in said


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = manage(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is already taken" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("203.0.113.7", 8000), ("no.such.host.invalid", 0)])
def test_an_address_that_cannot_be_listened_on_is_explained(host: str, port: int) -> None:
    with pytest.raises(serving.CannotListen, match=r"--port|--host"):
        serving.listen(host, port)


def test_the_address_of_every_interface_is_named_localhost() -> None:
    with serving.listen("::", 0) as listener:
        assert serving.address_of(listener) == f"http://localhost:{listener.getsockname()[1]}"


@pytest.mark.parametrize(("header", "are_believed"), [(None, False), (("HTTP_X_FORWARDED_PROTO", "https"), True)])
def test_proxy_headers_are_believed_only_behind_a_proxy(header: tuple[str, str] | None, are_believed: bool) -> None:
    with override_settings(SECURE_PROXY_SSL_HEADER=header):
        assert serving.build_config(answer_later).proxy_headers is are_believed


def test_the_server_has_a_deep_backlog_and_no_websockets() -> None:
    config = serving.build_config(answer_later)
    assert (config.backlog, config.ws, config.server_header) == (4096, "none", False)
    assert config.timeout_graceful_shutdown == serving.GRACEFUL_SECONDS


async def answer_later(scope: Scope, receive: Receive, send: Send) -> None:
    """An application whose answers take half a second."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    asked.set()
    await asyncio.sleep(0.5)
    steps.append("answered")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})


asked = threading.Event()
steps: list[str] = []


class FakeCelery:
    """Notes when it was started and stopped."""

    def start(self) -> None:
        steps.append("started")

    def stop(self) -> bool:
        steps.append("stopped")
        return True


def test_an_open_request_is_answered_before_celery_stops() -> None:
    server = serving.Server(serving.build_config(answer_later), FakeCelery())
    listener = serving.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serving_thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    serving_thread.start()
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(get(port, "/")))
    asking.start()
    assert asked.wait(60)
    server.should_exit = True
    asking.join(60)
    serving_thread.join(60)
    assert answers == [(200, b"done")]
    assert steps == ["started", "answered", "stopped"]


EMBEDDED_SCRIPT = """
import threading, time
import django
django.setup()
from celery import shared_task
from qbwc_project.embedded import Embedded

ran = threading.Event()

@shared_task
def note():
    ran.set()

embedded = Embedded()
embedded.start()
note.delay()
assert ran.wait(60), "the task did not run"
begun = time.monotonic()
assert embedded.stop(), "the worker did not stop"
assert time.monotonic() - begun < 4, time.monotonic() - begun
print("fine")
"""


def test_embedded_celery_runs_a_task_from_any_thread_and_stops_soon(tmp_path: Path) -> None:
    complete = environment(tmp_path, DJANGO_SETTINGS_MODULE="qbwc_project.settings")
    command = [sys.executable, "-c", EMBEDDED_SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=complete, capture_output=True, text=True, timeout=180, check=False)
    assert (done.stdout.strip(), done.stderr) == ("fine", "")


SILENT_RECEIVERS_SCRIPT = """
import threading
import django
django.setup()
from celery import shared_task
from outbox import sending
from outbox.tasks import send_message
from qbwc_project.embedded import Embedded

ran, let_go, waiting = threading.Event(), threading.Event(), threading.Semaphore(0)

@shared_task
def note():
    ran.set()

def waits_for_a_receiver(_message_id):
    waiting.release()
    let_go.wait()

sending.send = waits_for_a_receiver
embedded = Embedded()
embedded.start()
for number in range(20):
    send_message.delay(message_id=number)
assert waiting.acquire(timeout=60) and waiting.acquire(timeout=60), "no webhook was begun"
note.delay()
came = ran.wait(60)
let_go.set()
assert came, "it waited behind the webhooks"
assert embedded.stop(), "the worker did not stop"
print("fine")
"""


def test_nothing_waits_behind_webhooks_whose_receivers_are_silent(tmp_path: Path) -> None:
    complete = environment(tmp_path, DJANGO_SETTINGS_MODULE="qbwc_project.settings")
    command = [sys.executable, "-c", SILENT_RECEIVERS_SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=complete, capture_output=True, text=True, timeout=180, check=False)
    assert done.stdout.strip() == "fine", done.stderr


def test_what_waits_for_others_is_called_as_celery_calls_it() -> None:
    for name in OUTWARD:
        module, _, task = name.rpartition(".")
        assert getattr(import_module(module), task).name == name


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with some_redis(tmp_path, 15) as url:
        yield url


@needs_redis
@pytest.mark.journey
@pytest.mark.parametrize("role", ["worker", "beat"])
def test_with_redis_the_processes_of_compose_answer_their_health_check(
    tmp_path: Path, redis_url: str, role: str
) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    complete = environment(tmp_path, REDIS_URL=redis_url, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    command = compose["services"][role]["command"]
    process = subprocess.Popen(command, cwd=ROOT, env=complete, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ask = ["celery", "-A", "qbwc_project", "inspect", "ping", "--destination", f"{role}@{socket.gethostname()}"]
        deadline = time.monotonic() + 180
        while subprocess.run(ask, cwd=ROOT, env=complete, capture_output=True, check=False).returncode != 0:
            assert time.monotonic() < deadline, f"{role} did not answer"
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
