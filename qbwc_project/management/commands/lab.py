"""`lab`: the simulated PC of the failure lab. One good update, then the chosen failure; what it saw as JSON.

The company must be prepared (qbwc_project/lab.py). Run by the page, by the tests, or by hand.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from qbwc import queue
from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.raw import WRITE
from qbwc_project.lab_failures import BY_KEY, USERNAME
from qwc.document import braced
from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import Run, WebConnector

SEED, MONTHS = 7, 3
CUSTOMER = "<CustomerAddRq><CustomerAdd><Name>Lab customer</Name></CustomerAdd></CustomerAddRq>"
CLOSED_PORT = "http://127.0.0.1:9/api/qbwc"
MOST_TRIES = 5  # more often than the server lets the Web Connector try


class Unplugged(Exception):
    """The cable was pulled."""


class Pc:
    """A PC with QuickBooks and a Web Connector, both simulated, and the lab's company file open."""

    def __init__(self, url: str, password: str, company_file: CompanyFile) -> None:
        self.url, self.password, self.company_file = url, password, company_file
        self.lines: list[str] = []
        self.quickbooks = QuickBooks(make_company(SEED, clock.today(), months=MONTHS, name=company_file.company.name))
        self.quickbooks.stamp(braced(company_file.owner_id), braced(company_file.file_id))

    def run(self, **changes: Any) -> Run:
        """One update; `changes` of the Web Connector's own settings."""
        known: dict[str, Any] = {
            "url": self.url,
            "username": USERNAME,
            "password": self.password,
            "quickbooks": self.quickbooks,
            "continue_seconds": 0.0,
            "on_line": self.lines.append,
            "sleep": lambda _seconds: None,
        }
        return WebConnector(**(known | changes)).run()

    def time_passes(self, length: timedelta) -> None:
        """As if the last call had been so long ago."""
        self.lines.append(f"… {length} later")
        files = CompanyFile.objects.filter(pk=self.company_file.pk)
        before = clock.now() - length
        files.update(last_seen_at=before)
        WebConnectorSession.objects.filter(company_file=self.company_file).update(last_call_at=before)


def _shut(hresult: str) -> Callable[[Pc], Run]:
    def make(pc: Pc) -> Run:
        for _ in range(MOST_TRIES):
            pc.quickbooks.fail_next(hresult, call="begin_session")
        return pc.run()

    return make


def _quickbooks_closed(pc: Pc) -> Run:
    pc.quickbooks.is_running = False
    return pc.run()


def _wrong_file(pc: Pc) -> Run:
    pc.quickbooks = QuickBooks(make_company(SEED + 1, clock.today(), months=2, name="Birch & Sons"))
    pc.quickbooks.stamp(braced(pc.company_file.owner_id), "{0a0a0a0a-1111-4222-8333-444455556666}")
    return pc.run()


def _failing_once(hresult: str) -> Callable[[Pc], Run]:
    def make(pc: Pc) -> Run:
        pc.quickbooks.fail_next(hresult, call="process")
        return pc.run()

    return make


def _employee_rights(pc: Pc) -> Run:
    pc.quickbooks.answer_next_with_status("EmployeeQueryRq", 3261, "The application does not have permission.")
    return pc.run()


def _crash_after_write(pc: Pc) -> Run:
    _enqueue_write(pc)
    pc.quickbooks.fail_next("0x80010105", after_execution=True)
    return pc.run()


def _forgotten_write(pc: Pc) -> Run:
    _enqueue_write(pc)
    pc.quickbooks.fail_next("0x80010105", after_execution=True)

    def forget(operation: str) -> None:
        if operation == "receiveResponseXML":
            pc.quickbooks.lose_stored_responses()

    return pc.run(on_call=forget)


def _enqueue_write(pc: Pc) -> None:
    queue.enqueue(
        company_file=pc.company_file,
        purpose=WRITE,
        parameters={"request": CUSTOMER},
        priority=queue.INTERACTIVE,
        now=clock.now(),
    )


