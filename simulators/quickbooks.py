"""A simulated QuickBooks: takes qbXML for one company file and answers as QuickBooks does."""

import dataclasses
import ntpath
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Literal

from lxml import etree

from simulators import statuses
from simulators.answer_text import document, element, only, response
from simulators.budget import budget_against_actual
from simulators.company import Company
from simulators.host import Stamp, company_information, host, preferences
from simulators.hresults import NOT_RUNNING, OTHER_FILE_OPEN, QuickBooksError
from simulators.invoices import select_invoices
from simulators.lists import account_entries, customer_entries, employee_entries
from simulators.message_sets import Action, Outcome, RecoveryStore
from simulators.options import (
    BudgetTitles,
    EmployeeRights,
    EmptyForm,
    NoBudgetForm,
    Options,
    RowDataForm,
    TotalColumnType,
    ZeroCells,
)
from simulators.queries import Answer, Iterators, answer_query
from simulators.report import profit_and_loss
from simulators.request_checks import MessageSet, ReceivedRequest, read_message_set
from simulators.script import LogEntry, Script
from simulators.selections import select_from_list, texts
from simulators.statuses import NOT_PROCESSED, OK, RequestRefused, Status
from simulators.writes import Writer

__all__ = ["LogEntry", "Options", "QuickBooks", "QuickBooksError"]

_REPORT = "GeneralSummaryReportQuery"
_BUDGET = "BudgetSummaryReportQuery"


