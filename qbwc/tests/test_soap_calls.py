"""Whatever shape a call arrives in, it is read as the same value."""

from io import BytesIO

import pytest

from qbwc import soap
from qbwc.tests.envelopes import LIMIT, SOAP_1_2, document_style, in_body, rpc_style
from qbwc.tests.reference import sample

SEND = {
    "ticket": "t-1",
    "strHCPResponse": "<QBXML/>",
    "strCompanyFileName": r"C:\QB\R&D.qbw",
    "qbXMLCountry": "US",
    "qbXMLMajorVers": "13",
    "qbXMLMinorVers": "0",
}
RECEIVE = {"ticket": "t-1", "response": "<QBXML/>", "hresult": "", "message": ""}
CALLS: list[tuple[str, dict[str, str], soap.Call]] = [
    ("serverVersion", {}, soap.ServerVersion()),
    ("getServerVersion", {"ticket": "t-1"}, soap.ServerVersion()),
    ("clientVersion", {"strVersion": "2.3.0.215"}, soap.ClientVersion("2.3.0.215")),
    ("authenticate", {"strUserName": "u", "strPassword": "p<&>"}, soap.Authenticate("u", "p<&>")),
    ("sendRequestXML", SEND, soap.SendRequestXML("t-1", "<QBXML/>", r"C:\QB\R&D.qbw", "US", 13, 0)),
    ("receiveResponseXML", RECEIVE, soap.ReceiveResponseXML("t-1", "<QBXML/>", "", "")),
    (
        "connectionError",
        {"ticket": "t-1", "hresult": "0x80040408", "message": "m"},
        soap.ConnectionErrorCall("t-1", "0x80040408", "m"),
    ),
    ("getLastError", {"ticket": "t-1"}, soap.GetLastError("t-1")),
    ("closeConnection", {"ticket": "t-1"}, soap.CloseConnection("t-1")),
    ("getInteractiveURL", {"wcTicket": "t-1", "sessionID": "s"}, soap.GetInteractiveURL("t-1", "s")),
    ("interactiveRejected", {"wcTicket": "t-1", "reason": "no"}, soap.InteractiveRejected("t-1", "no")),
    ("interactiveDone", {"wcTicket": "t-1"}, soap.InteractiveDone("t-1")),
    ("isInteractiveDone", {"wcTicket": "t-1"}, soap.InteractiveDone("t-1")),
]


@pytest.mark.parametrize(("operation", "parameters", "call"), CALLS, ids=[row[0] for row in CALLS])
def test_every_operation_is_read_in_both_styles(operation: str, parameters: dict[str, str], call: soap.Call) -> None:
    for body in (document_style(operation, parameters), rpc_style(operation, parameters)):
        assert soap.parse_call(body, LIMIT) == soap.Envelope(call, operation, soap.SoapVersion.SOAP_1_1)


def test_a_soap_1_2_envelope_is_known_by_its_namespace() -> None:
    envelope = soap.parse_call(document_style("getLastError", {"ticket": "t"}, SOAP_1_2), LIMIT)
    assert envelope.soap_version is soap.SoapVersion.SOAP_1_2


def test_parameters_inside_a_wrapper_are_found() -> None:
    body = in_body("<authenticate><parameters><strUserName>u</strUserName></parameters></authenticate>")
    assert soap.parse_call(body, LIMIT).call == soap.Authenticate("u", "")


@pytest.mark.parametrize(
    "ticket",
    [
        "<ticket>a&amp;b</ticket>",
        "<ticket><![CDATA[a&b]]></ticket>",
        "<ticket>a<!-- a comment --><?a instruction?>&#38;b</ticket>",
        '<x:ticket xmlns:x="urn:elsewhere">a&#x26;b</x:ticket>',
        "<!-- before --><ticket>a<![CDATA[&]]>b</ticket>",
        "<unknown>zzz</unknown><ticket>a&amp;b</ticket><unknown/>",
    ],
)
def test_a_text_reads_the_same_however_it_is_written(ticket: str) -> None:
    assert soap.parse_call(in_body(f"<getLastError>{ticket}</getLastError>"), LIMIT).call == soap.GetLastError("a&b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_the_encoding_is_understood(encoding: str) -> None:
    declared = "iso-8859-1" if encoding == "iso-8859-1" else "utf-8"
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>'
        + in_body("<getLastError><ticket>Crème</ticket></getLastError>").decode()
    )
    assert soap.parse_call(text.encode(encoding), LIMIT).call == soap.GetLastError("Crème")


