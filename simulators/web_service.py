"""The operations of a Web Connector's server as typed calls; each failure carries the code QBWC would log."""

import dataclasses
from collections.abc import Callable

from simulators.soap_client import Parameter, SoapClient
from simulators.soap_replies import NULL_REFERENCE, Reply, SoapFailure, int32

# What QBWC logs when a call throws (guide, appendix A). The interactive calls have no code of their own.
CODES = {
    "clientVersion": "QBWC1036",
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
}


class CallFailed(Exception):
    """A call that threw inside the Web Connector: which one, the code of its log line, the exception's text."""

    def __init__(self, operation: str, text: str) -> None:
        super().__init__(f"{operation}: {text}")
        self.operation = operation
        self.code = CODES.get(operation, "")
        self.text = text


@dataclasses.dataclass(frozen=True, slots=True)
class Authenticated:
    """authenticate's four slots; the last two in seconds, None when the server left them out or empty."""

    ticket: str | None
    verdict: str
    postponed_seconds: int | None
    minimum_run_seconds: int | None


class WebService:
    """Sends the calls, keeps their names in `calls`, and tells what came back, a line each."""

    def __init__(self, client: SoapClient, on_call: Callable[[str], object], on_line: Callable[[str], object]) -> None:
        """`on_call` is called with the operation's name before each call and may raise."""
        self._client = client
        self._on_call = on_call
        self._on_line = on_line
        self.calls: list[str] = []

    def server_version(self) -> None:
        """Asks for the server's version; a server that does not know the call is forgiven."""
        try:
            reply = self._call("serverVersion")
        except CallFailed as failure:
            self._tell("serverVersion", f"failed, going on: {failure.text}")
        else:
            self._tell("serverVersion", "nothing" if reply.is_null else shortened(self._read("serverVersion", reply)))

    def client_version(self, version: str) -> str:
        """The server's word on our version; null counts as ""."""
        reply = self._call("clientVersion", ("strVersion", version))
        text = "" if reply.is_null else self._read("clientVersion", reply)
        self._tell("clientVersion", shortened(text))
        return text

    def authenticate(self, username: str, password: str) -> Authenticated:
        """Signs in; the password is never told."""
        reply = self._call("authenticate", ("strUserName", username), ("strPassword", password))
        try:
            slots = _slots_of(reply.strings())
        except SoapFailure as failure:
            raise self._failed("authenticate", failure) from failure
        self._tell("authenticate", f"ticket {slots.ticket!r}, verdict {slots.verdict!r}")
        return slots

    def receive_response_xml(self, ticket: str | None, response: str, hresult: str, message: str) -> int:
        """Delivers QuickBooks' answer, or its error; gives back the percentage, negative for an error."""
        parameters = (("ticket", ticket), ("response", response), ("hresult", hresult), ("message", message))
        reply = self._call("receiveResponseXML", *parameters)
        try:
            percent = reply.number()
        except SoapFailure as failure:
            raise self._failed("receiveResponseXML", failure) from failure
        self._tell("receiveResponseXML", f"{percent}" + (f" (QuickBooks said {hresult})" if hresult else ""))
        return percent

    def text(self, operation: str, *parameters: Parameter) -> str:
        """Any operation whose result is a string that may not be null."""
        text = self._read(operation, self._call(operation, *parameters))
        self._tell(operation, shortened(text))
        return text

    def _call(self, operation: str, *parameters: Parameter) -> Reply:
        self._on_call(operation)
        self.calls.append(operation)
        try:
            return self._client.call(operation, parameters)
        except SoapFailure as failure:
            raise self._failed(operation, failure) from failure

    def _read(self, operation: str, reply: Reply) -> str:
        try:
            return reply.text()
        except SoapFailure as failure:
            raise self._failed(operation, failure) from failure

    def _failed(self, operation: str, failure: SoapFailure) -> CallFailed:
        failed = CallFailed(operation, str(failure))
        self._tell(operation, f"failed{f' ({failed.code})' if failed.code else ''}: {failed.text}")
        return failed

    def _tell(self, operation: str, result: str) -> None:
        self._on_line(f"{operation:<20} {result}")


def _slots_of(slots: list[str | None]) -> Authenticated:
    if len(slots) < 2:
        raise SoapFailure("Index was outside the bounds of the array.")
    if slots[1] is None:
        raise SoapFailure(NULL_REFERENCE)
    return Authenticated(slots[0], slots[1], _seconds(slots, 2), _seconds(slots, 3))


def _seconds(slots: list[str | None], position: int) -> int | None:
    text = slots[position] if len(slots) > position else None
    return int32(text) if text else None


def shortened(text: str) -> str:
    """A text in quotes, at most about one terminal line of it."""
    line = " ".join(text.split())
    return f'"{line[:80]}…" ({len(text):,} characters)' if len(line) > 80 else f'"{line}"'
