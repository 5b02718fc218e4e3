"""The Web Connector conversation as tables: what is legal when, what an out-of-order call means, progress.

Sources: QuickBooks Web Connector Programmer's Guide 2.0 (2009), pages as cited; docs/decisions/ for the rest.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

# authenticate's second string (guide p63). Lower case: chapter 2 and the field agree on it.
OPEN_FILE = ""
NONE = "none"
NOT_VALID_USER = "nvu"
BUSY = "busy"

# connectionError's "stop" (guide p52, p69).
STOP = "done"
FINISHED = 100
REFUSED = -1
# getLastError's "wait about five seconds, then ask again" (guide p8, p23).
NO_OPERATION = "NoOp"
NO_OPERATION_PAUSE = timedelta(seconds=5)
# Two tries after the first failure: the path of the last good session, then whatever file is open (guide p51).
MAX_CONNECTION_ATTEMPTS = 2


class Step(Enum):
    """What the Web Connector is expected to do next (guide p42)."""

    OPENING = "opening"
    SEND = "send"
    RECEIVE = "receive"
    CLOSE = "close"


class Meaning(Enum):
    """What a call means in the step it arrives in."""

    EXPECTED = "expected"
    ANSWER_LOST = "answer lost"  # it asks for work while its last answer is due: send the stored text again
    REPEATED = "repeated"  # it answers again: give the recorded number, change nothing
    OVER = "over"  # the session has nothing more to do


# (step, operation) → meaning; getLastError, closeConnection and connectionError are legal at any time.
MEANINGS: dict[tuple[Step, str], Meaning] = {
    (Step.OPENING, "sendRequestXML"): Meaning.EXPECTED,
    (Step.OPENING, "receiveResponseXML"): Meaning.REPEATED,
    (Step.SEND, "sendRequestXML"): Meaning.EXPECTED,
    (Step.SEND, "receiveResponseXML"): Meaning.REPEATED,
    (Step.RECEIVE, "sendRequestXML"): Meaning.ANSWER_LOST,
    (Step.RECEIVE, "receiveResponseXML"): Meaning.EXPECTED,
    (Step.CLOSE, "sendRequestXML"): Meaning.OVER,
    (Step.CLOSE, "receiveResponseXML"): Meaning.REPEATED,
}


def meaning(step: Step, operation: str) -> Meaning:
    """What this operation means now; anything the table does not restrict is expected."""
    return MEANINGS.get((step, operation), Meaning.EXPECTED)


# A session silent for longer is taken over by a newcomer at once; within it the older one is plainly still talking,
# and the newcomer is told `busy`. Between two calls the Web Connector takes a second or so; QuickBooks may work longer.
# Erring on the short side is safe: queries are asked again, writes are recovered under their message set id.
SILENCE = {
    Step.OPENING: timedelta(seconds=5),
    Step.SEND: timedelta(seconds=5),
    Step.RECEIVE: timedelta(seconds=15),
    Step.CLOSE: timedelta(),  # a closeConnection that never came is ignored (guide p42)
}


def is_talking(step: Step, silent_for: timedelta, held_for: timedelta = timedelta()) -> bool:
    """Whether a session is plainly alive; `held_for`: how long we may be holding its call open ourselves."""
    return silent_for < SILENCE[step] + held_for


def progress(*, planned: int, finished: int, before: int) -> int:
    """Percent done while work remains: 1 … 99, never less than `before` (guide p24, p77: 100 ends the session).

    1 rather than 0 at the start: the guide calls 0 "continue" on p24 and leaves it out on p77.
    """
    share = 100 * finished // max(planned, finished + 1)
    return max(before, min(99, max(1, share)))


# Rejected with a text, the run ends before authenticate (guide p66); four-part versions compare by number.
OLDEST_CLIENT = (2, 0)


def client_verdict(version: str) -> str:
    """clientVersion's answer: "" to go on; "E:…" for a Web Connector older than 2.0, which lacks half the calls."""
    parts = tuple(int(part) for part in version.strip().split(".") if part.isdecimal())
    if parts and parts < OLDEST_CLIENT:
        return (
            f"E:QuickBooks Web Connector {version} is too old for this server. "
            "Install version 2.1 or newer from Intuit, then run the update again."
        )
    return ""
