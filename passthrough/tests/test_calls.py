"""Who may call, in which forms, and what is refused before anything reaches the queue."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import ApiKey, Company
from passthrough.models import Transaction
from passthrough.tests.calling import (
    CUSTOMERS,
    FOUND,
    INVOICE,
    Desk,
    Platform,
    Reply,
    a_connected_company,
    a_key,
    run,
    until_queued,
)
from qbwc.models import CompanyFile, Job
from qbwc.tests.reference import reference_path

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company_file() -> CompanyFile:
    return a_connected_company()


@pytest.fixture
def platform(company_file: CompanyFile) -> Platform:
    return Platform(a_key(company_file))


def refused(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """The whole shape of an error; nothing was queued."""
    assert (reply.status, reply.body["error_code"], reply.body["success"]) == (status, code, False), reply.body
    assert {"error", "error_details", "transaction_id", "timestamp", "retry_allowed"} <= set(reply.body)
    assert {"component", "qb_error_code", "qb_error_message"} <= set(reply.body["error_details"])
    assert Job.objects.count() == 0
    return reply.body


@pytest.mark.parametrize("key", ["", "tieout_wrong", "x" * 300])
def test_a_wrong_key_is_401_in_the_shape_of_these_endpoints(platform: Platform, key: str) -> None:
    refused(run(lambda: Platform(key).post()), 401, "UNAUTHORIZED")


def test_a_revoked_key_is_401(platform: Platform) -> None:
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")
    refused(run(platform.post), 401, "UNAUTHORIZED")


def test_a_read_key_reads_and_does_not_write(company_file: CompanyFile) -> None:
    reader = Platform(a_key(company_file, "read"))
    body = refused(run(lambda: reader.post(INVOICE)), 403, "FORBIDDEN")
    assert body["transaction_id"].startswith("tx-")
    assert run(lambda: reader.post(CUSTOMERS, wait=0)).status == 202


def test_a_company_that_does_not_allow_writes_refuses_them_from_every_key(platform: Platform) -> None:
    Company.objects.update(allows_writes=False)
    assert "switched off" in refused(run(lambda: platform.post(INVOICE)), 403, "FORBIDDEN")["error"]


def test_another_company_cannot_be_named(platform: Platform) -> None:
    a_connected_company("Harbor")
    refused(run(lambda: platform.post(query="?company=harbor")), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("qbxml", "words"),
    [
        ("<QBXML>", "not well-formed"),
        ("<html/>", "not a <QBXML>"),
        ("<!DOCTYPE QBXML><QBXML><QBXMLMsgsRq/></QBXML>", "DOCTYPE"),
        ("<QBXML/>", "QBXMLMsgsRq"),
        ("<QBXML><QBXMLMsgsRq/><QBXMLMsgsRq/></QBXML>", "exactly one"),
    ],
)
def test_what_is_not_one_qbxml_message_set_is_400_and_kept_as_a_line(
    platform: Platform, qbxml: str, words: str
) -> None:
    body = refused(run(lambda: platform.post(qbxml, identifier="order 7")), 400, "INVALID_XML")
    assert words in body["error"]
    row = Transaction.objects.get()
    assert (row.transaction_id, row.status, row.error_code) == (body["transaction_id"], "error", "INVALID_XML")


def test_with_intuits_schema_a_wrong_order_is_named_with_line_and_element(
    platform: Platform, settings: Settings
) -> None:
    settings.QBXML_SCHEMA_DIR = str(next(reference_path("xsd").rglob("qbxmlops130.xsd")).parent)
    wrong = CUSTOMERS.replace(
        '<CustomerQueryRq requestID="mine"/>',
        "\n<CustomerQueryRq>\n<ActiveStatus>All</ActiveStatus>\n<MaxReturned>1</MaxReturned></CustomerQueryRq>",
    )
    details = refused(run(lambda: platform.post(wrong)), 400, "INVALID_XML")["error_details"]
    assert (details["line"], details["element"]) == (4, "MaxReturned")


def test_qbxml_above_the_limit_is_413(platform: Platform, settings: Settings) -> None:
    settings.MAX_QBXML_SIZE_MB = 1
    large = CUSTOMERS.replace("<CustomerQueryRq", "<!--" + "x" * 1_100_000 + "--><CustomerQueryRq")
    refused(run(lambda: platform.post(large)), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("values", "element"),
    [
        ({"qbxml": 7}, "qbxml"),
        ({"qbxml": CUSTOMERS, "wait": "long"}, "wait"),
        ({"qbxml": CUSTOMERS, "wait": 291}, "wait"),
        ({"qbxml": CUSTOMERS, "wait": True}, "wait"),
        ({"qbxml": CUSTOMERS, "client": "fax"}, "client"),
        ({"qbxml": CUSTOMERS, "identifier": {}}, "identifier"),
        ({"qbxml": CUSTOMERS, "identifier": "x" * 201}, "identifier"),
        ({"qbxml": CUSTOMERS, "idempotency_key": "a\x00b"}, "idempotency_key"),
        ({"qbxml": CUSTOMERS, "idempotency_key": "\ud800"}, "idempotency_key"),
    ],
)
def test_a_wrong_field_is_400_and_named(platform: Platform, values: dict[str, Any], element: str) -> None:
    reply = run(lambda: platform.send("POST", "/api/qbxml", values))
    assert refused(reply, 400, "INVALID_REQUEST")["error_details"]["element"] == element


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"nul", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_400(platform: Platform, body: bytes) -> None:
    refused(run(lambda: platform.raw("POST", "/api/qbxml", body, "application/json")), 400, "INVALID_REQUEST")


def test_a_form_is_not_accepted(platform: Platform) -> None:
    reply = run(lambda: platform.raw("POST", "/api/qbxml", b"qbxml=1", "application/x-www-form-urlencoded"))
    refused(reply, 415, "INVALID_REQUEST")


@pytest.mark.parametrize("content_type", ["application/xml", "text/xml; charset=utf-8"])
def test_raw_xml_with_headers_is_the_same_call(platform: Platform, content_type: str) -> None:
    headers = {"X-Request-ID": "order 7", "X-Idempotency-Key": "k"}

    async def scenario() -> Reply:
        sending = platform.raw("POST", "/api/qbxml?wait=20", CUSTOMERS.encode(), content_type, headers)
        call = asyncio.create_task(sending)
        await until_queued()
        await Desk().serve(FOUND)
        return await call

    reply = run(scenario)
    assert (reply.status, reply.body["identifier"]) == (200, "order 7")
    assert Transaction.objects.get().idempotency_key == "k"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_raw_xml_in_another_encoding_reaches_quickbooks_as_the_same_characters(
    platform: Platform, encoding: str
) -> None:
    text = INVOICE.replace('version="1.0"', f'version="1.0" encoding="{encoding}"', 1).replace("Ann", "Zoé")

    async def scenario() -> str:
        await platform.raw("POST", "/api/qbxml?wait=0", text.encode(encoding), "application/xml")
        return await Desk().take()

    assert "Zo&#233;" in run(scenario)


@pytest.mark.parametrize(("client", "seconds"), [("make", 35), ("Zapier", 25), ("n8n", 280), ("workato", 150)])
def test_a_platform_is_held_as_long_as_it_waits_itself(platform: Platform, client: str, seconds: int) -> None:
    async def scenario() -> float:
        call = asyncio.create_task(platform.post(client=client))
        await until_queued()
        row = await Transaction.objects.aget()
        call.cancel()
        assert row.held_until is not None
        return (row.held_until - row.timestamp).total_seconds()

    assert run(scenario) == seconds


def test_more_calls_than_a_minute_allows_are_429_with_retry_after(platform: Platform, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 2

    async def scenario() -> list[Reply]:
        return [await platform.get("/api/transactions") for _ in range(3)]

    first, second, third = run(scenario)
    assert (first.status, second.status) == (200, 200)
    refused(third, 429, "RATE_LIMITED")
    assert 0 < int(third.headers["Retry-After"]) <= 30


def test_the_table_of_errors_is_public_and_names_cause_fix_and_actor() -> None:
    reply = run(lambda: Platform("").get("/api/errors"))
    assert reply.status == 200
    codes = {(row["kind"], row["code"]): row for row in reply.body["errors"]}
    assert codes["error_code", "SHIM_UNREACHABLE"]["http_status"] == 503
    assert codes["statusCode", "3140"]["error_code"] == "QB_ERROR"
    assert all(row["cause"] and row["fix"] and row["actor"] for row in codes.values())


def test_a_slow_call_with_a_heartbeat_gets_white_space_and_then_its_body(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passthrough.heartbeat.SECONDS", 0.1)

    async def scenario() -> Reply:
        call = asyncio.create_task(platform.post(query="?heartbeat=1"))
        await until_queued()
        await asyncio.sleep(0.3)
        await Desk().serve(FOUND)
        return await call

    reply = run(scenario)
    assert (reply.status, reply.body["http_status"], reply.body["success"]) == (200, 200, True)


def test_the_documentation_describes_both_forms_of_the_call() -> None:
    reply = run(lambda: Platform("").get("/api/openapi.json"))
    operation = reply.body["paths"]["/api/qbxml"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "application/xml"}
    assert {"200", "202", "409", "413", "422", "503", "504"} <= set(operation["responses"])
    assert json.dumps(operation)
