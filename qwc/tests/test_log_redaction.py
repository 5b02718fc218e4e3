"""Nothing secret is left of a log: passwords, tickets, tax numbers and the contents of qbXML, in hostile shapes too."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwc.log_reader import read_log, redact
from qwc.tests import qwc_logs as made
from qwc.tests.qwc_logs import PART, PASSWORD, SECRETS, SSN, TICKET, line

AT = "08:00:00"
AUTHENTICATE, SEND = f"{PART}.do_authenticate", f"{PART}.do_sendRequestXML"


def test_a_whole_log_loses_its_secrets_and_keeps_its_lines() -> None:
    text = made.log(made.good(), made.wrong_password())
    kept = redact(text)

    assert [secret for secret in SECRETS if secret in text] == list(SECRETS)
    assert [secret for secret in SECRETS if secret in kept] == []
    assert kept.count("\n") == text.count("\n")
    assert 'authRet[1]="nvu"' in kept
    assert "EmployeeQueryRs statusCode=0" in kept
    assert 'userName="birch"' in kept


def test_nothing_secret_reaches_the_report() -> None:
    report = repr(
        read_log(made.log(made.good(), made.wrong_password(), made.not_opened("0x80040408", TICKET)).encode())
    )
    assert [secret for secret in SECRETS if secret in report] == []


@pytest.mark.parametrize(
    "text",
    [
        line(AT, AUTHENTICATE, f'<userName="birch"><password="{PASSWORD}">'),
        line(AT, AUTHENTICATE, f'<strPassword="{PASSWORD}"/>'),
        line(AT, AUTHENTICATE, f"strPassword = {PASSWORD}"),
        line(AT, AUTHENTICATE, f"PASSWORD:{PASSWORD}"),
        line(AT, AUTHENTICATE, f"Password locally stored = {PASSWORD}"),
        line(AT, AUTHENTICATE, f'password="a"b" {PASSWORD}">'),
        line(AT, AUTHENTICATE, f'password="a">{PASSWORD}">'),
        line(AT, AUTHENTICATE, f"<pwd>{PASSWORD}</pwd>"),
        line(AT, AUTHENTICATE, f"<pwd>{PASSWORD}"),
        line(AT, AUTHENTICATE, f"<ns:pwd a='1'>{PASSWORD}</ns:pwd>"),
        line(AT, AUTHENTICATE, "password=") + f"\n{PASSWORD}",
        line(AT, AUTHENTICATE, 'password="') + f'\n{PASSWORD}"',
        f"password: {PASSWORD}",
        f"Message: the password is = {PASSWORD}",
        f"20260310.08:00:00 UTC\t: pass phrase: {PASSWORD}",
        f"junk {PASSWORD} 20260310.08:00:00",
        f"{PASSWORD}20260310.08:00:00 UTC\t: UpdateThisScheduledApp() : x",
    ],
)
def test_a_password_is_left_out(text: str) -> None:
    assert PASSWORD not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        line(AT, SEND, f'wcTicket="{TICKET}"'),
        line(AT, SEND, f"wcTicket = {TICKET}"),
        line(AT, SEND, f"ticket {TICKET} is unknown"),
        line(AT, AUTHENTICATE, f'<authRet[0]="{TICKET}"><authRet[1]="">'),
        line(AT, AUTHENTICATE, f'<getLastErrorRet="no session {TICKET}">'),
        line(AT, SEND, f"{{{TICKET.upper()}}}"),
        line(AT, SEND, TICKET.replace("-", "")),
        line(AT, SEND, f"<ticket>{TICKET}</ticket>"),
        line(AT, SEND, f"AppURL: https://x:{TICKET}@books.example.com/?t={TICKET}"),
        f"Message: {TICKET}",
        f"Message: {TICKET[:18]}\u200b{TICKET[18:]}",
    ],
)
def test_a_ticket_is_left_out(text: str) -> None:
    kept = redact(text).replace("-", "").lower()
    assert TICKET[:8] not in kept
    assert TICKET[-12:] not in kept


def test_a_ticket_that_is_no_guid_is_left_out() -> None:
    ticket = "s3ss10n_Zk4Qm7Xw2Pb9Lr"
    for text in (f'<authRet[0]="{ticket}">', f"no session for {ticket}.", f"wcTicket={ticket}", f"Ticket: {ticket}"):
        assert ticket not in redact(line(AT, SEND, text))


@pytest.mark.parametrize(
    "text",
    [
        f"<SSN>{SSN}</SSN>",
        f"Message: employee {SSN} not found",
        line(AT, SEND, f"<SSN>{SSN}</SSN>"),
        line(AT, SEND, f"<SSN>{SSN}"),
        line(AT, SEND, f"ssn {SSN}"),
        line(AT, SEND, "321549876"),
        line(AT, SEND, "321 54 9876"),
        line(AT, SEND, "321\u201154\u20119876"),
        line(AT, SEND, "321\u200b-54-\u200b9876"),
        line(AT, SEND, f'<statusMessage="{SSN}">'),
        line(AT, SEND, f'message="no employee with {SSN}"'),
        line(AT, SEND, "x " * 993 + SSN),
    ],
)
def test_a_social_security_number_is_left_out(text: str) -> None:
    kept = redact(text)
    assert "9876" not in kept
    assert "321" not in kept


@pytest.mark.parametrize("number", ["12-3456789", "4111 1111 1111 1111", "4111111111111111", "١٢٣-٤٥-٦٧٨٩"])
def test_other_long_numbers_are_left_out(number: str) -> None:
    assert number not in redact(line(AT, SEND, f'message="refused for {number}"'))


@pytest.mark.parametrize(
    "body",
    [
        '<?xml version="1.0"?><QBXML><Memo>Orchid</Memo></QBXML>',
        "<QBXML>\n<Memo>\nOrchid\n</Memo>\n</QBXML>",
        "<QBXML>\n<Memo>\nMessage: Orchid\n</Memo>",
        "<qbxml>\nHRESULT Orchid",
        "&lt;QBXML&gt;&lt;Memo&gt;Orchid",
        "<![CDATA[Orchid",
        "<soap:Envelope>\nError message Orchid\n</soap:Envelope>",
        "<html><body>\nThe server Orchid",
        '<?qbposxml version="1.0"?>\nMessage: Orchid',
        "<Memo>Orchid</Memo>",
        "<Memo\n>Orchid",
        "Orchid</Memo>",
        "Orchid",
        "<CustomerAddRq><Name>Orchid</Name>",
        '<NameRs statusMessage="Orchid" statusCode="1">',
    ],
)
@pytest.mark.parametrize("before", ["", "strRequestXML =", "XML dump follows: -"])
def test_no_contents_of_qbxml_are_kept(body: str, before: str) -> None:
    kept = redact(f"{line(AT, SEND, before)}\n{body}\nSource = x")
    assert "Orchid" not in kept
    if body != "Orchid":
        assert "Orchid" not in redact(line(AT, SEND, f"{before} <QBXML>{body}"))


def test_a_memo_that_looks_like_a_line_of_the_log_gives_no_fields_away() -> None:
    memo = line(AT, SEND, f"<SSN>{SSN}</SSN><Name>Orchid</Name> password={PASSWORD}")
    kept = redact(f"{line(AT, SEND, 'XML dump follows: -')}\n<QBXML><Memo>\n{memo}\n</Memo></QBXML>")

    assert not [secret for secret in (SSN, "Orchid", PASSWORD) if secret in kept]


def test_what_a_person_needs_is_kept() -> None:
    wanted = (
        "0x80040408",
        "Could not start QuickBooks.",
        "AppURL: https://books.example.com:8443/api/qbwc",
        r'strCompanyFileName="C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\birch.qbw"',
        "QBWC1012: Authentication failed due to following error message.",
        "The request was aborted: The connection was closed unexpectedly.",
        "at System.Web.Services.Protocols.SoapHttpClientProtocol.ReadResponse(SoapClientMessage message)",
    )
    text = "\n".join(line(AT, SEND, words) for words in wanted)
    kept = redact(text)
    assert [words for words in wanted if words not in kept] == []


@settings(max_examples=150, deadline=None)
@given(
    shape=st.sampled_from(
        [
            '<password="{}">',
            "strPassword={}",
            "<pwd>{}</pwd>",
            "<Password>{}",
            'wcTicket="{}"',
            "<SSN>{}</SSN>",
            "<Memo>{}",
        ]
    ),
    before=st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=30),
    secret=st.text("abcdefghijkmnpqrstuvwxyzABCDEFGH23456789!?#%&/()=+*.,;:_-@ ", min_size=6, max_size=30),
    is_stamped=st.booleans(),
)
def test_whatever_a_secret_looks_like_it_is_left_out(shape: str, before: str, secret: str, is_stamped: bool) -> None:
    secret = f"Q7{secret.strip()}zX"
    text = f"{before.replace('Q7', '')} {shape.format(secret)}"
    assert secret not in redact(line(AT, SEND, text) if is_stamped else text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(made.log(made.good(), made.wrong_password()).split("\r\n")), st.text(max_size=80)),
        max_size=30,
    )
)
def test_doing_it_twice_changes_nothing(lines: list[str]) -> None:
    once = redact("\n".join(lines))
    assert redact(once) == once


def test_the_report_can_be_written_as_json() -> None:
    assert json.dumps(redact(made.log(made.good())))
