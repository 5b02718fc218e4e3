"""Lines in the form of the Web Connector's log, made up here: own names, own secrets."""

from __future__ import annotations

PART = "QBWebConnector.SOAPWebService"
LOCK = "QBWebConnector.RegistryManager.setUpdateLock"
TICKET = "5d0c7b1e-41aa-4c0e-9b3f-7a0e2f6c9d11"
PASSWORD = "Tulip-93!x"
SSN = "321-54-9876"
SECRETS = (TICKET, PASSWORD, SSN, "Dorothy Vaughan", "48,211.07")


def line(clock: str, place: str, text: str) -> str:
    return f"20260310.{clock} UTC\t: {place}() : {text}"


def opening(clock: str = "08:00:00", application: str = "Tieout - Birch") -> list[str]:
    """From the lock to the sign-in, which is answered by what follows."""
    return [
        line(clock, LOCK, "********************* Update session locked *********************"),
        line(clock, f"{PART}.instantiateWebService", "Initiated connection to the following application."),
        line(clock, f"{PART}.instantiateWebService", f"AppName: {application}"),
        line(clock, f"{PART}.instantiateWebService", "AppURL: https://books.example.com/api/qbwc"),
        line(clock, f"{PART}.do_serverVersion", "*** Calling serverVersion()."),
        line(
            clock,
            f"{PART}.do_serverVersion",
            'Received from serverVersion() following parameter:<serverVersionRet="1.0">',
        ),
        line(
            clock,
            f"{PART}.do_clientVersion",
            '*** Calling clientVersion() with following parameter:<productVersion="2.3.0.215">',
        ),
        line(
            clock, f"{PART}.do_clientVersion", 'Received from clientVersion() following parameter:<clientVersionRet="">'
        ),
        line(
            clock,
            f"{PART}.do_authenticate",
            f'*** Calling authenticate() with following parameters:<userName="birch"><password="{PASSWORD}">',
        ),
    ]


def signed_in(clock: str = "08:00:01", verdict: str = "", ticket: str = TICKET) -> list[str]:
    slots = f'<authRet[0]="{ticket}"><authRet[1]="{verdict}"><authRet[2]=""><authRet[3]="">'
    text = f"Received from authenticate() following parameters:{slots}"
    return [line(clock, f"{PART}.do_authenticate", text)]


def exchange(clock: str, progress: int, status: int = 0) -> list[str]:
    """One request to QuickBooks and its answer, as at log level VERBOSE."""
    return [
        line(clock, f"{PART}.do_sendRequestXML", "*** Calling sendRequestXML() with following parameters:"),
        line(clock, f"{PART}.do_sendRequestXML", f'wcTicket="{TICKET}"'),
        line(clock, f"{PART}.do_sendRequestXML", r'strCompanyFileName="C:\QB\birch.qbw"'),
        line(clock, f"{PART}.do_sendRequestXML", "strRequestXML ="),
        line(clock, f"{PART}.do_sendRequestXML", '<?xml version="1.0"?>'),
        '<?qbxml version="13.0"?>',
        "<QBXML><QBXMLMsgsRq><EmployeeQueryRq/></QBXMLMsgsRq></QBXML>",
        line(clock, f"{PART}.ProcessRequestXML", "Processing request #1"),
        line(clock, f"{PART}.do_receiveResponseXML", "*** Calling receiveResponseXML() with following parameters:"),
        line(clock, f"{PART}.do_receiveResponseXML", "XML dump follows: -"),
        "",
        '<?xml version="1.0" ?>',
        "<QBXML>",
        "<QBXMLMsgsRs>",
        f'<EmployeeQueryRs requestID="1" statusCode="{status}" statusSeverity="Info" statusMessage="Status OK">',
        f"<EmployeeRet><Name>Dorothy Vaughan</Name><SSN>{SSN}</SSN><Rate>48,211.07</Rate></EmployeeRet>",
        "</EmployeeQueryRs>",
        "</QBXMLMsgsRs>",
        "</QBXML>",
        line(
            clock,
            f"{PART}.do_receiveResponseXML",
            f'Received from receiveResponseXML() following parameter:<receiveResponseXMLRet="{progress}">',
        ),
    ]


def closing(clock: str = "08:02:00", words: str = "Complete!") -> list[str]:
    return [
        line(
            clock,
            f"{PART}.do_closeConnection",
            f'*** Calling closeConnection() with following parameter:<wcTicket="{TICKET}">',
        ),
        line(
            clock,
            f"{PART}.do_closeConnection",
            f'Received from closeConnection() following parameter:<closeConnectionRet="{words}">',
        ),
        line(clock, LOCK, "********************* Update session unlocked *********************"),
    ]


def good(clock: str = "08") -> list[str]:
    return [
        *opening(f"{clock}:00:00"),
        *signed_in(f"{clock}:00:01"),
        *exchange(f"{clock}:00:10", 50),
        *exchange(f"{clock}:01:10", 100),
        *closing(f"{clock}:02:00"),
    ]


def wrong_password(clock: str = "09") -> list[str]:
    return [
        *opening(f"{clock}:00:00"),
        *signed_in(f"{clock}:00:01", "nvu", ""),
        line(
            f"{clock}:00:01",
            f"{PART}.do_authenticate",
            "QBWC1040: Authentication failed. Invalid password for username: birch",
        ),
        *closing(f"{clock}:00:02", ""),
    ]


def authenticate_failed(said: str, clock: str = "10") -> list[str]:
    """QBWC1012 and what .NET says."""
    return [
        *opening(f"{clock}:00:00"),
        line(
            f"{clock}:00:20",
            f"{PART}.do_authenticate",
            "QBWC1012: Authentication failed due to following error message.",
        ),
        said,
        "More info:",
        "StackTrace =    at System.Web.Services.Protocols.SoapHttpClientProtocol.ReadResponse()",
        "Source = System.Web.Services",
        line(f"{clock}:00:20", LOCK, "********************* Update session unlocked *********************"),
    ]


def not_opened(hresult: str, message: str, clock: str = "11") -> list[str]:
    """QuickBooks could not be opened: connectionError, answered with done."""
    said = f'<wcTicket="{TICKET}"><hresult="{hresult}"><message="{message}">'
    return [
        *opening(f"{clock}:00:00"),
        *signed_in(f"{clock}:00:01"),
        line(
            f"{clock}:00:40",
            f"{PART}.do_connectionError",
            f"*** Calling connectionError() with following parameters:{said}",
        ),
        line(
            f"{clock}:00:40",
            f"{PART}.do_connectionError",
            'Received from connectionError() following parameter:<connectionErrorRet="done">',
        ),
        *closing(f"{clock}:00:41", "QuickBooks could not be opened."),
    ]


def log(*sessions: list[str]) -> str:
    return "\r\n".join(text for session in sessions for text in session) + "\r\n"
