"""zeep, a SOAP library that knows nothing of us, completes a session from our WSDL against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zeep

from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from tests.server import Server, running_server

pytestmark = pytest.mark.journey

USERNAME, PASSWORD = "zeep", "a-password-for-zeep"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("zeep")
    with running_server(folder) as running:
        running.connect("Cascadia", USERNAME, PASSWORD)
        yield running


def client_of(server: Server) -> Any:
    library: Any = zeep  # has no types
    client = library.Client(
        f"{server.soap_url}?wsdl",
        settings=library.Settings(strict=True),
        transport=library.Transport(timeout=30, operation_timeout=30),
    )
    binding = "{http://developer.intuit.com/}QBWebConnectorSvcSoap"
    return client.create_service(binding, server.soap_url)


def test_zeep_completes_a_session_from_our_wsdl(server: Server) -> None:
    service = client_of(server)
    quickbooks = QuickBooks(make_company(1, date(2026, 6, 30)))
    assert service.serverVersion().startswith("Tieout")
    assert not service.clientVersion(strVersion="2.3.0.215")  # zeep reads an empty string as None
    ticket, verdict = service.authenticate(strUserName=USERNAME, strPassword=PASSWORD)
    assert not verdict
    quickbooks.begin_session("")
    progress, answered, hcp = 0, 0, quickbooks.hcp()
    while progress < 100:
        request = service.sendRequestXML(
            ticket=ticket,
            strHCPResponse=hcp,
            strCompanyFileName=r"C:\QB\cascadia.qbw",
            qbXMLCountry="US",
            qbXMLMajorVers=13,
            qbXMLMinorVers=0,
        )
        assert request.startswith("<?xml")
        last, progress = (
            progress,
            service.receiveResponseXML(ticket=ticket, response=quickbooks.process(request), hresult="", message=""),
        )
        assert last <= progress <= 100
        answered, hcp = answered + 1, ""
    quickbooks.end_session()
    assert answered == 3  # accounts, profit and loss, employees
    assert service.closeConnection(ticket=ticket).startswith("Complete!")
    assert service.authenticate(strUserName=USERNAME, strPassword=PASSWORD)[1] == "none"


def test_zeep_is_told_what_went_wrong(server: Server) -> None:
    service = client_of(server)
    ticket, verdict = service.authenticate(strUserName=USERNAME, strPassword="wrong")
    assert verdict == "nvu"
    assert service.receiveResponseXML(ticket=ticket, response="<QBXML/>", hresult="", message="") < 0
    assert "does not know the session" in service.getLastError(ticket=ticket)
    assert service.connectionError(ticket=ticket, hresult="0x80040408", message="Could not start QuickBooks.") == "done"
