"""How the simulated Web Connector reads replies: as strictly as .NET, each refusal with QBWC's code."""

import pytest

from simulators.soap_client import SoapClient, Style
from simulators.soap_replies import SOAP_1_2, HttpReply, SoapFailure, int32, read_reply
from simulators.tests.scripted_server import (
    NAMESPACE,
    SOAP_1_1,
    Canned,
    QuickBooksFailed,
    ScriptedServer,
    StandInQuickBooks,
    answer,
    envelope,
    fault,
    strings,
)
from simulators.web_connector import Run, WebConnector

OPERATION = "closeConnection"
GOOD = answer(OPERATION, "Complete!").body


def read(
    body: bytes = GOOD,
    *,
    status: int = 200,
    content_type: str = "text/xml; charset=utf-8",
    length: int | None = None,
    namespace: str = SOAP_1_1,
) -> str:
    reply = HttpReply(status, "Reason", content_type, length, body)
    return read_reply(reply, OPERATION, namespace).text()


def wrapped(result: str, namespace: str = NAMESPACE) -> bytes:
    return envelope(f'<{OPERATION}Response xmlns="{namespace}">{result}</{OPERATION}Response>')


def test_a_result_is_text_with_its_white_space() -> None:
    assert read() == "Complete!"
    assert read(answer(OPERATION, "\n a ").body) == "\n a "
    assert read(answer(OPERATION, "<![CDATA[a<b]]>").body) == "a<b"
    assert read(answer(OPERATION, "").body) == ""


@pytest.mark.parametrize("status", [200, 202, 400, 500])
def test_the_body_counts_at_2xx_400_and_500(status: int) -> None:
    assert read(status=status) == "Complete!"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 413, 502, 503])
def test_any_other_status_loses_the_body(status: int) -> None:
    with pytest.raises(SoapFailure, match=f"HTTP status {status}: Reason"):
        read(status=status)


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/soap+xml", "application/xml", ""])
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(SoapFailure, match="response content type of"):
        read(content_type=content_type)


def test_the_charset_comes_from_the_content_type_before_the_declaration() -> None:
    assert read(GOOD.replace(b"Complete!", b"caf\xe9"), content_type="text/xml; charset=ISO-8859-1") == "café"
    assert read(GOOD.replace(b"Complete!", "café".encode()), content_type="TEXT/XML") == "café"
    with pytest.raises(SoapFailure, match="not well-formed"):
        read(GOOD.replace(b"Complete!", b"caf\xe9"))


def test_an_empty_reply_is_a_failure() -> None:
    with pytest.raises(SoapFailure, match="empty response"):
        read(b"", length=0)


@pytest.mark.parametrize(
    "body",
    [b" " + GOOD, b"Warning: x" + GOOD, GOOD + b"<!-- ok --><p/>", GOOD[:-3], b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD],
)
def test_anything_around_the_envelope_is_not_well_formed(body: bytes) -> None:
    with pytest.raises(SoapFailure, match="Response is not well-formed XML"):
        read(body)


def test_a_document_type_is_prohibited() -> None:
    with pytest.raises(SoapFailure, match="DTD is prohibited"):
        read(GOOD.replace(b"?>", b"?><!DOCTYPE x>"))


def test_a_missing_declaration_and_indentation_are_harmless() -> None:
    assert read(GOOD.partition(b"?>")[2].replace(b"><", b">\n  <")) == "Complete!"


def test_the_envelope_must_be_of_the_soap_version_asked() -> None:
    with pytest.raises(SoapFailure, match="SOAP version mismatch"):
        read(envelope("<x/>", SOAP_1_2))
    body = envelope(f'<{OPERATION}Response xmlns="{NAMESPACE}"><{OPERATION}Result>x</{OPERATION}Result>'
                    f"</{OPERATION}Response>", SOAP_1_2)  # fmt: skip
    assert read(body, namespace=SOAP_1_2, content_type="application/soap+xml; charset=utf-8") == "x"


@pytest.mark.parametrize(
    "body",
    [
        wrapped(f"<{OPERATION}Result>x</{OPERATION}Result>", "http://developer.intuit.com"),
        wrapped(f'<{OPERATION}Result xmlns="">x</{OPERATION}Result>'),
        wrapped("<return>x</return>"),
        wrapped(""),
        envelope(""),
    ],
    ids=["other namespace", "child without namespace", "another name", "no result", "empty body"],
)
def test_what_dot_net_does_not_know_it_skips_and_the_result_is_null(body: bytes) -> None:
    with pytest.raises(SoapFailure, match="Object reference not set"):
        read(body)


def test_markup_inside_a_string_result_is_an_error() -> None:
    with pytest.raises(SoapFailure, match="'QBXML' stands where text is due"):
        read(answer(OPERATION, "<QBXML/>").body)


def test_unknown_elements_and_headers_are_skipped_unless_they_must_be_understood() -> None:
    body = wrapped(f"<extra/><{OPERATION}Result other='1'>x</{OPERATION}Result>")
    header = b"<e:Header><h xmlns='u'/></e:Header><e:Body>"
    assert read(body.replace(b"<e:Body>", header)) == "x"
    with pytest.raises(SoapFailure, match="not understood"):
        read(body.replace(b"<e:Body>", header.replace(b"<h ", b"<h e:mustUnderstand='1' ")))


