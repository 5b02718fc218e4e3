"""One update as the Web Connector runs it, from serverVersion to closeConnection.

Source: QuickBooks Web Connector Programmer's Guide 2.0, chapters 2, 5 and 10.
"""

import dataclasses
from collections.abc import Callable
from typing import Protocol

from simulators.soap_client import Parameter
from simulators.web_service import CallFailed, WebService

REFUSED_VERSION = "QBWC1037"
WRONG_VERSION_SYNTAX = "QBWC1046"
NOT_SIGNED_IN = "QBWC1040"
NO_QUICKBOOKS = "QBWC1013"
NO_HCP = "QBWC1014"

# The guide sets no limit to the retries after connectionError; here an endless loop must end.
_CONNECTION_ATTEMPTS = 10


class QuickBooks(Protocol):
    """What the Web Connector needs of QuickBooks. Its errors carry `hresult` ("0x80040400") and `message`."""

    @property
    def path(self) -> str:
        """The company file in use."""

    @property
    def country(self) -> str:
        """The edition: US, CA, UK."""

    def begin_session(self, path: str) -> None:
        """Opens the company file at `path`, or takes the one now open for ""."""

    def end_session(self) -> None:
        """Ends the session; iterators die with it."""

    def hcp(self) -> str:
        """The host, company and preferences answers as one qbXML text."""

    def process(self, qbxml: str) -> str:
        """The answer to one qbXML text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What one application's entry in the Web Connector says, and how this run behaves."""

    username: str
    password: str = dataclasses.field(repr=False)
    client_version: str
    qbxml_version: tuple[int, int]
    noop_seconds: float
    closes_after_failure: bool
    sleep: Callable[[float], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """What one update came to."""

    verdict: str | None  # authenticate's second string; None when it gave no answer
    calls: tuple[str, ...]  # operations in the order they were sent
    exchanges: int  # answers and errors of QuickBooks that receiveResponseXML took
    status: str  # the text of the Status column
    qbwc_code: str  # "QBWC1041"; "" when none was logged
    ended_well: bool
    failure: str  # what went wrong, "" when nothing did
    postponed_seconds: int | None
    minimum_run_seconds: int | None
    last_error: str  # what getLastError said last


class _RunOver(Exception):
    """Ends the run from any depth, with the text of the Status column."""

    def __init__(self, status: str, *, code: str = "", failure: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.code = code
        self.failure = failure


class Update:
    """The state of one run."""

    def __init__(self, service: WebService, quickbooks: QuickBooks, settings: Settings) -> None:
        """`service` must be fresh: the run keeps the list of its calls."""
        self._service = service
        self._quickbooks = quickbooks
        self._settings = settings
        self._verdict: str | None = None
        self._ticket: str | None = None
        self._is_signed_in = False
        self._has_session = False
        self._exchanges = 0
        self._postponed: int | None = None
        self._minimum: int | None = None
        self._last_error = ""

    def run(self) -> Run:
        """Runs to the end; raises only what a hook raised, or a QuickBooks that is no QuickBooks."""
        try:
            over = self._run()
        finally:
            self._leave_quickbooks()
        return Run(
            verdict=self._verdict,
            calls=tuple(self._service.calls),
            exchanges=self._exchanges,
            status=over.status,
            qbwc_code=over.code,
            ended_well=not over.code and not over.failure,
            failure=over.failure,
            postponed_seconds=self._postponed,
            minimum_run_seconds=self._minimum,
            last_error=self._last_error,
        )

    def _run(self) -> _RunOver:
        try:
            self._check_versions()
            self._sign_in()
            self._begin_session()
            self._exchange(self._collect_hcp())
            return _RunOver(self._close())
        except _RunOver as over:
            return over
        except CallFailed as failed:
            self._close_after(failed)
            return _RunOver(failed.text, code=failed.code, failure=str(failed))

    # Before QuickBooks is touched.

    def _check_versions(self) -> None:
        self._service.server_version()
        word = self._service.client_version(self._settings.client_version)
        if word.startswith(("E:", "O:")):
            raise _RunOver(word[2:], code=REFUSED_VERSION, failure=f"clientVersion: {word}")
        if word and not word.startswith("W:"):  # a warning is a dialog; the user clicks OK
            text = "The server's answer to clientVersion has the wrong syntax"
            raise _RunOver(text, code=WRONG_VERSION_SYNTAX, failure=f"clientVersion: {word}")

    def _sign_in(self) -> None:
        slots = self._service.authenticate(self._settings.username, self._settings.password)
        self._ticket, self._verdict, self._is_signed_in = slots.ticket, slots.verdict, True
        self._postponed, self._minimum = slots.postponed_seconds, slots.minimum_run_seconds
        over = self._refusal(slots.verdict.lower())
        if over is not None:
            self._close()
            raise over

    def _refusal(self, verdict: str) -> _RunOver | None:
        """Why the run ends before QuickBooks; a postponement wins over every verdict."""
        if self._postponed is not None:
            return _RunOver("Update postponed by application")
        if verdict == "nvu":
            text = f"Invalid password for username {self._settings.username}"
            return _RunOver(text, code=NOT_SIGNED_IN, failure=text)
        texts = {"none": "No Data Exchange", "busy": "Application Busy"}
        return _RunOver(texts[verdict]) if verdict in texts else None

    # QuickBooks is opened.

    def _begin_session(self) -> None:
        path = self._verdict or ""
        for _ in range(_CONNECTION_ATTEMPTS):
            try:
                self._quickbooks.begin_session(path)
            except Exception as error:
                path = self._report(error)
            else:
                self._has_session = True
                return
        text = "The server never gave up on connecting to QuickBooks"
        raise _RunOver(text, code=NO_QUICKBOOKS, failure=text)

    def _report(self, error: Exception) -> str:
        """Tells the server; gives back the path to try next, "" for the file that is open."""
        hresult, message = _words_of(error)
        path = self._ask("connectionError", ("hresult", hresult), ("message", message))
        if path.lower() == "done":
            # Whether QBWC says anything after "done" is not documented; it is taken to say good-bye.
            self._close()
            raise _RunOver(message, code=NO_QUICKBOOKS, failure=f"{hresult} {message}")
        return path

    def _collect_hcp(self) -> str:
        try:
            return self._quickbooks.hcp()
        except Exception as error:
            hresult, message = _words_of(error)
            raise _RunOver(message, code=NO_HCP, failure=f"{hresult} {message}") from error

    # Requests and answers.

    def _exchange(self, hcp: str) -> None:
        """Until the server says 100, or ends the run; the HCP text goes with the first request only."""
        percent = 0
        while percent < 100:
            request = self._ask("sendRequestXML", *self._request_parameters(hcp))
            hcp = ""
            # The guide gives NoOp here and from getLastError; either way the next call is getLastError.
            if request in ("", "NoOp"):
                self._ask_why()
            else:
                percent = self._deliver(request)

    def _request_parameters(self, hcp: str) -> tuple[Parameter, ...]:
        major, minor = self._settings.qbxml_version
        return (
            ("strHCPResponse", hcp),
            ("strCompanyFileName", self._quickbooks.path),
            ("qbXMLCountry", self._quickbooks.country),
            ("qbXMLMajorVers", major),
            ("qbXMLMinorVers", minor),
        )

    def _ask_why(self) -> None:
        """After an empty request: wait and go on, or end."""
        text = self._get_last_error()
        if text == "NoOp":
            self._settings.sleep(self._settings.noop_seconds)
        elif text == "Interactive mode":
            self._reject_interactive()
        else:
            raise self._end_in_error(text)

    def _reject_interactive(self) -> None:
        """Nobody sits in front of a simulator: the user is taken to say no."""
        reason = "The user rejected the interactive session"
        parameters = (("wcTicket", self._ticket), ("reason", reason))
        text = self._service.text("interactiveRejected", *parameters)
        raise self._end_in_error(text or reason)

    def _deliver(self, request: str) -> int:
        """Hands the request to QuickBooks and what came of it to the server; gives back the percentage."""
        response, hresult, message = "", "", ""
        try:
            response = self._quickbooks.process(request)
        except Exception as error:
            hresult, message = _words_of(error)
        percent = self._service.receive_response_xml(self._ticket, response, hresult, message)
        self._exchanges += 1
        if percent < 0:
            raise self._end_in_error(self._get_last_error())
        return percent

    def _get_last_error(self) -> str:
        self._last_error = self._ask("getLastError")
        return self._last_error

    # The end.

    def _end_in_error(self, text: str) -> _RunOver:
        """The server's words stay in the Status column; the run still closes."""
        self._close()
        return _RunOver(text, failure=text or "The server ended the run without saying why")

    def _close(self) -> str:
        """Ends the QuickBooks session, then says closeConnection."""
        self._leave_quickbooks()
        return self._ask("closeConnection")

    def _close_after(self, failed: CallFailed) -> None:
        """Reports from the field know runs that close after a failed call and runs that do not."""
        if self._settings.closes_after_failure and self._is_signed_in and failed.operation != "closeConnection":
            try:
                self._close()
            except CallFailed:
                return  # the first failure is the one that is told

    def _leave_quickbooks(self) -> None:
        if self._has_session:
            self._has_session = False
            self._quickbooks.end_session()

    def _ask(self, operation: str, *parameters: Parameter) -> str:
        return self._service.text(operation, ("ticket", self._ticket), *parameters)


def _words_of(error: Exception) -> tuple[str, str]:
    """The HRESULT and the message of a QuickBooks error; anything else is a bug and goes on up."""
    hresult, message = getattr(error, "hresult", None), getattr(error, "message", None)
    if not isinstance(hresult, str) or not isinstance(message, str):
        raise error
    return hresult, message
