"""The failures of the lab: what happens at the PC, and what the product must then show and do; one table for both.

The lab's page and tests/test_failure_lab.py read it; the faults themselves are made by management/commands/lab.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

COMPANY: Final = "Failure lab"
USERNAME: Final = "failure-lab"
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True)
class Expected:
    """What a machine can compare. `state`: of the connection; `status`: in what the Web Connector shows; `words`: in
    what the product says; `alerts`: every kind that stands there; `jobs`: how many of some states, of the last run;
    `writes`: how often the change is in the books afterwards; `untied`: months whose new figures do not tie out."""

    state: str
    code: str = ""
    status: str = ""
    words: str = ""
    alerts: tuple[str, ...] = ()
    jobs: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    writes: int = 0
    has_untied: bool = False


@dataclass(frozen=True)
class Failure:
    """`happens`: at the PC; `should`: what the product must show and do, for the page."""

    key: str
    title: str
    happens: str
    should: str
    expected: Expected


_UNAVAILABLE: Final = "quickbooks_unavailable"
_ALL_DONE: Final[Mapping[str, int]] = MappingProxyType({"done": 3, "queued": 0, "failed": 0})
_ALL_WAIT: Final[Mapping[str, int]] = MappingProxyType({"queued": 3, "failed": 0})


def _shut(key: str, title: str, happens: str, code: str, words: str) -> Failure:
    """QuickBooks cannot be opened: nothing was sent, so everything stays in the queue."""
    should = "The connection is “QuickBooks unavailable” with what to do at the PC. Nothing is lost: all jobs wait."
    return Failure(
        key, title, happens, should, Expected(_UNAVAILABLE, "QBWC1013", words=f"{words}|{code}", jobs=_ALL_WAIT)
    )


FAILURES: Final = (
    _shut(
        "modal_dialog",
        "A window is open in QuickBooks",
        "Somebody left a dialog open; QuickBooks lets nobody else in (0x80040414).",
        "0x80040414",
        "Answer or close the window",
    ),
    Failure(
        "quickbooks_closed",
        "QuickBooks is closed",
        "QuickBooks is not running, and the Web Connector does not know which file to open (0x80040416).",
        "The server names the company file of the last good session, QuickBooks is started with it, and all is read.",
        Expected("online", jobs=_ALL_DONE),
    ),
    _shut(
        "cannot_start",
        "QuickBooks cannot be started",
        "A left-over QuickBooks program blocks a new one (0x80040408).",
        "0x80040408",
        "QuickBooks could not be started",
    ),
    Failure(
        "wrong_file",
        "Another company file is open",
        "Somebody has opened the books of another company.",
        "Nothing is sent. The page shows both names; an administrator can accept the file if it is the right one.",
        Expected("wrong_file", status="wrong company file", words="Birch", alerts=("wrong_file",), jobs=_ALL_WAIT),
    ),
    Failure(
        "password_changed",
        "The password does not fit",
        "The password was changed on the server, and the old one is still in the Web Connector.",
        "The Web Connector says the password is wrong; the refusal is in the audit trail. QuickBooks is not opened.",
        Expected("online", "QBWC1040", "Invalid password", jobs=_ALL_WAIT),
    ),
    _shut(
        "single_user",
        "The file is in use in single-user mode",
        "Another program holds the company file (0x80040422).",
        "0x80040422",
        "single-user mode",
    ),
    _shut(
        "file_locked",
        "The company file is locked",
        "Somebody is saving a large transaction; QuickBooks cannot lock the file (0x8004041B).",
        "0x8004041B",
        "could not lock|Unable to lock",
    ),
    _shut(
        "permission_refused",
        "Access was denied",
        "Somebody clicked No when QuickBooks asked whether the application may read the file (0x80040420).",
        "0x80040420",
        "Integrated Applications",
    ),
    Failure(
        "employee_rights",
        "The employees may not be read",
        "The QuickBooks user has no right to see employees (statusCode 3261).",
        "Only that reading fails, with the place in QuickBooks where it is allowed; the other figures come.",
        Expected("online", words="3261", alerts=("failed_job",), jobs={"done": 2, "failed": 1}),
    ),
    Failure(
        "busy",
        "QuickBooks breaks off once",
        "QuickBooks fails in the middle of a request (0x80010105), and works again a second later.",
        "The reading that was interrupted is asked again by itself a minute later; the others come at once.",
        Expected("online", words="Restart QuickBooks", jobs={"queued": 1, "done": 2}),
    ),
    Failure(
        "closed_in_between",
        "QuickBooks is closed during the update",
        "Somebody closes QuickBooks while it is being read (0x8004040D).",
        "The interrupted reading waits and is tried again by itself; the console says until when and why.",
        Expected("online", words="QuickBooks ended the session|session ticket", jobs={"queued": 1, "done": 2}),
    ),
    Failure(
        "crash_after_write",
        "A crash after a write",
        "QuickBooks has entered a customer and dies before it can say so.",
        "The write is asked about under its own number before anything else, and is in the books exactly once.",
        Expected("online", jobs={"done": 4, "queued": 0}, writes=1),
    ),
    Failure(
        "forgotten_write",
        "A write that nobody can tell about",
        "The same crash, but QuickBooks has lost what it did (messageSetStatusCode 9002).",
        "The write is not repeated. It is shown as “Outcome unknown”, and a person says what is in the books.",
        Expected("online", words="9002", alerts=("outcome_unknown",), jobs={"outcome_unknown": 1}, writes=1),
    ),
    Failure(
        "dropped_answer",
        "The line drops before the answer arrives",
        "The connection breaks in receiveResponseXML; the Web Connector comes again two minutes later.",
        "The lost answer is asked for again, once; no month is read twice or left out.",
        Expected("online", jobs=_ALL_DONE),
    ),
    Failure(
        "two_pcs",
        "Two PCs with the same connection file",
        "The .qwc was added on a second PC, which calls during the first one's session.",
        "The second one is told to wait, the first one reads on, and the page says which user name is used twice.",
        Expected("online", words="Two Web Connectors", alerts=("two_connectors",), jobs=_ALL_DONE),
    ),
    Failure(
        "unreachable",
        "The certificate has expired",
        "The Web Connector breaks off before it says a word (simulated: the port is closed); three hours pass.",
        "The server hears nothing, and says so: the connection is offline. Doctor looks at the certificate.",
        Expected("offline", "QBWC1036", "Unable to connect", "has been silent", jobs=_ALL_WAIT),
    ),
    Failure(
        "stopped",
        "The Web Connector was closed",
        "Nobody has started it after the PC was restarted; three hours pass.",
        "The connection is offline by its own rhythm, with what to do at the PC; the jobs wait.",
        Expected("offline", words="tick Auto-Run", jobs=_ALL_WAIT),
    ),
    Failure(
        "old_web_connector",
        "A very old Web Connector",
        "A Web Connector 1.5 from 2006 calls.",
        "It is told before sign-in that it is too old, and what to install.",
        Expected("online", "QBWC1037", "too old for this server"),
    ),
    Failure(
        "malformed_answer",
        "An answer that is broken off",
        "The report arrives cut in half.",
        "Nothing of it is taken over; the old figures stay, and the job says what was wrong with the answer.",
        Expected("online", words="not well-formed", alerts=("failed_job",), jobs={"failed": 1, "done": 2}),
    ),
    Failure(
        "untied_report",
        "A report that does not add up",
        "QuickBooks' Net Income is not the sum of its own rows.",
        "The months are marked as untied with the difference, and the figures that tied stay.",
        Expected("online", has_untied=True),
    ),
)
BY_KEY: Final = {failure.key: failure for failure in FAILURES}