def test_a_fault_carries_its_words_whatever_the_status() -> None:
    with pytest.raises(SoapFailure, match="it broke"):
        read(fault("it broke").body)
    with pytest.raises(SoapFailure, match="it broke"):
        read(fault("it broke").body, status=500)


def test_integers_are_strict() -> None:
    assert int32(" 100\n") == 100
    assert int32("-1") == -1
    for text in ("", "100.0", "100%", "1 0", "2147483648", "0x1", "١"):
        with pytest.raises(SoapFailure, match="not in a correct format"):
            int32(text)


def test_the_rpc_style_binds_by_position() -> None:
    inner = (
        '<n:authenticateResponse xmlns:n="urn:ActionWebService"><return><item>t</item><item>none</item></return>'
        "</n:authenticateResponse>"
    )
    with ScriptedServer({"authenticate": Canned(envelope(inner))}) as server:
        client = SoapClient(server.url, style=Style.RPC)
        assert client.call("authenticate", [("strUserName", "u")]).strings() == ["t", "none"]
        client.close()


def run_against(operation: str, reply: Canned | str, *, quickbooks: StandInQuickBooks | None = None) -> Run:
    script: dict[str, Canned | str] = {operation: reply}
    if operation == "getLastError":
        script["sendRequestXML"] = ""
    with ScriptedServer(script) as server:
        return WebConnector(server.url, "u", "p", quickbooks or StandInQuickBooks()).run()


CODES = [
    ("clientVersion", "QBWC1036"),
    ("authenticate", "QBWC1012"),
    ("sendRequestXML", "QBWC1041"),
    ("receiveResponseXML", "QBWC1042"),
    ("getLastError", "QBWC1043"),
    ("closeConnection", "QBWC1044"),
    ("connectionError", "QBWC1045"),
]


def failing_quickbooks(operation: str) -> StandInQuickBooks:
    error = QuickBooksFailed("0x80040408", "Could not start QuickBooks.")
    return StandInQuickBooks(openings=[error] if operation == "connectionError" else [])


@pytest.mark.parametrize(("operation", "code"), CODES)
def test_a_fault_ends_the_run_with_the_code_of_its_call(operation: str, code: str) -> None:
    run = run_against(operation, fault("it broke"), quickbooks=failing_quickbooks(operation))
    assert (run.qbwc_code, run.ended_well, run.calls[-1]) == (code, False, operation)
    assert "it broke" in run.failure


@pytest.mark.parametrize(("operation", "code"), CODES[1:])
def test_a_missing_result_ends_the_run_with_the_code_of_its_call(operation: str, code: str) -> None:
    nothing = Canned(envelope(f'<{operation}Response xmlns="{NAMESPACE}"/>'))
    run = run_against(operation, nothing, quickbooks=failing_quickbooks(operation))
    assert (run.qbwc_code, run.calls[-1]) == (code, operation)
    assert "Object reference not set" in run.failure


@pytest.mark.parametrize("inner", ["", "<string>t</string>", '<string xmlns="">t</string><string xmlns=""/>'])
def test_authenticate_with_fewer_than_two_strings_is_1012(inner: str) -> None:
    run = run_against("authenticate", inner)
    assert run.qbwc_code == "QBWC1012"
    assert "outside the bounds" in run.failure


def test_a_null_verdict_is_1012() -> None:
    nil = '<string xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    run = run_against("authenticate", f"<string>t</string>{nil}")
    assert (run.qbwc_code, "Object reference" in run.failure) == ("QBWC1012", True)


def test_seconds_that_are_no_number_are_1012() -> None:
    assert run_against("authenticate", strings("t", "none", "soon")).qbwc_code == "QBWC1012"


def test_a_percentage_that_is_no_integer_is_1042() -> None:
    assert run_against("receiveResponseXML", "100.0").qbwc_code == "QBWC1042"


def test_a_redirect_is_never_followed() -> None:
    moved = Canned(b"<html/>", 301, "text/html", (("Location", "/api/qbwc/"),))
    run = run_against("authenticate", moved)
    assert (run.qbwc_code, run.calls) == ("QBWC1012", ("serverVersion", "clientVersion", "authenticate"))


def test_a_sign_in_page_instead_of_soap_is_told_with_its_content_type() -> None:
    run = run_against("sendRequestXML", Canned(b"<html/>", 200, "text/html; charset=utf-8"))
    assert run.qbwc_code == "QBWC1041"
    assert "'text/html; charset=utf-8', but expected 'text/xml'" in run.failure


def test_a_server_without_server_version_still_works() -> None:
    assert run_against("serverVersion", fault("unknown operation")).ended_well


def test_nobody_listening_is_a_failure_of_the_first_call_that_counts() -> None:
    with ScriptedServer() as server:
        url = server.url
    run = WebConnector(url, "u", "p", StandInQuickBooks()).run()
    assert (run.qbwc_code, run.verdict) == ("QBWC1036", None)
    assert "Unable to connect" in run.failure
