"""A refusal that a passthrough caller sees, in the shape of contract.error_body."""

from __future__ import annotations

from passthrough.contract import ERRORS, ErrorCode


class Problem(Exception):
    """`http_status` stands in for that of the contract's row where HTTP has a more exact one."""

    def __init__(
        self,
        code: ErrorCode,
        message: str = "",
        *,
        http_status: int | None = None,
        transaction_id: str = "",
        retry_after_seconds: int | None = None,
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message or ERRORS[code].cause)
        self.code = code
        self.message = message
        self.name = str(code)
        self.http_status = http_status or ERRORS[code].http_status
        self.transaction_id = transaction_id
        self.retry_after_seconds = retry_after_seconds
        self.details = details or {}


def not_found(message: str) -> Problem:
    return Problem(ErrorCode.NOT_FOUND, message)


def bad_call(message: str, details: dict[str, object] | None = None) -> Problem:
    """The call around the qbXML is wrong: a parameter, a header, the JSON."""
    return Problem(ErrorCode.INVALID_REQUEST, message, details=details)