def test_nil_missing_and_empty_parameters_are_the_same() -> None:
    nil = '<response xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
    body = in_body(f"<receiveResponseXML><ticket/>{nil}<hresult></hresult></receiveResponseXML>")
    assert soap.parse_call(body, LIMIT).call == soap.ReceiveResponseXML("", "", "", "")


@pytest.mark.parametrize(
    ("text", "number"), [("13", 13), (" 13 ", 13), ("13.0", 13), ("", 0), ("-1", 0), ("x", 0), ("9" * 30, 0), ("١", 0)]
)
def test_a_version_part_that_is_no_number_is_zero(text: str, number: int) -> None:
    call = soap.parse_call(document_style("sendRequestXML", {**SEND, "qbXMLMajorVers": text}), LIMIT).call
    assert isinstance(call, soap.SendRequestXML)
    assert call.major_version == number


def test_headers_and_what_follows_the_operation_are_ignored() -> None:
    content = "<getLastError><ticket>t</ticket></getLastError><getLastError><ticket>other</ticket></getLastError>"
    body = in_body(content).replace(
        b"<e:Body>", b"<e:Header><authenticate><strUserName>u</strUserName></authenticate></e:Header><e:Body>"
    )
    assert soap.parse_call(b"\r\n " + body + b"\r\n", LIMIT).call == soap.GetLastError("t")


def test_characters_that_xml_forbids_are_dropped() -> None:
    body = in_body("<getLastError><ticket>a\x19b&#x1F;c&#0;d&#65535;&#233;</ticket></getLastError>")
    assert soap.parse_call(body, LIMIT).call == soap.GetLastError("abcdé")


def test_a_forbidden_reference_inside_cdata_is_text_and_stays() -> None:
    body = in_body("<getLastError><ticket>a&#1;<![CDATA[b&#1;c]]>&#x2;d</ticket></getLastError>")
    assert soap.parse_call(body, LIMIT).call == soap.GetLastError("ab&#1;cd")


@pytest.mark.parametrize("before", range(65_400, 65_540, 7))
def test_a_reference_where_two_pieces_meet_is_whole(before: int) -> None:
    text = "x" * before
    body = in_body(f"<getLastError><ticket>{text}&#233;&amp;&#x1F;&#1;y</ticket></getLastError>")
    assert soap.parse_call(BytesIO(body), 100_000).call == soap.GetLastError(f"{text}é&y")


def test_a_captured_answer_arrives_whole() -> None:
    text = sample("REAL_soap_item_inventory_query_rs_raw.xml")
    call = soap.parse_call(text.encode(), LIMIT).call
    assert isinstance(call, soap.ReceiveResponseXML)
    assert call.ticket == "354f40b4-b661-4472-a13f-8abf13a743c3"
    assert call.response.startswith('<?xml version="1.0" ?>\n<QBXML>\n')
    assert call.response.endswith("</QBXMLMsgsRs>\n</QBXML>\n")
    assert call.response.count("<ItemInventoryRet>") == text.count("&lt;ItemInventoryRet&gt;")


def test_no_representation_of_a_call_holds_a_password_or_company_data() -> None:
    assert "hunter2" not in repr(soap.Authenticate("u", "hunter2"))
    assert "EIN" not in repr(soap.SendRequestXML("t", "<EIN>12</EIN>", "f", "US", 13, 0))
    assert "Salary" not in repr(soap.ReceiveResponseXML("t", "Salary", "", ""))
