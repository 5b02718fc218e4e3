"""The eleven calls of the Web Connector as values, and the table of their names and parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What version of the server is this?"""


@dataclass(frozen=True, slots=True)
class ClientVersion:
    """May this version of the Web Connector go on?"""

    version: str


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Who is calling, and is there work?"""

    username: str
    password: str = field(repr=False)  # so that no log can hold it


@dataclass(frozen=True, slots=True)
class SendRequestXML:
    """QuickBooks is open: what should it be asked? `hcp_response` is filled on the first call of a session only."""

    ticket: str
    hcp_response: str = field(repr=False)  # has tax numbers and addresses
    company_file_name: str
    country: str
    major_version: int
    minor_version: int


@dataclass(frozen=True, slots=True)
class ReceiveResponseXML:
    """QuickBooks' answer, or an HRESULT with its message instead of one."""

    ticket: str
    response: str = field(repr=False)
    hresult: str
    message: str


@dataclass(frozen=True, slots=True)
class OversizedAnswer:
    """A receiveResponseXML whose answer has more bytes than this server takes: `size`, or more if it was cut."""

    ticket: str
    size: int


@dataclass(frozen=True, slots=True)
class ConnectionErrorCall:
    """The Web Connector could not open QuickBooks or the company file."""

    ticket: str
    hresult: str
    message: str


@dataclass(frozen=True, slots=True)
class GetLastError:
    """Why was there nothing, or what went wrong?"""

    ticket: str


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """The session is over."""

    ticket: str


@dataclass(frozen=True, slots=True)
class GetInteractiveURL:
    """Interactive mode: where should the browser go?"""

    ticket: str
    session_id: str


@dataclass(frozen=True, slots=True)
class InteractiveRejected:
    """Interactive mode: the person said no, or said nothing."""

    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class InteractiveDone:
    """Interactive mode: is the person finished?"""

    ticket: str


Call = (
    ServerVersion
    | ClientVersion
    | Authenticate
    | SendRequestXML
    | ReceiveResponseXML
    | OversizedAnswer
    | ConnectionErrorCall
    | GetLastError
    | CloseConnection
    | GetInteractiveURL
    | InteractiveRejected
    | InteractiveDone
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of OPERATIONS: the call it makes, and its parameters in the order of the call's fields."""

    call: Callable[..., Call]
    parameters: tuple[str, ...]


_INTERACTIVE_DONE = Operation(InteractiveDone, ("wcTicket",))
_SERVER_VERSION = Operation(ServerVersion, ())

# Names and order: qbwc-protocol.md 1.0. The guide and Intuit's samples disagree on two names, so both are known:
# getServerVersion (1.1) and isInteractiveDone (1.9).
OPERATIONS: Final[dict[str, Operation]] = {
    "serverVersion": _SERVER_VERSION,
    "getServerVersion": _SERVER_VERSION,
    "clientVersion": Operation(ClientVersion, ("strVersion",)),
    "authenticate": Operation(Authenticate, ("strUserName", "strPassword")),
    "sendRequestXML": Operation(
        SendRequestXML,
        ("ticket", "strHCPResponse", "strCompanyFileName", "qbXMLCountry", "qbXMLMajorVers", "qbXMLMinorVers"),
    ),
    "receiveResponseXML": Operation(ReceiveResponseXML, ("ticket", "response", "hresult", "message")),
    "connectionError": Operation(ConnectionErrorCall, ("ticket", "hresult", "message")),
    "getLastError": Operation(GetLastError, ("ticket",)),
    "closeConnection": Operation(CloseConnection, ("ticket",)),
    "getInteractiveURL": Operation(GetInteractiveURL, ("wcTicket", "sessionID")),
    "interactiveRejected": Operation(InteractiveRejected, ("wcTicket", "reason")),
    "interactiveDone": _INTERACTIVE_DONE,
    "isInteractiveDone": _INTERACTIVE_DONE,
}
INTEGERS: Final = frozenset({"qbXMLMajorVers", "qbXMLMinorVers"})
