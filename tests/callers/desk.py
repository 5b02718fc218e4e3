"""The QuickBooks PC of a journey: one company's books and a Web Connector that runs until it is told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import WebConnector
from tests.callers.calls import Said, ask
from tests.callers.companies import PASSWORD
from tests.crash_matrix.ledger import Ledger
from tests.crash_matrix.office import Cues, Desk, Office
from tests.server import Server

LIMIT_SECONDS = 120.0  # for what never comes: a machine may be slow
A_MINUTE = 60.0
_DAY = date(2026, 6, 30)


class Dropped(Exception):
    """The Web Connector's process is gone."""


class Pc:
    """`cues` do something right before the n-th call of an operation; they may raise Dropped."""

    def __init__(self, server: Server, name: str, made: dict[str, Any], ledger: Ledger) -> None:
        self.server, self.name, self.ledger = server, name, ledger
        self.key, self.company_file_id = str(made["key"]), int(made["id"])
        company = make_company(1, _DAY, months=1)
        self.quickbooks = QuickBooks(company, owner_id=made["owner_id"], file_id=made["file_id"])
        self.cues = Cues()
        self._office = Office(self.quickbooks)
        self._is_off = threading.Event()
        self._thread: threading.Thread | None = None

    def switch_on(self, port: int = 0) -> None:
        """The Web Connector starts, through a proxy at `port` or straight to the server; any older one is long gone."""
        self.switch_off()
        self._until_off()
        self.ledger.ask("let_time_pass", company_file_id=self.company_file_id, seconds=A_MINUTE)
        self._is_off.clear()
        self._thread = threading.Thread(target=self._run, args=(port or self.server.port,), daemon=True)
        self._thread.start()

    def switch_off(self) -> None:
        """Its last call may still be held for a moment."""
        self._is_off.set()

    def until_dropped(self) -> None:
        """Until a cue has ended it."""
        assert self._thread is not None
        self._until_off()

    def _until_off(self) -> None:
        if self._thread is not None:
            self._thread.join(LIMIT_SECONDS)
            assert not self._thread.is_alive(), "the Web Connector did not end"

    def _run(self, port: int) -> None:
        connector = WebConnector(
            f"http://127.0.0.1:{port}/api/qbwc",
            self.name,
            PASSWORD,
            Desk(self._office, [], self.cues),
            continue_seconds=0,
            noop_seconds=0.05,
            on_call=self._before,
        )
        try:
            connector.run_every(0.1)
        except Dropped:
            return

    def _before(self, operation: str) -> None:
        if self._is_off.is_set():
            raise Dropped
        self.cues(operation)

    def entries(self, memo: str) -> int:
        """How often the journal entry with this memo is in the books; it has two lines."""
        return sum(posting.memo == memo for posting in self.quickbooks.company.postings) // 2

    def waiting(self) -> int:
        """Calls that have not ended; each is asked for, because that ends it when its job has."""
        said = ask(self.server.port, self.key, "GET", "/api/transactions?status=pending")
        paths = [f"/api/transactions/{line['transaction_id']}" for line in said.body.get("transactions", [])]
        return sum(ask(self.server.port, self.key, "GET", path).body.get("status") == "pending" for path in paths)

    def state_of(self, transaction: str) -> dict[str, Any]:
        """How the transaction has ended, or that a person must look; it is asked for until then."""
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            said = ask(self.server.port, self.key, "GET", f"/api/transactions/{transaction}?wait=5")
            if said.status == 200 and (said.body["status"] != "pending" or is_parked(said.body)):
                return said.body
            time.sleep(0.1)
        raise AssertionError(f"it stays pending: {said}")

    def state_of_identifier(self, identifier: str) -> dict[str, Any] | None:
        """The same by the caller's own name; None: it never came in."""
        said = ask(self.server.port, self.key, "GET", f"/api/transactions?identifier={identifier}")
        lines = said.body["transactions"]
        return self.state_of(lines[-1]["transaction_id"]) if lines else None


def is_parked(transaction: dict[str, Any]) -> bool:
    """It stays pending until a person has looked in QuickBooks."""
    return any(event["event"] == "outcome_unknown" for event in transaction["timeline"])


def until(condition: Callable[[], bool], seconds: float = LIMIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def switched_on(pc: Pc, port: int = 0) -> Iterator[Pc]:
    pc.switch_on(port)
    try:
        yield pc
    finally:
        pc.switch_off()


def problems(pc: Pc, memos: Sequence[str], said: Sequence[Said]) -> list[str]:
    """What is wrong with what the callers of these writes were told; a pending one is followed to its end."""
    found = []
    for memo, answer in zip(memos, said, strict=True):
        times: tuple[int, ...] = (int(answer.is_success),)
        if answer.status in (202, 409) and not answer.is_success:
            state = pc.state_of(answer.transaction)
            times = (0, 1) if is_parked(state) else (int(state["status"] == "success"),)
        if not answer.is_documented:
            found.append(f"{memo}: was told {answer.status} {answer.body}")
        if pc.entries(memo) not in times:
            found.append(f"{memo}: {answer.status} {answer.body.get('error_code')}, entered {pc.entries(memo)} times")
    return found
