"""A bare Web Connector for tests: envelopes written by hand, results read back with the standard library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from lxml import etree

from accounts.models import Company
from qbwc import purposes
from qbwc.models import CompanyFile, SyncPlan, WebConnectorSession
from qbwc.passwords import hash_password
from qbwc.purposes import Delivered, Purpose

SPACE = "{http://developer.intuit.com/}"
OWNER_ID = UUID("11111111-2222-3333-4444-555555555555")
FILE_ID = UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
OK_ANSWER = (
    '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs><HostQueryRs requestID="{id}" statusCode="0" statusSeverity="Info" '
    'statusMessage="Status OK"/></QBXMLMsgsRs></QBXML>'
)


def a_company_file(name: str = "Cascadia", username: str = "cascadia", password: str = "right") -> CompanyFile:
    company, _ = Company.objects.get_or_create(name=name, slug=name.lower())
    return CompanyFile.objects.create(
        company=company,
        username=username,
        password_hash=hash_password(password, rounds=4),
        owner_id=OWNER_ID,
        file_id=FILE_ID,
        app_name="Tieout",
    )


def plan(company_file: CompanyFile, *names: str) -> None:
    """One sync plan a purpose, in this order, due at once."""
    for priority, name in enumerate(names):
        SyncPlan.objects.create(company_file=company_file, purpose=name, priority=100 + priority)


@contextmanager
def reading_into(delivered: list[Delivered], *names: str, is_write: bool = False) -> Iterator[None]:
    """Purposes that ask for the host and keep what they are handed."""
    before = dict(purposes._registry)
    for name in names:
        purposes.register(Purpose(name, is_write, lambda job: (etree.Element("HostQueryRq"),), delivered.append))
    try:
        yield
    finally:
        purposes._registry.clear()
        purposes._registry.update(before)


def envelope(operation: str, **parameters: str | int) -> bytes:
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in parameters.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body><{operation} xmlns="http://developer.intuit.com/">{inner}</{operation}></soap:Body></soap:Envelope>'
    ).encode()


@dataclass
class Connector:
    client: Client = field(default_factory=Client)
    ticket: str = ""

    def post(self, body: bytes, content_type: str = "text/xml; charset=utf-8") -> HttpResponse:
        response = self.client.post("/api/qbwc", data=body, content_type=content_type)
        assert isinstance(response, HttpResponse)
        return response

    def call(self, operation: str, **parameters: str | int) -> str | list[str]:
        response = self.post(envelope(operation, **parameters))
        assert response.status_code == 200, response.content
        assert response["Content-Type"] == "text/xml; charset=utf-8"
        result = ElementTree.fromstring(response.content).find(f".//{SPACE}{operation}Result")
        assert result is not None, response.content
        if len(result):
            return [child.text or "" for child in result]
        return result.text or ""

    def authenticate(self, username: str = "cascadia", password: str = "right") -> str:
        """Keeps the ticket and gives the verdict."""
        answer = self.call("authenticate", strUserName=username, strPassword=password)
        assert isinstance(answer, list)
        self.ticket = answer[0]
        return answer[1]

    def send(self, hcp: str = "") -> str:
        result = self.call(
            "sendRequestXML",
            ticket=self.ticket,
            strHCPResponse=hcp,
            strCompanyFileName=r"C:\QB\cascadia.qbw",
            qbXMLCountry="US",
            qbXMLMajorVers=13,
            qbXMLMinorVers=0,
        )
        assert isinstance(result, str)
        return result

    def receive(self, response: str = "", hresult: str = "", message: str = "") -> int:
        result = self.call(
            "receiveResponseXML", ticket=self.ticket, response=response, hresult=hresult, message=message
        )
        assert isinstance(result, str)
        return int(result)

    def answer(self, request: str, template: str = OK_ANSWER) -> int:
        """Answer the request that was sent, echoing its requestID."""
        return self.receive(template.replace("{id}", request_id_in(request)))

    def text(self, operation: str, **parameters: str) -> str:
        result = self.call(operation, ticket=self.ticket, **parameters)
        assert isinstance(result, str)
        return result


def everybody_silent_for(seconds: float) -> None:
    """Let the open sessions look as if their connectors had said nothing for so long."""
    WebConnectorSession.objects.update(last_call_at=F("last_call_at") - timedelta(seconds=seconds))


def request_id_in(request: str) -> str:
    message_set = ElementTree.fromstring(request).find("QBXMLMsgsRq")
    assert message_set is not None
    return message_set[0].get("requestID", "")


def hcp(company_name: str = "Cascadia Managed Services", file_id: UUID | None = FILE_ID) -> str:
    """What the Web Connector brings with its first sendRequestXML."""
    stamp = (
        f"<DataExtRet><OwnerID>{{{OWNER_ID}}}</OwnerID><DataExtName>FileID</DataExtName>"
        f"<DataExtType>STR255TYPE</DataExtType><DataExtValue>{{{str(file_id).upper()}}}</DataExtValue></DataExtRet>"
        if file_id
        else ""
    )
    return (
        '<?xml version="1.0" ?><QBXML><QBXMLMsgsRs>'
        '<HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><HostRet>'
        "<ProductName>QuickBooks Enterprise Solutions 24.0</ProductName><MajorVersion>34</MajorVersion>"
        "<MinorVersion>0</MinorVersion><Country>US</Country><SupportedQBXMLVersion>12.0</SupportedQBXMLVersion>"
        "<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion><SupportedQBXMLVersion>16.0</SupportedQBXMLVersion>"
        "<IsAutomaticLogin>false</IsAutomaticLogin><QBFileMode>MultiUser</QBFileMode></HostRet></HostQueryRs>"
        '<CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><CompanyRet>'
        f"<CompanyName>{escape(company_name)}</CompanyName><EIN>12-3456789</EIN>"
        f"<FirstMonthFiscalYear>January</FirstMonthFiscalYear>{stamp}</CompanyRet></CompanyQueryRs>"
        "</QBXMLMsgsRs></QBXML>"
    )
