"""What the synchronous path takes and gives, for its documentation and for the answers of its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

StatusName = Literal["success", "error", "duplicate", "pending"]


class TimingsOut(Schema):
    queued_ms: int = Field(description="Until the request left for QuickBooks.")
    quickbooks_ms: int
    total_ms: int


class SuccessOut(Schema):
    success: Literal[True]
    identifier: str
    qb_response: str = Field(description="QuickBooks' qbXML answer with your own requestIDs.")
    processing_time_ms: int
    transaction_id: str
    message: str
    timings: TimingsOut
    warnings: list[str] = []


class ErrorDetailsOut(Schema):
    component: str = Field(description="server_agent, qb_shim or quickbooks.")
    qb_error_code: str = Field(description="QuickBooks' HRESULT or statusCode, or empty.")
    qb_error_message: str
    line: int | None = Field(None, description="Of the qbXML, for INVALID_XML.")
    element: str | None = None
    expected: str | None = None


class ErrorOut(Schema):
    success: Literal[False]
    error: str = Field(description="What happened and what to do, for a person.")
    error_code: str = Field(description="A code of /api/errors.")
    error_details: ErrorDetailsOut
    transaction_id: str
    timestamp: datetime
    retry_allowed: bool
    retry_after_seconds: int | None = None
    qb_response: str | None = None


class PendingOut(Schema):
    """Accepted (success true), or a write that was sent and not yet answered (OUTCOME_PENDING)."""

    success: bool
    status: Literal["pending"]
    identifier: str
    transaction_id: str
    status_url: str
    timestamp: datetime
    retry_after_seconds: int
    message: str | None = None
    error_code: str | None = None


class TransactionOut(Schema):
    transaction_id: str
    identifier: str
    idempotency_key: str
    status: StatusName
    timestamp: datetime
    processing_time_ms: int | None
    request_names: str
    is_write: bool
    error_code: str
    error_message: str
    retry_count: int
    retry_of: str | None = Field(description="transaction_id of the one that this one repeats.")
    duplicate_of: str | None = Field(description="transaction_id of the one that has the answer.")
    sent_at: datetime | None
    answered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TransactionsOut(Schema):
    company: str
    total: int
    limit: int
    offset: int
    next_cursor: str = Field(description="Empty on the last page.")
    transactions: list[TransactionOut]


class EventOut(Schema):
    at: datetime
    event: str
    detail: str


class CallbackOut(Schema):
    url: str
    state: str
    attempts: int
    last_status: int | None
    last_error: str


class TransactionDetailOut(TransactionOut):
    success: bool | None = Field(description="Empty while it is pending.")
    qbxml_request: str
    qbxml_response: str
    qb_error_code: str
    qb_error_message: str
    warnings: list[str]
    timeline: list[EventOut]
    callback: CallbackOut | None
    status_url: str
    retry_after_seconds: int | None = Field(description="While it is pending: seconds until it is probably done.")


class CatalogueOut(Schema):
    errors: list[dict[str, Any]]


class CompanyQuery(Schema):
    company: str | None = Field(None, max_length=200, description="Slug or name; a key has one company anyway.")


class TransactionsQuery(CompanyQuery):
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)
    status: StatusName | None = None
    since: AwareDatetime | None = Field(None, description="With its time zone, like 2026-01-31T09:00:00Z.")
    identifier: str | None = Field(None, max_length=200)
    cursor: str | None = Field(None, max_length=64, description="next_cursor of the page before.")


def _parameter(name: str, where: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "required": False, "description": description, "schema": schema}


_WAITS = [
    _parameter(
        "wait", "query", "Seconds the call is held; 0 answers 202 at once.", type="number", minimum=0, maximum=290
    ),
    _parameter(
        "client", "query", "The platform's own limit.", type="string", enum=["make", "zapier", "n8n", "workato"]
    ),
    _parameter("Prefer", "header", "respond-async, or wait=30.", type="string"),
    _parameter("company", "query", "Slug or name; a key has one company anyway.", type="string"),
]

# The body is read by hand, because it comes in two forms, so its description is written by hand.
RETRY_DOCUMENTATION: dict[str, Any] = {"parameters": _WAITS}
CALL_DOCUMENTATION: dict[str, Any] = {
    "parameters": [
        *_WAITS,
        _parameter(
            "heartbeat", "query", "1: white space every few seconds; see below.", type="string", enum=["0", "1"]
        ),
        _parameter("callback_url", "query", "As in the body, for the XML form.", type="string"),
        _parameter("Idempotency-Key", "header", "One key for one operation.", type="string"),
        _parameter("X-Idempotency-Key", "header", "The same.", type="string"),
        _parameter("X-Request-ID", "header", "Your own name for the call.", type="string"),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["qbxml"],
                    "properties": {
                        "qbxml": {"type": "string", "description": "The whole QBXML document."},
                        "identifier": {"type": "string", "maxLength": 200},
                        "idempotency_key": {"type": "string", "maxLength": 255},
                        "wait": {"type": "number", "minimum": 0, "maximum": 290},
                        "client": {"type": "string", "enum": ["make", "zapier", "n8n", "workato"]},
                        "callback_url": {"type": "string", "description": "https; a signed POST when it is done."},
                    },
                }
            },
            "application/xml": {"schema": {"type": "string"}},
        },
    },
}
