"""What may break where: every step of a session, every fault, every kind of job; and which of them make a case."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class Kind(enum.Enum):
    """What the jobs of a company ask for."""

    QUERY = "query"
    ITERATOR = "iterator"
    WRITE = "write"


class Fault(enum.Enum):
    """What happens at the step; the value is the row's name in the table."""

    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"
    KILLED_BEFORE_COMMIT = "server killed before its commit"
    KILLED_AFTER_COMMIT = "server killed after its commit"
    REPEATED = "request duplicated: a proxy's retry"
    AT_ONCE = "request duplicated: both at once"
    STALE_COPY = "request duplicated: the copy comes late"
    RESTARTED = "connector restarted"
    SECOND = "second connector while the first talks"
    TAKEN_OVER = "second connector, the first comes back"
    TAKEN_OVER_LATER = "second connector, the first comes back later"
    LATE_REQUEST = "second connector, the first executes late"
    PARSE_ERROR = "HRESULT 0x80040400, parse error"
    MODAL_DIALOG = "HRESULT 0x80040414, not executed"
    SESSION_ENDED = "HRESULT 0x8004040D, executed"
    EXCEPTION = "HRESULT 0x80010105, executed"
    UNEXPECTED = "HRESULT 0x80040402, not executed"
    NO_QUICKBOOKS = "HRESULT 0x80040408, QuickBooks stays away"


KILLS = frozenset({Fault.KILLED_BEFORE_COMMIT, Fault.KILLED_AFTER_COMMIT})
# Fault → the HRESULT in place of the answer, and whether QuickBooks had done the work.
HRESULTS = {
    Fault.PARSE_ERROR: ("0x80040400", False),
    Fault.MODAL_DIALOG: ("0x80040414", False),
    Fault.SESSION_ENDED: ("0x8004040D", True),
    Fault.EXCEPTION: ("0x80010105", True),
    Fault.UNEXPECTED: ("0x80040402", False),
}


@dataclass(frozen=True)
class Step:
    """The n-th call of an operation in a session."""

    operation: str
    number: int = 1
    words: str = ""

    def __str__(self) -> str:
        return f"{self.operation}{f', {self.words}' if self.words else ''}"


SERVER_VERSION = Step("serverVersion")
CLIENT_VERSION = Step("clientVersion")
AUTHENTICATE = Step("authenticate")
CONNECTION_ERROR = Step("connectionError")
FIRST_SEND = Step("sendRequestXML", 1, "first")
LATER_SEND = Step("sendRequestXML", 2, "later")
FIRST_RECEIVE = Step("receiveResponseXML", 1, "first")
LATER_RECEIVE = Step("receiveResponseXML", 2, "later")
LAST_RECEIVE = Step("receiveResponseXML", 3, "last")
GET_LAST_ERROR = Step("getLastError")
CLOSE_CONNECTION = Step("closeConnection")
STEPS = (
    SERVER_VERSION,
    CLIENT_VERSION,
    AUTHENTICATE,
    CONNECTION_ERROR,
    FIRST_SEND,
    LATER_SEND,
    FIRST_RECEIVE,
    LATER_RECEIVE,
    LAST_RECEIVE,
    GET_LAST_ERROR,
    CLOSE_CONNECTION,
)
# These change no row, so there is no commit to be killed before: the server dies with the request half read.
WITHOUT_COMMIT = frozenset({SERVER_VERSION, CLIENT_VERSION, GET_LAST_ERROR})


@dataclass(frozen=True)
class Case:
    """One cell of the table."""

    step: Step
    fault: Fault
    kind: Kind

    @property
    def name(self) -> str:
        return f"{self.step} / {self.fault.value} / {self.kind.value}"


def is_possible(step: Step, fault: Fault) -> bool:
    """QuickBooks speaks in receiveResponseXML and connectionError only; nothing follows closeConnection."""
    if fault in HRESULTS or fault is Fault.LATE_REQUEST:
        return step.operation == "receiveResponseXML"
    if fault is Fault.NO_QUICKBOOKS:
        return step == CONNECTION_ERROR
    return not (fault is Fault.STALE_COPY and step == CLOSE_CONNECTION)


def all_cases() -> list[Case]:
    """Every step with every fault and every kind."""
    rows = itertools.product(STEPS, Fault)
    return [Case(step, fault, kind) for step, fault in rows if is_possible(step, fault) for kind in Kind]


def quick_cases() -> list[Case]:
    """Each fault where it hurts most, each with every kind."""
    return [Case(step, fault, kind) for fault in Fault for step in _worst_steps(fault) for kind in Kind]


def part_of_quick(turn: int) -> list[Case]:
    """A third of the quick cases where a fault has three worst steps, and the rest: each step once, each kind once.

    Over three turns every quick case comes once. A kill is no part: it serves all kinds together.
    """
    kinds = list(Kind)
    return [
        case
        for case in quick_cases()
        if case.fault in KILLS
        or len(steps := _worst_steps(case.fault)) == 1
        or (steps.index(case.step) + kinds.index(case.kind) + turn) % len(kinds) == 0
    ]


def _worst_steps(fault: Fault) -> tuple[Step, ...]:
    if fault is Fault.NO_QUICKBOOKS:
        return (CONNECTION_ERROR,)
    if fault in KILLS:
        return FIRST_SEND, LATER_RECEIVE
    if fault in HRESULTS or fault is Fault.LATE_REQUEST:
        return (LATER_RECEIVE,)
    return LATER_SEND, LATER_RECEIVE, LAST_RECEIVE


def chosen(cases: Iterable[Case], words: Iterable[str]) -> list[Case]:
    """The cases whose name holds every one of the words."""
    wanted = [word.casefold() for word in words]
    return [case for case in cases if all(word in case.name.casefold() for word in wanted)]


def groups(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """The kinds of one step and fault together: one kill of the server serves them all."""
    for _, group in itertools.groupby(cases, key=lambda case: (case.step, case.fault)):
        yield list(group)
