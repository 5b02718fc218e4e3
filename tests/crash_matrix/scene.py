"""The stage of a case: its own company on the server, its jobs, its QuickBooks, and the connectors of its story."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from simulators.web_connector import Run, WebConnector
from tests.crash_matrix.cases import CONNECTION_ERROR, GET_LAST_ERROR, HRESULTS, Case, Fault, Kind
from tests.crash_matrix.ledger import Ledger
from tests.crash_matrix.office import Cues, Desk, Office, small_quickbooks

PASSWORD = "right"
TIMEOUT_SECONDS = 60.0
A_MINUTE = 60.0  # the shortest interval the Web Connector's window accepts
MOST_SESSIONS = 8
QUICKBOOKS_WAS_STARTING = "0x80040408"
QUERY = "<CustomerQueryRq><MaxReturned>3</MaxReturned></CustomerQueryRq>"
PAGES = '<CustomerQueryRq iterator="Start"><MaxReturned>4</MaxReturned></CustomerQueryRq>'
# Journal entries: a second customer of the same name QuickBooks would refuse by itself, a second entry it takes.
MEMOS = ("Crash 1", "Crash 2", "Crash 3")
WRITE = (
    "<JournalEntryAddRq><JournalEntryAdd><Memo>{memo}</Memo>"
    "<JournalDebitLine><AccountRef><FullName>Savings</FullName></AccountRef><Amount>12.50</Amount></JournalDebitLine>"
    "<JournalCreditLine><AccountRef><FullName>Operating Checking</FullName></AccountRef><Amount>12.50</Amount>"
    "</JournalCreditLine></JournalEntryAdd></JournalEntryAddRq>"
)
_numbers = itertools.count(1)


def _jobs(case: Case) -> list[dict[str, str]]:
    """Three requests in a row, so that each operation has a first, a middle and a last call."""
    if case.kind is Kind.ITERATOR:
        jobs = [{"purpose": "raw_query", "request": PAGES}]
    elif case.kind is Kind.QUERY:
        jobs = [{"purpose": "raw_query", "request": QUERY}] * 3
    else:
        jobs = [{"purpose": "raw_write", "request": WRITE.format(memo=memo)} for memo in MEMOS]
    # getLastError is called only when sendRequestXML has nothing after all: one more job, withdrawn in time.
    return [*jobs, {"purpose": "raw_query", "request": QUERY}] if case.step == GET_LAST_ERROR else jobs


@dataclass
class Scene:
    """`acknowledged` holds each answer that a connector was told had arrived."""

    case: Case
    ledger: Ledger
    port: int
    username: str
    company_file_id: int
    jobs: list[int]
    office: Office
    acknowledged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    has_fired: bool = False

    def first_connector(self, cues: Cues, port: int = 0) -> WebConnector:
        """The connector that the fault befalls: it goes through a proxy at `port`, or straight to the server."""
        desk = Desk(self.office, self.acknowledged, cues)
        step, fault = self.case.step, self.case.fault
        if step == CONNECTION_ERROR:
            desk.refusals_at_begin = [QUICKBOOKS_WAS_STARTING] * (9 if fault is Fault.NO_QUICKBOOKS else 1)
        if fault in HRESULTS:
            desk.hresult_at[step.number] = HRESULTS[fault]
        if step == GET_LAST_ERROR:
            requests = 4  # after three answers it asks for a fourth request
            cues.at("sendRequestXML", requests, lambda: self.ledger.ask("cancel", job_id=self.jobs[-1]))
        return self._connector(desk, cues, port)

    def another_connector(self, cues: Cues | None = None) -> WebConnector:
        cues = cues or Cues()
        return self._connector(Desk(self.office, self.acknowledged, cues), cues, 0)

    def _connector(self, desk: Desk, cues: Cues, port: int) -> WebConnector:
        return WebConnector(
            f"http://127.0.0.1:{port or self.port}/api/qbwc",
            self.username,
            PASSWORD,
            desk,
            timeout=TIMEOUT_SECONDS,
            continue_seconds=0,
            on_call=cues,
            on_line=desk.on_line,
        )

    def run(self, connector: WebConnector) -> Run:
        """One update, kept for the report."""
        run = connector.run()
        self.runs.append(run)
        return run

    def let_time_pass(self, seconds: float = A_MINUTE) -> None:
        self.ledger.ask("let_time_pass", company_file_id=self.company_file_id, seconds=seconds)

    def settle(self) -> None:
        """Further updates, a minute apart, until the server has nothing more to do."""
        for _ in range(MOST_SESSIONS):
            self.let_time_pass()
            verdict = self.run(self.another_connector()).verdict
            if verdict == "none":
                return
            if verdict == "busy":
                self.problems.append("a connector was still turned away after a minute of silence")
        self.problems.append(f"work was left after {MOST_SESSIONS} updates")

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.ledger.ask("state", company_file_id=self.company_file_id)
        return state


def set_scene(case: Case, ledger: Ledger, port: int) -> Scene:
    """A company of its own with the jobs of the case waiting."""
    username = f"crash-{next(_numbers)}"
    company = {"name": username, "password": PASSWORD, "jobs": _jobs(case)}
    made = ledger.ask("prepare", companies=[company])[0]
    quickbooks = small_quickbooks(made["owner_id"], made["file_id"])
    return Scene(case, ledger, port, username, made["id"], made["jobs"], Office(quickbooks))
