"""What the simulated Web Connector puts on the wire, byte for byte."""

import dataclasses
import datetime
import ipaddress
import pathlib
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulators.soap_client import SoapClient, Style, envelope
from simulators.soap_replies import SOAP_1_2, SoapFailure
from simulators.tests.scripted_server import ScriptedServer, StandInQuickBooks, answer, strings
from simulators.web_connector import WebConnector

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_TAIL = "</soap:Body></soap:Envelope>"


def test_the_document_style_is_written_as_dot_net_writes_it() -> None:
    written = envelope("authenticate", [("strUserName", "a&b<c>\"'é"), ("strPassword", "")])
    assert written.decode() == (
        f'{_HEAD}<authenticate xmlns="http://developer.intuit.com/">'
        "<strUserName>a&amp;b&lt;c&gt;\"'é</strUserName><strPassword /></authenticate>" + _TAIL
    )


def test_a_call_without_parameters_is_an_empty_element() -> None:
    assert (
        envelope("serverVersion", []).decode()
        == f'{_HEAD}<serverVersion xmlns="http://developer.intuit.com/" />{_TAIL}'
    )


def test_a_null_string_is_left_out_and_an_empty_one_is_not() -> None:
    written = envelope("getLastError", [("ticket", None)]).decode()
    assert "<getLastError xmlns=" in written
    assert "ticket" not in written
    assert "<ticket />" in envelope("getLastError", [("ticket", "")]).decode()


def test_control_characters_go_out_as_references_as_dot_net_sends_them() -> None:
    assert "a&#x1;b\tc\nd" in envelope("getLastError", [("ticket", "a\x01b\tc\nd")]).decode()


def test_doc_wrapped_looks_like_document() -> None:
    parameters = [("ticket", "t")]
    assert envelope("getLastError", parameters, Style.DOC_WRAPPED) == envelope("getLastError", parameters)


def test_the_rpc_style_has_a_prefixed_operation_and_typed_unqualified_children() -> None:
    written = envelope("sendRequestXML", [("ticket", "t"), ("qbXMLCountry", None), ("qbXMLMajorVers", 13)], Style.RPC)
    assert written.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:tns="http://developer.intuit.com/"'
        ' xmlns:types="http://developer.intuit.com/encodedTypes"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        '<soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        '<q1:sendRequestXML xmlns:q1="http://developer.intuit.com/"><ticket xsi:type="xsd:string">t</ticket>'
        '<qbXMLCountry xsi:nil="true" /><qbXMLMajorVers xsi:type="xsd:int">13</qbXMLMajorVers></q1:sendRequestXML>'
        "</soap:Body></soap:Envelope>"
    )


def test_the_headers_are_those_of_dot_net_in_its_order() -> None:
    with ScriptedServer() as server:
        client = SoapClient(server.url)
        client.call("serverVersion")
        client.call("closeConnection", [("ticket", "t")])
        client.close()
    first, second = server.seen
    length = str(len(first.body))
    port = server.http.server_address[1]
    assert first.request_line == "POST /api/qbwc?company=1 HTTP/1.1"
    assert first.headers == (
        ("User-Agent", "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"),
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", '"http://developer.intuit.com/serverVersion"'),
        ("Host", f"127.0.0.1:{port}"),
        ("Content-Length", length),
        ("Expect", "100-continue"),
        ("Connection", "Keep-Alive"),
    )
    assert [name for name, _ in second.headers][-1] == "Expect"  # the connection is kept: not said again
    assert first.client_port == second.client_port


def test_soap_1_2_names_the_action_in_the_content_type() -> None:
    written = envelope("serverVersion", [], soap_namespace=SOAP_1_2).decode()
    assert 'xmlns:soap="http://www.w3.org/2003/05/soap-envelope"' in written
    headers = dict(SoapClient("http://127.0.0.1:9/x", soap12=True)._headers("serverVersion"))
    action = 'action="http://developer.intuit.com/serverVersion"'
    assert headers["Content-Type"] == f"application/soap+xml; charset=utf-8; {action}"
    assert "SOAPAction" not in headers