class QuickBooks:
    """One installation of QuickBooks with one company file. Safe to call from several threads.

    `path`, `country`, `options` and `is_running` may be changed between calls. Writes change `company`.
    """

    def __init__(
        self,
        company: Company,
        *,
        file_id: str | None = None,
        owner_id: str | None = None,
        country: str = "US",
        path: str = r"C:\QB\cascadia.qbw",
        row_data_form: RowDataForm = "full_name",
        zero_cells: ZeroCells = "missing",
        total_col_type: TotalColumnType = "Amount",
        empty_form: EmptyForm = "no_data",
        headings: Mapping[str, str] | None = None,
        budget_years: Collection[int] = (),
        budget_titles: BudgetTitles = "two_rows",
        no_budget_form: NoBudgetForm = "status",
        employee_rights: EmployeeRights = "full",
        versions: tuple[str, ...] = Options().versions,
        unknown_version_hresult: str = Options().unknown_version_hresult,
    ) -> None:
        self.company = company
        self.path = path
        self.country = country
        self.is_running = True
        self.options = Options(
            row_data_form=row_data_form,
            zero_cells=zero_cells,
            total_col_type=total_col_type,
            empty_form=empty_form,
            headings=headings or {},
            budget_years=frozenset(budget_years),
            budget_titles=budget_titles,
            no_budget_form=no_budget_form,
            employee_rights=employee_rights,
            versions=versions,
            unknown_version_hresult=unknown_version_hresult,
        )
        self._lock = threading.RLock()
        self._script = Script()
        self._iterators = Iterators()
        self._stores: dict[str, RecoveryStore] = {}
        self._stamps: list[Stamp] = []
        self._writer = Writer(company)
        self._log: list[LogEntry] = []
        if owner_id is not None and file_id is not None:
            self.stamp(owner_id, file_id)

    # The session.

    def begin_session(self, path: str = "") -> None:
        """Opens the company file at `path`, or the open one for ""; raises QuickBooksError."""
        with self._lock:
            self._script.fail_if_told("begin_session")
            if not path and not self.is_running:
                raise QuickBooksError(NOT_RUNNING)
            if path and ntpath.normcase(path) != ntpath.normcase(self.path):
                raise QuickBooksError(OTHER_FILE_OPEN)
            self._iterators.close_all()

    def end_session(self) -> None:
        """Iterators die with the session."""
        with self._lock:
            self._iterators.close_all()

    def process(self, qbxml: str) -> str:
        """The answer to one qbXML document; raises QuickBooksError when the call fails as a whole."""
        with self._lock:
            self._script.fail_if_told("process")
            options = self.options
            message_set = read_message_set(qbxml, options.versions, options.unknown_version_hresult)
            text = self._answer(message_set)
            self._script.fail_if_told("answer")
            return text

    def hcp(self) -> str:
        """The host, company and preferences answers as the Web Connector hands them on; not in the logs."""
        with self._lock:
            query = etree.Element("CompanyQueryRq")
            for owner in dict.fromkeys(stamp.owner_id for stamp in self._stamps):
                etree.SubElement(query, "OwnerID").text = owner
            parts = (
                ("HostQuery", host(query, self.options, self.country)),
                ("CompanyQuery", company_information(query, self.company, self._stamps)),
                ("PreferencesQuery", preferences(query, self.company, self.options)),
            )
            return document([response(f"{name}Rs", str(n), OK, body) for n, (name, body) in enumerate(parts)])

    # What tests say and ask.

    @property
    def reads(self) -> tuple[LogEntry, ...]:
        """Every query and report so far, answered or not, oldest first."""
        with self._lock:
            return tuple(entry for entry in self._log if not entry.is_write)

    @property
    def writes(self) -> tuple[LogEntry, ...]:
        """Every request that would change the books, oldest first; `executed` says which did."""
        with self._lock:
            return tuple(entry for entry in self._log if entry.is_write)

    def stamp(self, owner_id: str, file_id: str) -> None:
        """Writes FileID and the Web Connector's lock into the company file; replaces an earlier FileID of the owner."""
        with self._lock:
            kept = [stamp for stamp in self._stamps if stamp.owner_id.casefold() != owner_id.casefold()]
            lock = "LOCKED:FRONT-DESK:631234599990000223"
            self._stamps = [*kept, Stamp(owner_id, "AppLock", lock), Stamp(owner_id, "FileID", file_id)]

    def fail_next(
        self,
        hresult: str,
        message: str = "",
        *,
        after_execution: bool = False,
        call: Literal["", "process", "begin_session"] = "",
    ) -> None:
        """The next call (or the next one of that kind) fails with an HRESULT; told twice, the next two do.

        `after_execution`: process runs the requests, then the answer is lost on its way.
        """
        with self._lock:
            self._script.fail_next("answer" if after_execution else call, QuickBooksError(hresult, message))

    def answer_next_with_status(self, request_name: str, code: int, message: str) -> None:
        """The next request of that name ("CustomerAddRq" or "CustomerAdd") gets this status and does nothing."""
        with self._lock:
            self._script.answer_with(request_name.removesuffix("Rq"), Status(code, message))

    def tamper_next_report(self, change: Callable[[str], str]) -> None:
        """The next report passes through `change` as the text of its …Rs element."""
        with self._lock:
            self._script.changes.append(change)

    def lose_stored_responses(self) -> None:
        """Error recovery forgets the responses it holds, not their IDs: messageSetStatusCode 9002."""
        with self._lock:
            self._store.lose_outcomes()

    # One message set.

    @property
    def _store(self) -> RecoveryStore:
        return self._stores.setdefault(ntpath.normcase(self.path), RecoveryStore())

    def _answer(self, message_set: MessageSet) -> str:
        if not (message_set.new_id or message_set.old_id):
            return document(self._run(message_set).responses)
        decision = self._store.decide(message_set)
        outcome = decision.outcome or Outcome((), ())
        if decision.action is Action.EXECUTE:
            outcome = self._run(message_set)
            self._store.keep(message_set, outcome)
        elif decision.action is Action.REPLAY:
            for request, code in zip(message_set.requests, outcome.status_codes, strict=False):
                self._note(request, code, executed=False)
        return document(outcome.responses, message_set.new_id or None, decision.code)

    def _run(self, message_set: MessageSet) -> Outcome:
        """Each request in turn; under stopOnError those after a failure are not processed (3231)."""
        responses: list[str] = []
        codes: list[int] = []
        has_failed = False
        for request in message_set.requests:
            is_skipped = has_failed and message_set.stops_on_error
            answer = Answer(NOT_PROCESSED) if is_skipped else self._outcome_of(request)
            has_failed = has_failed or answer.status.is_error
            self._note(request, answer.status.code, executed=not answer.status.is_error)
            body = answer.body if message_set.includes_data else ()
            responses.append(self._printed(request, dataclasses.replace(answer, body=body)))
            codes.append(answer.status.code)
        return Outcome(tuple(responses), tuple(codes))

    def _printed(self, request: ReceivedRequest, answer: Answer) -> str:
        text = response(f"{request.name}Rs", request.request_id, answer.status, answer.body, answer.extra)
        return self._script.changed(text) if request.name == _REPORT and answer.body else text

    def _note(self, request: ReceivedRequest, code: int, *, executed: bool) -> None:
        self._log.append(LogEntry(len(self._log) + 1, f"{request.name}Rq", request.request_id, code, executed))

    # One request.

    def _outcome_of(self, request: ReceivedRequest) -> Answer:
        scripted = self._script.status_for(request.name)
        if scripted is not None or request.status is not None:
            return Answer(scripted or request.status or OK)
        try:
            return self._served(request.name, request.element)
        except RequestRefused as refused:
            return Answer(refused.status)

    def _served(self, name: str, request: etree._Element) -> Answer:
        if name in ("HostQuery", "CompanyQuery", "PreferencesQuery"):
            return Answer(OK, self._facts(name, request))
        if name == _REPORT:
            return Answer(OK, profit_and_loss(request, self.company, self.options))
        if name == _BUDGET:
            return Answer(OK, budget_against_actual(request, self.company, self.options))
        if name.endswith("Add"):
            return self._written(name, request)
        return self._queried(name, request)

    def _facts(self, name: str, query: etree._Element) -> list[str]:
        if name == "HostQuery":
            return host(query, self.options, self.country)
        if name == "CompanyQuery":
            return company_information(query, self.company, self._stamps)
        return preferences(query, self.company, self.options)

    def _queried(self, name: str, query: etree._Element) -> Answer:
        if name == "InvoiceQuery":
            selection = select_invoices(query, self.company)
        elif name == "AccountQuery":
            selection = select_from_list(query, account_entries(self.company))
        elif name == "EmployeeQuery":
            selection = select_from_list(query, employee_entries(self.company, query, self.options))
        elif name == "CustomerQuery":
            selection = select_from_list(query, customer_entries(self.company))
        else:
            raise RequestRefused(statuses.not_simulated(name))
        return answer_query(name, query, selection, self._iterators)

    def _written(self, name: str, request: etree._Element) -> Answer:
        add = {
            "CustomerAdd": self._writer.add_customer,
            "InvoiceAdd": self._writer.add_invoice,
            "JournalEntryAdd": self._writer.add_journal_entry,
        }[name]
        wanted = texts(request, "IncludeRetElement")
        content = request.find(name)
        assert content is not None  # the grammar has seen to it
        return Answer(OK, element(f"{name.removesuffix('Add')}Ret", only(add(content), wanted)))