def _dropped_answer(pc: Pc) -> Run:
    def unplug(operation: str) -> None:
        if operation == "receiveResponseXML":
            raise Unplugged

    try:
        pc.run(on_call=unplug)
    except Unplugged:
        pc.lines.append("receiveResponseXML   the line is dead")
    pc.time_passes(timedelta(minutes=2))
    return pc.run()


def _two_pcs(pc: Pc) -> Run:
    others: list[Run] = []

    def second(operation: str) -> None:
        if operation == "receiveResponseXML" and not others:
            others.append(pc.run(on_line=lambda line: pc.lines.append(f"    second PC: {line}")))

    return pc.run(on_call=second)


def _unreachable(pc: Pc) -> Run:
    pc.time_passes(timedelta(hours=3))
    return pc.run(url=CLOSED_PORT)


def _stopped(pc: Pc) -> None:
    pc.time_passes(timedelta(hours=3))


def _malformed(pc: Pc) -> Run:
    pc.quickbooks.tamper_next_report(lambda text: text[: len(text) // 2])
    return pc.run()


def _untied(pc: Pc) -> Run:
    def change(text: str) -> str:
        before, found, after = text.rpartition("<TotalRow")
        start = after.find('<ColData colID="2" value="')
        end = after.find('"', start + 26)
        return f'{before}{found}{after[:start]}<ColData colID="2" value="1234567.89{after[end:]}'

    pc.quickbooks.tamper_next_report(change)
    return pc.run()


FAULTS: dict[str, Callable[[Pc], Run | None]] = {
    "modal_dialog": _shut("0x80040414"),
    "quickbooks_closed": _quickbooks_closed,
    "cannot_start": _shut("0x80040408"),
    "wrong_file": _wrong_file,
    "password_changed": lambda pc: pc.run(password="the old one"),  # noqa: S106 - meant to be wrong
    "single_user": _shut("0x80040422"),
    "file_locked": _shut("0x8004041B"),
    "permission_refused": _shut("0x80040420"),
    "employee_rights": _employee_rights,
    "busy": _failing_once("0x80010105"),
    "closed_in_between": _failing_once("0x8004040D"),
    "crash_after_write": _crash_after_write,
    "forgotten_write": _forgotten_write,
    "dropped_answer": _dropped_answer,
    "two_pcs": _two_pcs,
    "unreachable": _unreachable,
    "stopped": _stopped,
    "old_web_connector": lambda pc: pc.run(client_version="1.5.0.20"),
    "malformed_answer": _malformed,
    "untied_report": _untied,
}


class Command(BaseCommand):
    help = "Run one failure of the failure lab against a server (the lab's company must be there)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("failure", choices=sorted(FAULTS))
        parser.add_argument(
            "--url", required=True, help="where the Web Connector calls: http://127.0.0.1:8000/api/qbwc"
        )
        parser.add_argument("--password", required=True, help="what its Web Connector signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        company_file = CompanyFile.objects.select_related("company").filter(username=USERNAME).first()
        if company_file is None or options["failure"] not in BY_KEY:
            raise CommandError("The lab's company is not there: open /lab/ and choose a failure.")
        pc = Pc(options["url"], options["password"], company_file)
        good = pc.run()
        if not (good.ended_well and good.exchanges):
            raise CommandError(f"The update before the failure did not end well: {good.failure or good.status}")
        first_job = company_file.jobs.order_by("-pk").values_list("pk", flat=True).first() or 0
        queue.ask_for_refresh(company_file)
        pc.lines.clear()
        run = FAULTS[options["failure"]](pc)
        self.stdout.write(
            json.dumps(
                {
                    "lines": pc.lines,
                    "code": run.qbwc_code if run else "",
                    "status": run.status if run else "",
                    "after_job": first_job,
                    "writes": sum(entry.executed for entry in pc.quickbooks.writes),
                }
            )
        )
