"""The error contract is complete, keeps its shape, and never invites anybody to repeat a write."""

from datetime import UTC, datetime

import pytest

from passthrough.contract import (
    ERRORS,
    ErrorCode,
    catalogue,
    code_of_hresult,
    code_of_status,
    error_body,
    is_transient,
    success_body,
)
from qbwc.qbxml.status_codes import (
    HRESULTS,
    MESSAGE_SET_STATUS_CODES,
    QBWC_CODES,
    STATUS_CODES,
    Policy,
    hresult_row,
    status_row,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

# The issue, word for word: what existing scenarios match on.
HTTP_STATUSES = {
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "INVALID_XML": 400,
    "DUPLICATE_REQUEST": 409,
    "IDEMPOTENCY_MISMATCH": 422,
    "PAYLOAD_TOO_LARGE": 413,
    "RATE_LIMITED": 429,
    "SHIM_UNREACHABLE": 503,
    "SHIM_TIMEOUT": 504,
    "QB_UNAVAILABLE": 503,
    "QB_BUSY": 503,
    "QB_ERROR": 500,
    "SDK_ERROR": 500,
    "NETWORK_ERROR": 503,
    "INTERNAL_ERROR": 500,
    "OUTCOME_PENDING": 202,
}
OF_OUR_OWN = {"INVALID_REQUEST": 400, "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405}
HRESULTS_BY_CODE = {
    "INVALID_XML": "80040400",
    "QB_BUSY": "80040410 80040414 8004041B 80040422",
    "QB_UNAVAILABLE": "80040401 80040402 80040403 80040406 80040408 8004040A 8004040D 80040416 80040417 8004041C "
    "80040424 80010105",
    "QB_ERROR": "80040421",
    "SDK_ERROR": "80040418 8004041A 8004041D 8004041E 8004041F 80040420 80040423 80040427 8004042A 8004042C 80040154 "
    "80040308",
}
HRESULT_ROWS = [(code, f"0x{hresult}") for code, codes in HRESULTS_BY_CODE.items() for hresult in codes.split()]
STATUSES_BY_CODE = {
    "QB_UNAVAILABLE": {1010},
    "QB_BUSY": {3162, 3175, 3176, 3177},
    "OUTCOME_PENDING": {3230, 9002, 9005, 9006},
}
REFUSALS = sorted(code for code in STATUS_CODES if code >= 1000)


def body(code: ErrorCode, qb_error_code: str = "", qb_error_message: str = "") -> dict[str, object]:
    return error_body(
        code,
        transaction_id="tx-1",
        timestamp=NOON,
        qb_error_code=qb_error_code,
        qb_error_message=qb_error_message,
    )


def test_every_code_has_the_http_status_of_the_issue() -> None:
    assert {str(code): row.http_status for code, row in ERRORS.items()} == HTTP_STATUSES | OF_OUR_OWN
    assert set(ERRORS) == set(ErrorCode)


def test_every_row_says_cause_and_fix_in_sentences() -> None:
    for row in ERRORS.values():
        assert row.cause.endswith(".")
        assert row.fix.endswith(".")


def test_a_pending_outcome_is_never_a_server_error_and_never_to_be_repeated() -> None:
    row = ERRORS[ErrorCode.OUTCOME_PENDING]
    assert row.http_status == 202
    assert not row.retry_allowed
    assert not is_transient(ErrorCode.OUTCOME_PENDING)
    assert row.retry_after_seconds


def test_what_platforms_repeat_by_themselves_may_be_repeated_and_says_when() -> None:
    repeated = [row for row in ERRORS.values() if row.http_status in (429, 503, 504)]
    assert len(repeated) == 6
    assert all(row.retry_allowed and row.retry_after_seconds for row in repeated)
    assert not any(row.retry_allowed for row in ERRORS.values() if row not in repeated)


@pytest.mark.parametrize(("code", "hresult"), HRESULT_ROWS)
def test_every_hresult_has_its_code(code: str, hresult: str) -> None:
    assert code_of_hresult(hresult) == code
    assert code_of_hresult(hresult.lower().removeprefix("0x")) == code


def test_no_hresult_of_the_tables_is_forgotten() -> None:
    assert {hresult for _, hresult in HRESULT_ROWS} == set(HRESULTS)


def test_an_unknown_hresult_is_an_sdk_error() -> None:
    assert code_of_hresult("0x8DEADBEE") is ErrorCode.SDK_ERROR
    assert code_of_hresult("nonsense") is ErrorCode.SDK_ERROR
    assert code_of_hresult("0x80070005") is ErrorCode.SDK_ERROR  # Windows: access denied


@pytest.mark.parametrize(
    "hresult", ["0x80010105", "0x8001010A", "0x80010108", "0x800706BA", "0x800706be", "-2147023170"]
)
def test_a_call_between_two_programs_that_broke_may_be_asked_again_for_a_query_and_never_for_a_write(
    hresult: str,
) -> None:
    code = code_of_hresult(hresult)
    assert (code, is_transient(code, hresult)) == (ErrorCode.QB_UNAVAILABLE, True)
    assert ERRORS[code].retry_allowed
    of_write = code_of_hresult(hresult, is_write=True)
    assert (of_write, is_transient(of_write, hresult)) == (ErrorCode.OUTCOME_PENDING, False)


def test_a_write_that_met_an_unknown_hresult_is_pending() -> None:
    assert code_of_hresult("0x8DEADBEE", is_write=True) is ErrorCode.OUTCOME_PENDING


@pytest.mark.parametrize("hresult", sorted(HRESULTS))
def test_a_write_is_pending_exactly_when_quickbooks_does_not_say_whether_it_was_made(hresult: str) -> None:
    is_unknown = hresult_row(hresult).policy is Policy.OUTCOME_UNKNOWN
    code = code_of_hresult(hresult, is_write=True)
    assert (code is ErrorCode.OUTCOME_PENDING) is is_unknown
    assert is_unknown or code is code_of_hresult(hresult)


def test_a_write_that_came_back_empty_without_a_reason_is_pending() -> None:
    assert code_of_hresult("", is_write=True) is ErrorCode.OUTCOME_PENDING
    assert code_of_hresult("") is ErrorCode.SDK_ERROR


@pytest.mark.parametrize("status", REFUSALS)
def test_every_status_code_has_its_code(status: int) -> None:
    expected = next((code for code, statuses in STATUSES_BY_CODE.items() if status in statuses), "QB_ERROR")
    assert code_of_status(status, "") == expected


@pytest.mark.parametrize("status", [3180, 3170])
def test_a_refusal_because_of_a_lock_means_busy(status: int) -> None:
    words = "The list has been modified by another user."
    assert code_of_status(status, words) is ErrorCode.QB_BUSY
    assert code_of_status(status, "The rep has duplicate initials.") is ErrorCode.QB_ERROR


@pytest.mark.parametrize("status", sorted(code for code in STATUS_CODES if code < 1000))
def test_an_answer_with_data_is_no_error(status: int) -> None:
    with pytest.raises(ValueError, match="not an error"):
        code_of_status(status, "")


def test_only_what_time_alone_can_cure_is_tried_again_by_the_server() -> None:
    for hresult, row in HRESULTS.items():
        if is_transient(code_of_hresult(hresult), hresult):
            assert row.policy in (Policy.LATER, Policy.OUTCOME_UNKNOWN), hresult
        if is_transient(code_of_hresult(hresult, is_write=True), hresult):
            assert row.policy is Policy.LATER, hresult
    for status in REFUSALS:
        if is_transient(code_of_status(status, ""), str(status)):
            assert status_row(status).policy is Policy.LATER, status
    assert is_transient(ErrorCode.QB_BUSY, "0x80040414")
    assert is_transient(ErrorCode.QB_BUSY, "3180")  # a lock text made it busy
    assert is_transient(ErrorCode.QB_UNAVAILABLE, "0x80040424")
    assert is_transient(ErrorCode.NETWORK_ERROR)
    assert not is_transient(ErrorCode.QB_UNAVAILABLE, "0x80040403")  # the company file is not where it was
    assert not is_transient(ErrorCode.SHIM_TIMEOUT)


def test_an_error_has_the_shape_that_callers_read() -> None:
    assert error_body(
        ErrorCode.QB_ERROR,
        transaction_id="tx-1",
        timestamp=NOON,
        qb_error_code="3100",
        qb_error_message='The name "Bob" is already in use.',
        qb_response="<QBXML/>",
    ) == {
        "success": False,
        "error": 'QuickBooks answered 3100: The name "Bob" is already in use. '
        "Choose another name, or use the record that has it.",
        "error_code": "QB_ERROR",
        "error_details": {
            "component": "quickbooks",
            "qb_error_code": "3100",
            "qb_error_message": 'The name "Bob" is already in use.',
        },
        "transaction_id": "tx-1",
        "timestamp": "2026-07-01T12:00:00+00:00",
        "retry_allowed": False,
        "qb_response": "<QBXML/>",
    }


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_says_what_to_do_and_when_to_try_again(code: ErrorCode) -> None:
    found = body(code)
    assert found["error"] == f"{ERRORS[code].cause} {ERRORS[code].fix}"
    assert found["error_code"] == code.value
    assert ("retry_after_seconds" in found) is (ERRORS[code].retry_after_seconds is not None)
    assert "qb_response" not in found


def test_the_caller_of_error_body_has_the_last_word() -> None:
    found = error_body(
        ErrorCode.DUPLICATE_REQUEST,
        error="It is still in progress.",
        transaction_id="tx-2",
        timestamp=NOON,
        component="web",
        retry_after_seconds=0,
    )
    assert (found["error"], found["retry_after_seconds"]) == ("It is still in progress.", 0)
    assert found["error_details"] == {"component": "web", "qb_error_code": "", "qb_error_message": ""}


def test_an_error_without_words_of_quickbooks_is_explained_from_the_table() -> None:
    found = body(ErrorCode.QB_BUSY, qb_error_code="0x80040414")
    assert found["error"] == (
        "QuickBooks answered 0x80040414: QuickBooks shows a window that waits for an answer. "
        "Answer or close the window in QuickBooks."
    )


def test_a_pending_write_is_told_not_to_repeat_whatever_quickbooks_said() -> None:
    found = body(ErrorCode.OUTCOME_PENDING, qb_error_code="0x80010105", qb_error_message="The server threw")
    assert "The server threw." in str(found["error"])
    assert "Do not send it again." in str(found["error"])


@pytest.mark.parametrize("status", REFUSALS)
def test_no_fix_promises_that_something_happens_by_itself(status: int) -> None:
    words = str(body(code_of_status(status, ""), qb_error_code=str(status))["error"])
    assert "by itself" not in words
    assert "tried again" not in words


def test_a_success_has_the_shape_that_callers_read() -> None:
    assert success_body("order-7", "<QBXML/>", "tx-3", 120, 800, 930) == {
        "success": True,
        "identifier": "order-7",
        "qb_response": "<QBXML/>",
        "processing_time_ms": 930,
        "transaction_id": "tx-3",
        "message": "QuickBooks has answered.",
        "timings": {"queued_ms": 120, "quickbooks_ms": 800, "total_ms": 930},
    }


def test_the_catalogue_holds_every_code_once() -> None:
    keys = [(entry["kind"], entry["code"]) for entry in catalogue()]
    assert len(keys) == len(set(keys))
    expected = {("error_code", str(code)) for code in ErrorCode} | {("HRESULT", code) for code in HRESULTS}
    expected |= {("statusCode", str(code)) for code in STATUS_CODES}
    expected |= {("messageSetStatusCode", str(code)) for code in MESSAGE_SET_STATUS_CODES}
    expected |= {("QBWC", f"QBWC{code}") for code in QBWC_CODES}
    assert set(keys) == expected


def test_every_entry_of_the_catalogue_can_be_acted_on() -> None:
    for entry in catalogue():
        assert entry["cause"], entry
        assert entry["fix"], entry
        assert entry["actor"] in ("developer", "user", "administrator"), entry
        row = ERRORS[ErrorCode(str(entry["error_code"]))] if entry["error_code"] else None
        assert entry["http_status"] == (row.http_status if row else 200)
        assert entry.get("write_error_code", "OUTCOME_PENDING") == "OUTCOME_PENDING"


def test_a_recovery_code_of_a_write_is_a_pending_outcome() -> None:
    codes = {str(e["code"]): e["error_code"] for e in catalogue() if e["kind"] == "messageSetStatusCode"}
    assert codes.pop("0") is None
    assert set(codes.values()) == {"OUTCOME_PENDING"}
