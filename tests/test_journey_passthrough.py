"""A held caller over real HTTP: answered by the simulated Web Connector, and told cleanly when the server ends."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import WebConnector
from tests.server import Server, running_server

pytestmark = pytest.mark.journey

QUERY = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    '<AccountQueryRq requestID="mine"/></QBXMLMsgsRq></QBXML>'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all, each with a company of its own; a test that ends it starts it again."""
    with running_server(tmp_path_factory.mktemp("passthrough")) as running:
        yield running


def post(server: Server, key: str, **values: Any) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"{server.url}/api/qbxml",
        data=json.dumps({"qbxml": QUERY, **values}).encode(),
        headers={"X-API-Key": key, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def waiting(server: Server, key: str) -> int:
    total = server.get("/api/transactions?status=pending", key)["total"]
    assert isinstance(total, int)
    return total


def test_held_callers_are_answered_by_the_web_connector(server: Server) -> None:
    with ThreadPoolExecutor(10) as pool:
        connected = server.connect("Cascadia Managed Services", "cascadia", "a long password")
        key = connected["api_key"]
        calls = [pool.submit(post, server, key, identifier=f"call {number}") for number in range(10)]
        until(lambda: waiting(server, key) == 10)
        quickbooks = QuickBooks(make_company(1, date(2026, 6, 15), months=2))
        WebConnector(server.soap_url, "cascadia", "a long password", quickbooks).run()
        for call in calls:
            status, body = call.result()
            assert (status, body["success"]) == (200, True), body
            assert 'requestID="mine"' in body["qb_response"]
            assert "<AccountRet>" in body["qb_response"]


def test_sigterm_answers_held_callers_and_nothing_is_sent_later(server: Server) -> None:
    with ThreadPoolExecutor(5) as pool:
        key = server.connect("Birch & Sons", "birch", "a long password")["api_key"]
        calls = [pool.submit(post, server, key) for _ in range(5)]
        until(lambda: waiting(server, key) == 5)
        threading.Thread(target=server.stop).start()
        answers = [call.result() for call in calls]
        assert {(status, body["error_code"]) for status, body in answers} == {(503, "SHIM_UNREACHABLE")}
        assert server.process is not None
        server.process.wait(60)
        server.start()
        assert waiting(server, key) == 0


def test_after_a_kill_what_nobody_holds_any_more_is_withdrawn(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        key = server.connect("Alder IT", "alder", "a long password")["api_key"]
        call = pool.submit(post, server, key, wait=8)
        until(lambda: waiting(server, key) == 1)
        server.kill()
        with pytest.raises((ConnectionError, urllib.error.URLError, OSError)):
            call.result()
        server.start()
        until(lambda: waiting(server, key) == 0)
        line = server.get("/api/transactions", key)["transactions"][0]
        assert (line["status"], line["error_code"]) == ("error", "SHIM_UNREACHABLE")