def test_a_server_silent_about_expect_is_waited_for_once() -> None:
    with ScriptedServer(expects=False) as server:
        client = SoapClient(server.url, continue_seconds=1)
        started = time.monotonic()
        client.call("serverVersion")
        first = time.monotonic() - started
        for _ in range(20):
            client.call("serverVersion")
        rest = time.monotonic() - started - first
        client.close()
    assert first >= 1
    assert rest < 20  # a second for each would be twenty


def test_a_server_that_refuses_the_headers_never_gets_the_body() -> None:
    with ScriptedServer() as server:
        server.refuses_headers = 417
        client = SoapClient(server.url)
        with pytest.raises(SoapFailure, match="HTTP status 417"):
            client.call("serverVersion")
    assert server.seen == []


def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    closing = dataclasses.replace(answer("serverVersion", "1.0"), headers=(("Connection", "close"),))
    with ScriptedServer({"serverVersion": closing}) as server:
        client = SoapClient(server.url)
        client.call("serverVersion")
        client.call("serverVersion")
        client.close()
    assert len({seen.client_port for seen in server.seen}) == 2


def test_only_http_and_https_are_addresses() -> None:
    with pytest.raises(ValueError, match="not an http"):
        SoapClient("ftp://example.com/x")


def test_parameters_come_in_the_documented_order() -> None:
    with ScriptedServer({"receiveResponseXML": ["50", "100"]}) as server:
        WebConnector(server.url, "user", "pass word", StandInQuickBooks()).run()
    first, second = server.bodies("sendRequestXML")
    assert first == (
        f'{_HEAD}<sendRequestXML xmlns="http://developer.intuit.com/"><ticket>ticket-1</ticket>'
        '<strHCPResponse>&lt;?xml version="1.0" ?&gt;&lt;QBXML&gt;host &amp; "company"&lt;/QBXML&gt;</strHCPResponse>'
        "<strCompanyFileName>C:\\QB\\test &amp; more.qbw</strCompanyFileName><qbXMLCountry>US</qbXMLCountry>"
        f"<qbXMLMajorVers>13</qbXMLMajorVers><qbXMLMinorVers>0</qbXMLMinorVers></sendRequestXML>{_TAIL}"
    )
    assert "<ticket>ticket-1</ticket><strHCPResponse /><strCompanyFileName>" in second
    assert server.bodies("receiveResponseXML")[0] == (
        f'{_HEAD}<receiveResponseXML xmlns="http://developer.intuit.com/"><ticket>ticket-1</ticket>'
        f"<response>&lt;QBXML&gt;answer&lt;/QBXML&gt;</response><hresult /><message /></receiveResponseXML>{_TAIL}"
    )
    assert "<strUserName>user</strUserName><strPassword>pass word</strPassword>" in server.bodies("authenticate")[0]
    assert "<strVersion>2.3.0.215</strVersion>" in server.bodies("clientVersion")[0]


@pytest.fixture
def certificate(tmp_path: pathlib.Path) -> pathlib.Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + datetime.timedelta(days=36500),
        extensions=[
            x509.Extension(
                x509.SubjectAlternativeName.oid,
                False,
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            )
        ],
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "server.pem"
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def test_https_works_and_an_unknown_certificate_is_refused(certificate: pathlib.Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ScriptedServer({"authenticate": strings("t", "none")})
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    with server:
        url = server.url.replace("http://", "https://")
        trusting = ssl.create_default_context(cafile=str(certificate))
        run = WebConnector(url, "u", "p", StandInQuickBooks(), ssl_context=trusting).run()
        refused = WebConnector(url, "u", "p", StandInQuickBooks()).run()
    assert run.ended_well
    assert run.verdict == "none"
    assert "CERTIFICATE_VERIFY_FAILED" in refused.failure
    assert refused.qbwc_code == "QBWC1036"
