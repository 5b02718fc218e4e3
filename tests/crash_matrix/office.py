"""The PC of a case: one simulated QuickBooks, any number of Web Connectors that use it, and what each was promised."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import threading
from collections import Counter
from collections.abc import Callable

from simulators.company import Company, make_company
from simulators.quickbooks import QuickBooks, QuickBooksError

CUSTOMERS = 10  # three pages of four
AT_QUICKBOOKS = "ProcessRequest"  # the Web Connector's own call; cues know it beside the SOAP operations
_DAY = datetime.date(2026, 6, 30)


@functools.cache
def _books() -> Company:
    return make_company(1, _DAY, months=1)


def small_quickbooks(owner_id: str, file_id: str) -> QuickBooks:
    """A company file with ten customers and no postings, stamped by the Web Connector."""
    books = _books()
    company = dataclasses.replace(books, customers=list(books.customers[:CUSTOMERS]), postings=[])
    return QuickBooks(company, owner_id=owner_id, file_id=file_id)


class Cues:
    """What a connector does besides: an act right before the n-th call of an operation. The act may raise."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._acts: dict[tuple[str, int], Callable[[], None]] = {}

    def at(self, operation: str, number: int, act: Callable[[], None]) -> None:
        self._acts[operation, number] = act

    def __call__(self, operation: str) -> None:
        self._counts[operation] += 1
        act = self._acts.pop((operation, self._counts[operation]), None)
        if act is not None:
            act()


class Office:
    """QuickBooks ends the iterators of the connector that leaves; here only when it is the last to leave.

    The real one keeps a session per connector; the simulated one knows a single session.
    """

    def __init__(self, quickbooks: QuickBooks) -> None:
        self.quickbooks = quickbooks
        self._lock = threading.Lock()
        self._visitors = 0

    def enter(self, path: str) -> None:
        with self._lock:
            self.quickbooks.begin_session(path)
            self._visitors += 1

    def leave(self) -> None:
        with self._lock:
            self._visitors -= 1
            if not self._visitors:
                self.quickbooks.end_session()


class Desk:
    """QuickBooks as one connector sees it; notes each answer that the server took over with its reply."""

    def __init__(self, office: Office, acknowledged: list[str], cues: Cues) -> None:
        self._office = office
        self._acknowledged = acknowledged
        self._cues = cues
        self._answer = ""
        self._processed = 0
        self.refusals_at_begin: list[str] = []  # HRESULTs of the next begin_session calls
        self.hresult_at: dict[int, tuple[str, bool]] = {}  # n-th request → HRESULT, and whether it is executed

    @property
    def path(self) -> str:
        return self._office.quickbooks.path

    @property
    def country(self) -> str:
        return self._office.quickbooks.country

    def begin_session(self, path: str) -> None:
        if self.refusals_at_begin:
            raise QuickBooksError(self.refusals_at_begin.pop(0))
        self._office.enter(path)

    def end_session(self) -> None:
        self._office.leave()

    def hcp(self) -> str:
        return self._office.quickbooks.hcp()

    def process(self, qbxml: str) -> str:
        self._processed += 1
        self._answer = ""
        self._cues(AT_QUICKBOOKS)
        hresult, is_executed = self.hresult_at.get(self._processed, ("", True))
        answer = self._office.quickbooks.process(qbxml) if is_executed else ""
        if hresult:
            raise QuickBooksError(hresult)
        self._answer = answer
        return answer

    def on_line(self, line: str) -> None:
        """The line of a receiveResponseXML that was answered with a number from 0: the server has the answer now."""
        operation, result = [*line.split(), "", ""][:2]
        if operation == "receiveResponseXML" and result.isdecimal() and self._answer:
            self._acknowledged.append(self._answer)
