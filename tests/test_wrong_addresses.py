"""What is not there under /api/ is answered in JSON, as everything else there is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import AsyncClient, Client

from passthrough.contract import ERRORS, ErrorCode
from passthrough.tests.calling import run

FIELDS = {"success", "error", "error_code", "error_details", "transaction_id", "timestamp", "retry_allowed"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api/", "/api", "/api/nothing", "/api/qbxmll", "/api/qbxml/", "/api/a/b?c=<d>"])
def test_an_unknown_address_is_a_404_in_the_shape_of_every_error(method: str, path: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    body: dict[str, Any] = answer.json()
    assert set(body) == FIELDS
    assert (body["success"], body["error_code"], body["retry_allowed"]) == (False, "NOT_FOUND", False)
    assert path.partition("?")[0] in body["error"]


def test_a_slash_too_many_is_named() -> None:
    assert "slash at its end" in Client().post("/api/qbxml/").json()["error"]


def test_pages_outside_the_api_keep_their_own_404() -> None:
    answer = Client().get("/apis")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/api/qbxml", "POST"), ("DELETE", "/api/transactions", "GET"), ("POST", "/api/errors", "GET")],
)
def test_a_wrong_method_is_told_which_ones_there_are(method: str, path: str, allowed: str) -> None:
    answer = run(lambda: getattr(AsyncClient(), method.lower())(path))
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    body = answer.json()
    assert set(body) == FIELDS
    assert body["error_code"] == "METHOD_NOT_ALLOWED"
    assert f"it takes {allowed}." in body["error"]


def test_the_rest_interface_keeps_its_own_shape_for_a_wrong_method() -> None:
    answer = Client().delete("/api/metrics")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs", "/api/errors"])
def test_what_is_there_is_answered_as_before(path: str) -> None:
    assert run(lambda: AsyncClient().get(path)).status_code == 200


def test_the_codes_of_both_are_in_the_table() -> None:
    assert ERRORS[ErrorCode.NOT_FOUND].http_status == 404
    assert ERRORS[ErrorCode.METHOD_NOT_ALLOWED].http_status == 405
