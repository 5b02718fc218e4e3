"""QWCLog.txt: sessions on a timeline, the cause of each, and one verdict; never an exception, never quadratic."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc.qbxml.code_rows import Actor, Policy
from qbwc.qbxml.hresults import HRESULTS
from qbwc.qbxml.web_connector_codes import QBWC_CODES
from qwc.log_causes import PATTERNS, causes_in
from qwc.log_reader import LARGEST, Outcome, read_log
from qwc.log_sessions import MOST_CALLS
from qwc.tests import qwc_logs as made


def test_a_good_update_has_its_application_its_calls_and_its_progress() -> None:
    report = read_log(made.log(made.good()).encode())
    (session,) = report.sessions

    assert session.application == "Tieout - Birch"
    assert session.address == "https://books.example.com/api/qbwc"
    assert session.company_file == r"C:\QB\birch.qbw"
    assert (session.outcome, session.progress, session.said) == (Outcome.DONE, 100, "Complete!")
    assert session.started_at == datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
    assert session.seconds == 120
    assert [call.name for call in session.calls] == [
        "serverVersion",
        "clientVersion",
        "authenticate",
        "sendRequestXML",
        "QuickBooks",
        "receiveResponseXML",
        "sendRequestXML",
        "QuickBooks",
        "receiveResponseXML",
        "closeConnection",
    ]
    assert [call.progress for call in session.calls if call.progress is not None] == [50, 100]
    assert report.verdict.tone == "good"


def test_a_call_says_which_requests_crossed_and_how_they_ended() -> None:
    (session,) = read_log(made.log(made.good()).encode()).sessions

    assert session.calls[3].result == "EmployeeQueryRq"
    assert "EmployeeQueryRs statusCode=0" in session.calls[5].result


def test_a_wrong_password_is_the_verdict_with_its_remedy() -> None:
    report = read_log(made.log(made.good(), made.wrong_password()).encode())

    assert report.verdict.words.startswith("The password typed into the Web Connector is wrong: Type this connection's")
    assert (report.verdict.tone, report.verdict.who) == ("bad", "the person at the QuickBooks PC")
    assert [session.outcome for session in report.sessions] == [Outcome.DONE, Outcome.FAILED]


def test_a_failure_that_was_mended_is_not_the_verdict_but_still_comes_first() -> None:
    report = read_log(made.log(made.wrong_password("07"), made.good()).encode())

    assert report.verdict.words == "The last update went well."
    assert [session.outcome for session in report.worst_first] == [Outcome.FAILED, Outcome.DONE]
    assert report.counts == [("failed", 1), ("done", 1)]


def test_a_failure_that_lasts_is_counted() -> None:
    report = read_log(made.log(*(made.wrong_password(f"{hour:02}") for hour in range(9, 14))).encode())
    assert report.verdict.words.endswith("It happened in 5 of 5 updates.")


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("The request was aborted: The connection was closed unexpectedly.", "cut-off"),
        ("The request was aborted: Could not create SSL/TLS secure channel.", "tls"),
        ("The underlying connection was closed: An unexpected error occurred on a send.", "tls"),
        (
            "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS channel.",
            "certificate",
        ),
        ("The remote name could not be resolved: 'books.example.com'", "name"),
        ("Unable to connect to the remote server", "unreachable"),
        ("The operation has timed out", "time-out"),
        ("The request failed with HTTP status 404: Not Found.", "not-found"),
        ("The request failed with HTTP status 403: Forbidden.", "refused-by-server"),
        ("The request failed with HTTP status 301: Moved Permanently.", "redirect"),
        ("The request failed with HTTP status 413: Request Entity Too Large.", "too-large"),
        ("The remote server returned an error: (502) Bad Gateway.", "server-error"),
        ("Client found response content type of 'text/html', but expected 'text/xml'.", "not-soap"),
        ("Response is not well-formed XML", "not-well-formed"),
        ("Object reference not set to an instance of an object.", "empty-result"),
        ("Index was outside the bounds of the array.", "empty-result"),
    ],
)
def test_what_net_says_explains_more_than_qbwc1012(said: str, cause: str) -> None:
    (session,) = read_log(made.log(made.authenticate_failed(said)).encode()).sessions

    assert session.outcome is Outcome.FAILED
    assert session.cause is not None
    assert session.cause.id == cause
    assert "QBWC1012" in [further.id for further in session.causes]


def test_qbwc1012_alone_has_the_words_of_its_table() -> None:
    (session,) = read_log(made.log(made.authenticate_failed("Something nobody has seen before.")).encode()).sessions

    assert session.cause is not None
    assert (session.cause.id, session.cause.fix) == ("QBWC1012", QBWC_CODES[1012].remedy)


@pytest.mark.parametrize("code", HRESULTS)
def test_every_hresult_has_the_words_of_its_table(code: str) -> None:
    (session,) = read_log(made.log(made.not_opened(code.lower(), "QuickBooks says something.")).encode()).sessions

    assert session.outcome is Outcome.FAILED
    assert session.cause is not None
    assert (session.cause.id, session.cause.fix, session.cause.actor) == (
        code,
        HRESULTS[code].remedy,
        HRESULTS[code].actor,
    )


@pytest.mark.parametrize("code", [code for code, row in QBWC_CODES.items() if row.policy is not Policy.NOT_AN_ERROR])
def test_every_code_of_the_web_connector_is_explained(code: int) -> None:
    found = list(causes_in(f"QBWC{code}: something"))

    assert found
    assert all(cause.what and cause.why and cause.fix and isinstance(cause.actor, Actor) for cause in found)


def test_every_pattern_can_be_found_and_stands_there_once() -> None:
    assert len({pattern.id for pattern in PATTERNS}) == len(PATTERNS)
    for pattern in PATTERNS:
        for text in pattern.texts:
            assert pattern.id in [cause.id for cause in causes_in(f"xx {text.upper()} yy")]


def test_a_request_that_quickbooks_refuses_does_not_make_the_update_a_failure() -> None:
    lines = [*made.opening(), *made.signed_in(), *made.exchange("08:00:10", 100, status=3100), *made.closing()]
    report = read_log(made.log(lines).encode())
    (session,) = report.sessions

    assert session.outcome is Outcome.DONE
    assert session.cause is not None
    assert session.cause.id == "statusCode 3100"
    assert (report.verdict.tone, "came to its end" in report.verdict.words) == ("warn", True)


def test_nothing_to_do_is_no_failure() -> None:
    lines = [*made.opening(), *made.signed_in(verdict="none"), *made.closing(words="")]
    report = read_log(made.log(lines).encode())

    assert report.sessions[0].outcome is Outcome.NOTHING_TO_DO
    assert report.verdict.tone == "good"


def test_busy_and_postponed_are_put_off() -> None:
    busy = [*made.opening(), *made.signed_in(verdict="busy"), *made.closing(words="")]
    postponed = [text.replace('[2]=""', '[2]="300"') for text in [*made.opening(), *made.signed_in(), *made.closing()]]

    outcomes = [session.outcome for session in read_log(made.log(busy, postponed).encode()).sessions]
    assert outcomes == [Outcome.PUT_OFF, Outcome.PUT_OFF]


def test_a_negative_answer_is_a_failure_and_the_servers_words_are_told() -> None:
    place = f"{made.PART}.do_getLastError"
    lines = [
        *made.opening(),
        *made.signed_in(),
        *made.exchange("08:00:10", -1),
        made.line("08:00:11", place, "*** Calling getLastError() with following parameter:"),
        made.line(
            "08:00:11",
            place,
            'Received from getLastError() following parameter:<getLastErrorRet="Wrong company file.">',
        ),
        *made.closing(words=""),
    ]
    report = read_log(made.log(lines).encode())

    assert report.sessions[0].outcome is Outcome.FAILED
    assert "Wrong company file." in report.verdict.words


def test_two_applications_in_one_run_are_two_sessions() -> None:
    first = [*made.opening(), *made.signed_in(verdict="none")]
    second = [*made.opening("08:00:05", "Another application")[1:], *made.signed_in(), *made.closing()]
    report = read_log(made.log(first, second).encode())

    assert [session.application for session in report.sessions] == ["Tieout - Birch", "Another application"]


def test_lines_without_their_beginning_are_read_all_the_same() -> None:
    whole = made.log(made.wrong_password())
    report = read_log(whole[len(whole) // 2 :].encode())
    assert report.verdict.words.startswith("The password typed into")


def test_an_update_without_its_end_is_broken_off_when_another_follows() -> None:
    report = read_log(made.log(made.good("07")[:-3], made.good("08"), made.opening("09:00:00")).encode())
    outcomes = [session.outcome for session in report.sessions]

    assert outcomes[1:] == [Outcome.DONE, Outcome.UNFINISHED]
    assert report.verdict.tone == "good"


def test_the_form_of_scheduled_runs_is_read_too() -> None:
    text = (
        "20161123.08:11:47 UTC\t: UpdateThisScheduledApp() : Password management - Started\n"
        "20161123.08:11:47 UTC\t: QBWebConnector.WebService.do_authenticate() : *** Calling authenticate() with\n"
        "20161123.08:11:48 UTC\t: QBWebConnector.WebService.do_authenticate() : QBWC1012: Authentication failed\n"
        "The request failed with HTTP status 404: Not Found.\n"
    )
    assert read_log(text.encode()).sessions[0].cause is not None


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_of_windows_is_read(codec: str) -> None:
    text = made.log(made.good()).replace("Tieout - Birch", "Tieout – Müller")
    assert read_log(text.encode(codec)).sessions[0].application == "Tieout – Müller"


def test_a_log_cut_in_the_middle_of_a_character_is_read() -> None:
    raw = made.log(made.good()).encode() + "é".encode()[:1]
    assert read_log(raw).sessions[0].outcome is Outcome.DONE


@pytest.mark.parametrize("raw", [b"", b"\0" * 99, b"Dear support, it does not work.", b"\xff\xfe\xff", b"\n" * 5_000])
def test_a_text_that_is_no_log_is_said_to_be_none(raw: bytes) -> None:
    report = read_log(raw)
    assert (report.sessions, report.verdict.tone) == ((), "warn")


def test_of_a_larger_log_the_end_is_read() -> None:
    raw = b"x" * LARGEST + b"\r\n" + made.log(made.wrong_password()).encode()
    report = read_log(raw)

    assert report.is_cut
    assert report.verdict.words.startswith("The password")


def test_a_session_of_days_keeps_a_number_of_calls_only() -> None:
    calls = [text for _ in range(MOST_CALLS) for text in made.exchange("08:00:10", 50)]
    (session,) = read_log(made.log([*made.opening(), *made.signed_in(), *calls, *made.closing()]).encode()).sessions

    assert len(session.calls) == MOST_CALLS
    assert session.calls_left_out > 0


PIECES = st.sampled_from(
    [*made.good(), *made.wrong_password(), *made.authenticate_failed("(404)"), "<QBXML>", "\x00", ""]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=60)), max_size=60), st.integers(0, 200), st.integers(0, 200))
def test_no_log_makes_it_fail(pieces: list[str], start: int, end: int) -> None:
    raw = "\n".join(pieces).encode("utf-8", "surrogatepass")
    report = read_log(raw[start : len(raw) - end])
    assert report.verdict.words
    assert all(session.first_line <= session.last_line for session in report.sessions)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    assert read_log(raw).verdict.words


@pytest.mark.parametrize(
    "one",
    [
        made.log(made.good()),
        "<" * 900 + "\n",
        'a="' * 700 + "\n",
        "20260310.08:00:00 UTC\t: a() : " + "password" * 100 + "\n",
        "1" * 900 + "\n",
        "20260310." * 90 + "\n",
        "<QBXML>" * 80,
        "ticket " * 90,
    ],
)
def test_twice_the_log_costs_twice_the_steps(one: str) -> None:
    read_log(one.encode())
    assert steps(one * 80) < 2.3 * steps(one * 40) + 500


def steps(text: str) -> int:
    """Calls made while reading, of Python and of C alike, counted and not timed."""
    made_calls, raw = 0, text.encode()

    def count_one(*_: object) -> None:
        nonlocal made_calls
        made_calls += 1

    sys.setprofile(count_one)
    try:
        read_log(raw)
    finally:
        sys.setprofile(None)
    return made_calls
