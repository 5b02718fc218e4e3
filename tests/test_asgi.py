"""The ASGI front: held calls share threads, bodies have a limit, static files come without a CORS header."""

import asyncio
import gzip
import json
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, override_settings
from django.urls import path
from lxml import etree

from qbwc.limits import MEGABYTE, body_limit, text_limit
from qbwc_project import routing
from qbwc_project.handlers import Application, HotHandler, PageHandler, Receive, Scope, Send, Threads
from qbwc_project.routing import PAGE_LIMIT, Router, hot_threads
from qbwc_project.static_files import COMMENT, build_static, shortened

HELD_CALLS = 200
SOAP_PATH = "/api/qbwc"
held: dict[str, Any] = {}


async def hold(request: HttpRequest) -> HttpResponse:
    """Waits like a passthrough call, until the test lets go."""
    held["count"] += 1
    if held["count"] == HELD_CALLS:
        held["all_here"].set()
    await held["let_go"].wait()
    return HttpResponse(b"answered")


def which_thread(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"thread": threading.current_thread().name, "length": len(request.read())})


urlpatterns = [path("hold", hold), path("thread", which_thread)]


async def ask(
    app: Application,
    address: str,
    chunks: Sequence[bytes] = (b"",),
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes, int]:
    """One HTTP request: status, headers, body, and how many chunks were not read."""
    left, sent = list(chunks), []

    async def receive() -> Mapping[str, Any]:
        if not left:
            await asyncio.Event().wait()  # the client stays connected
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(event: Mapping[str, Any]) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": method,
        "path": address,
        "query_string": b"",
        "headers": [(key.lower().encode(), value.encode()) for key, value in (headers or {}).items()],
    }
    await app(scope, receive, send)
    answered = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(event.get("body", b"") for event in sent[1:]), len(left)


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says how many bytes it was given."""
    seen, more = 0, True
    while more:
        event = await receive()
        seen, more = seen + len(event["body"]), event["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(seen).encode()})


def router() -> Router:
    return Router(pages=read_all, hot=read_all, static=read_all, prefix="/static/")


@override_settings(ROOT_URLCONF=__name__)
def test_two_hundred_held_calls_share_the_threads_of_the_hot_path() -> None:
    async def scenario() -> tuple[int, list[int]]:
        held.update(count=0, all_here=asyncio.Event(), let_go=asyncio.Event())
        handler = HotHandler(Threads(4, "hot"))
        before = threading.active_count()
        calls = [asyncio.create_task(ask(handler, "/hold")) for _ in range(HELD_CALLS)]
        await asyncio.wait_for(held["all_here"].wait(), 30)
        grown = threading.active_count() - before
        held["let_go"].set()
        return grown, [(await call)[0] for call in calls]

    grown, statuses = asyncio.run(scenario())
    assert statuses == [200] * HELD_CALLS
    assert grown <= 4


@override_settings(ROOT_URLCONF=__name__)
def test_a_synchronous_view_runs_on_a_thread_of_the_pool_and_says_its_length() -> None:
    _, headers, body, _ = asyncio.run(ask(HotHandler(Threads(1, "hot")), "/thread"))
    assert json.loads(body)["thread"].startswith("hot-0")
    assert headers["content-length"] == str(len(body))


@override_settings(ROOT_URLCONF=__name__)
def test_requests_one_after_another_keep_one_thread_and_its_connection() -> None:
    async def scenario() -> set[str]:
        handler = PageHandler(Threads(8, "pages"))
        return {json.loads((await ask(handler, "/thread"))[2])["thread"] for _ in range(5)}

    assert len(asyncio.run(scenario())) == 1


def test_sqlite_gets_one_hot_thread_and_postgresql_four() -> None:
    with override_settings(IS_SQLITE=True):
        assert hot_threads() == 1
    with override_settings(IS_SQLITE=False):
        assert hot_threads() == 4


@override_settings(MAX_QBXML_SIZE_MB=1)
def test_a_soap_body_up_to_the_limit_is_let_through() -> None:
    chunks = [b"x" * MEGABYTE] * 2
    status, _, body, _ = asyncio.run(ask(router(), SOAP_PATH, chunks, "POST"))
    assert (status, int(body)) == (200, 2 * MEGABYTE)


@override_settings(MAX_QBXML_SIZE_MB=1)
@pytest.mark.parametrize("announced", [True, False])
def test_a_soap_body_far_above_the_limit_is_a_fault_and_the_rest_is_not_read(announced: bool) -> None:
    chunks = [b"x" * MEGABYTE] * 12
    headers = {"Content-Length": str(12 * MEGABYTE)} if announced else {}
    status, answered, body, unread = asyncio.run(ask(router(), SOAP_PATH, chunks, "POST", headers))
    assert status == 500
    assert answered["content-type"].startswith("text/xml")
    assert answered["connection"] == "close"
    fault = etree.fromstring(body).find(".//{http://schemas.xmlsoap.org/soap/envelope/}Fault")
    assert fault is not None
    assert b"MAX_QBXML_SIZE_MB" in body
    assert unread == (12 if announced else 1)


@override_settings(MAX_QBXML_SIZE_MB=1)
def test_a_soap_body_above_the_limit_is_read_to_its_end_and_kept_up_to_the_limit() -> None:
    status, _, body, unread = asyncio.run(ask(router(), SOAP_PATH, [b"x" * MEGABYTE] * 6, "POST"))
    assert (status, int(body), unread) == (200, body_limit(), 0)


@override_settings(MAX_QBXML_SIZE_MB=1)
def test_a_soap_12_caller_gets_a_soap_12_fault() -> None:
    headers = {"Content-Length": str(12 * MEGABYTE), "Content-Type": "application/soap+xml; charset=utf-8"}
    _, answered, body, _ = asyncio.run(ask(router(), SOAP_PATH, [b""], "POST", headers))
    assert answered["content-type"].startswith("application/soap+xml")
    assert etree.fromstring(body).tag == "{http://www.w3.org/2003/05/soap-envelope}Envelope"


def test_any_other_body_above_its_limit_is_413_in_the_shape_of_the_api() -> None:
    headers = {"Content-Length": str(PAGE_LIMIT + 1)}
    status, answered, body, _ = asyncio.run(ask(router(), "/api/qbwc/mappings", [b""], "POST", headers))
    assert (status, answered["content-type"]) == (413, "application/json")
    assert json.loads(body)["error"]["code"] == "too_large"


def test_a_content_length_that_is_no_number_does_not_help_past_the_limit() -> None:
    chunks = [b"x" * MEGABYTE] * 20
    status, *_ = asyncio.run(ask(router(), "/anything", chunks, "POST", {"Content-Length": "٣"}))
    assert status == 413


@override_settings(MAX_QBXML_SIZE_MB=4, ROOT_URLCONF=__name__)
def test_a_soap_body_of_three_megabytes_reaches_the_view_whole() -> None:
    """By read(): body would answer 400 above DATA_UPLOAD_MAX_MEMORY_SIZE, which stays small for forms."""
    size = 3 * MEGABYTE
    handler = HotHandler(Threads(1, "hot"))
    headers = {"Content-Length": str(size)}
    status, _, body, _ = asyncio.run(ask(handler, "/thread", [b"x" * size], "POST", headers))
    assert (status, json.loads(body or b"{}").get("length")) == (200, size)


def test_the_router_lets_the_escaping_of_the_longest_text_through() -> None:
    with override_settings(MAX_QBXML_SIZE_MB=100):
        assert (text_limit(), body_limit()) == (100 * MEGABYTE, 151 * MEGABYTE)


def test_lifespan_is_answered() -> None:
    sent: list[str] = []
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Mapping[str, Any]:
        return next(events)

    async def send(event: Mapping[str, Any]) -> None:
        sent.append(event["type"])

    asyncio.run(router()({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_addresses_go_to_their_handlers() -> None:
    def named(name: str) -> Application:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": name.encode()})

        return app

    front = Router(pages=named("pages"), hot=named("hot"), static=named("static"), prefix="/static/")
    wanted = {
        "/api/qbwc": "hot",
        "/api/qbwc/": "hot",
        "/api/qbwc/status": "pages",
        "/static/a.css": "static",
        "/": "pages",
    }
    assert {address: asyncio.run(ask(front, address))[2].decode() for address in wanted} == wanted


def test_static_files_come_from_the_apps_folders_without_a_cors_header() -> None:
    status, headers, body, _ = asyncio.run(ask(build_static(), "/static/admin/css/base.css"))
    assert status == 200
    assert body
    assert headers["content-type"].startswith("text/css")
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(("taken", "form"), [("gzip", "gzip"), ("gzip, br", "br")])
@pytest.mark.parametrize("name", ["tieout/tieout.css", "django_htmx/htmx-2.min.js"])
def test_what_pages_use_goes_compressed_to_a_browser_that_takes_it(name: str, taken: str, form: str) -> None:
    static, address = build_static(), f"/static/{name}"
    plain = asyncio.run(ask(static, address))
    packed = asyncio.run(ask(static, address, headers={"Accept-Encoding": taken}))

    assert "content-encoding" not in plain[1]
    assert packed[1]["content-encoding"] == form
    assert "accept-encoding" in packed[1]["vary"].lower()
    assert (gzip if form == "gzip" else brotli).decompress(packed[2]) == plain[2]
    assert len(packed[2]) < len(plain[2]) * 0.4


def test_a_style_sheet_goes_without_its_comments_and_is_the_same_else() -> None:
    written = Path("static/tieout/tieout.css").read_text(encoding="utf-8")
    sent = shortened(written)
    assert "*/" in written
    assert "*/" not in sent
    assert "".join(sent.split()) == "".join(COMMENT.sub("", written).split())
    texts = re.findall(r'"[^"]*"', written)
    assert texts
    assert [text for text in texts if text not in sent and text not in "".join(COMMENT.findall(written))] == []


def test_static_files_are_served_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "compressed").write_text("in the way")
    with override_settings(DATA_DIR=tmp_path):
        status, headers, *_ = asyncio.run(
            ask(build_static(), "/static/tieout/tieout.css", headers={"Accept-Encoding": "gzip"})
        )
    assert (status, headers.get("content-encoding")) == (200, None)


def test_a_page_goes_compressed_and_an_answer_of_the_api_as_it_is(client: Client) -> None:
    page = client.get("/sign-in/", headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert b"<title>" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/sign-in/")
    assert "Content-Encoding" not in client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})


@pytest.mark.parametrize(
    "address", ["/static/none.css", "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/"]
)
def test_what_is_no_static_file_is_not_found(address: str) -> None:
    assert asyncio.run(ask(build_static(), address))[0] == 404


def test_soap_and_hot_addresses_are_one_list() -> None:
    assert routing.SOAP_PATHS <= routing.HOT_PATHS
