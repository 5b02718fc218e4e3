"""The Web Connector's small calls take the short way; whatever else is posted or asked takes Django's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from qbwc import views
from qbwc.schedule import Hold
from qbwc.tests.envelopes import SOAP_1_2, document_style
from qbwc_project.handlers import Receive, Scope, Send, Threads
from qbwc_project.soap_handler import SoapHandler

CALL = document_style("serverVersion", {})
DISCONNECT = {"type": "http.disconnect"}


async def djangos_way(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.body", "body": b"the long way"})


def ask(*events: Mapping[str, Any], method: str = "POST", length: int | None = None) -> list[Mapping[str, Any]]:
    """What is sent when these events come; the caller stays on the line after the last one."""
    sent: list[Mapping[str, Any]] = []
    coming: Iterator[Mapping[str, Any]] = iter(events)

    async def receive() -> Mapping[str, Any]:
        event = next(coming, None)
        if event is None:
            await asyncio.sleep(60)
        assert event is not None
        return event

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope = {"type": "http", "method": method, "path": "/api/qbwc", "headers": headers, "client": ("127.0.0.1", 1)}
    asyncio.run(SoapHandler(Threads(1, "test"), otherwise=djangos_way)(scope, receive, send))
    return sent


def a_request(body: bytes, *, more: bool = False) -> Mapping[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_small_call_is_answered_with_its_length_and_type() -> None:
    start, body = ask(a_request(CALL), length=len(CALL))
    assert start["status"] == 200
    assert dict(start["headers"]) == {
        b"content-type": b"text/xml; charset=utf-8",
        b"content-length": str(len(body["body"])).encode(),
    }
    assert b"<serverVersionResult>Tieout" in body["body"]


def test_a_call_in_pieces_is_put_together() -> None:
    _, body = ask(a_request(CALL[:50], more=True), a_request(CALL[50:]), length=len(CALL))
    assert b"<serverVersionResult>" in body["body"]


def test_soap_1_2_and_faults_keep_their_types_here_too() -> None:
    start, _ = ask(a_request(document_style("serverVersion", {}, SOAP_1_2)), length=300)
    assert dict(start["headers"])[b"content-type"] == b"application/soap+xml; charset=utf-8"
    start, body = ask(a_request(b"hello"), length=5)
    assert start["status"] == 500
    assert b"faultstring" in body["body"]


@pytest.mark.parametrize(
    ("method", "length"), [("GET", None), ("HEAD", None), ("POST", None), ("POST", 0), ("POST", views.SMALL_BODY + 1)]
)
def test_everything_else_goes_the_long_way(method: str, length: int | None) -> None:
    assert [message["body"] for message in ask(method=method, length=length)] == [b"the long way"]


def test_a_caller_who_hangs_up_in_the_middle_of_a_body_gets_nothing() -> None:
    assert ask(a_request(CALL[:50], more=True), DISCONNECT, length=len(CALL)) == []


def a_held_call(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[str]:
    """Let every call be held for so long; what became of it."""
    fate: list[str] = []

    async def begin(*_: Any, **__: Any) -> views.Held:
        envelope: Any = None
        return views.Held(envelope, Hold(1, seconds))

    async def finish(held: views.Held) -> views.Reply:
        try:
            await asyncio.sleep(held.hold.seconds)
        except asyncio.CancelledError:
            fate.append("cancelled")
            raise
        fate.append("answered")
        return views.Reply(b"work", "text/xml")

    monkeypatch.setattr(views, "begin", begin)
    monkeypatch.setattr(views, "finish", finish)
    return fate


def test_a_held_call_is_answered_while_its_caller_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    fate = a_held_call(monkeypatch, 0.01)
    assert ask(a_request(CALL), length=len(CALL))[1]["body"] == b"work"
    assert fate == ["answered"]


def test_a_held_call_is_cancelled_when_its_caller_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    fate = a_held_call(monkeypatch, 60)
    assert ask(a_request(CALL), DISCONNECT, length=len(CALL)) == []
    assert fate == ["cancelled"]


def test_a_failure_of_the_server_is_a_fault_and_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_answer_in_thread", lambda *_: 1 / 0)
    start, body = ask(a_request(CALL), length=len(CALL))
    assert start["status"] == 500
    assert b"The server failed" in body["body"]
