"""The stored answers that a company's figures rest on: which they are, in which order, and reading one again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Company
from metrics.models import MonthlyAmount, MonthlyHeadCount, MonthlyMetric, SyncHistory
from metrics.reading import ingest_accounts, ingest_budget, ingest_employees, ingest_profit_and_loss
from metrics.reading.sync_record import Reading, Refused, record
from qbwc.models import Exchange
from qbwc.purposes import Delivered

FIRST_ERROR = 1000  # statusCodes below are Info and Warning (OSR)
SyncType = SyncHistory.SyncType
_READERS: dict[str, tuple[Callable[[Delivered], Any], Callable[[Any, Delivered, Company], Reading]]] = {
    SyncType.ACCOUNTS: (ingest_accounts.parse, ingest_accounts.write),
    SyncType.PROFIT_LOSS: (ingest_profit_and_loss.parse, ingest_profit_and_loss.write),
    SyncType.EMPLOYEES: (ingest_employees.parse, ingest_employees.write),
    SyncType.BUDGET: (ingest_budget.parse, ingest_budget.write),
}


@dataclass(frozen=True)
class StoredAnswer:
    """One line of the sync history. `exchange` None, or `is_stored` False: its text is there no more."""

    sync_type: str
    exchange: Exchange | None
    was_read: bool
    is_stored: bool
    at: datetime

    @property
    def name(self) -> str:
        """For people: "Profit & Loss of 2026-03-15 12:00 UTC (exchange 12)"."""
        where = "exchange deleted" if self.exchange is None else f"exchange {self.exchange.pk}"
        return f"{SyncType(self.sync_type).label} of {self.at:%Y-%m-%d %H:%M} UTC ({where})"

    @property
    def may_be_read(self) -> bool:
        """Stored, and not QuickBooks' refusal of the request."""
        exchange = self.exchange
        if exchange is None or not self.is_stored or exchange.hresult:
            return False
        return exchange.status_code is None or exchange.status_code < FIRST_ERROR


def answers_of(company: Company) -> list[StoredAnswer]:
    """Every answer, in the order in which they were first read: the sync history has one line for each.

    It is nearly always the order in which they were sent; where it is not, the history of restatements tells it.
    """
    lines = SyncHistory.objects.filter(company=company, sync_type__in=_READERS).order_by("pk")
    return [_stored(line) for line in lines.select_related("exchange").defer("parsed_data", "message")]


def answers_in_use(company: Company) -> list[StoredAnswer]:
    """The answers that the figures and tie-outs of today rest on, in the order in which they were sent."""
    wanted = _in_use(company)
    found = [one for one in answers_of(company) if one.exchange is not None and one.exchange.pk in wanted]
    return sorted(found, key=lambda one: one.exchange.pk if one.exchange else 0)


def months_without_answer(company: Company) -> list[str]:
    """ "2026-01 accrual" of each month whose exchange was deleted: what it rests on cannot be read again."""
    rows = MonthlyMetric.objects.filter(company=company, exchange=None).order_by("basis", "month")
    return [f"{month:%Y-%m} {basis}" for basis, month in rows.values_list("basis", "month")]


def read_again(answer: StoredAnswer, company: Company, *, records: bool = True) -> str:
    """Read one stored answer as if it had just come; "" or why it cannot be. Needs the company's lock.

    `records` False leaves the line in the sync history as it is.
    """
    exchange = answer.exchange
    assert exchange is not None
    parse, write = _READERS[answer.sync_type]
    moment = exchange.delivered_at or exchange.answered_at or exchange.sent_at
    delivered = Delivered(exchange.job, exchange, None, "", moment)
    try:
        with transaction.atomic():
            reading = write(parse(delivered), delivered, company)
    except Refused as problem:
        if records:
            record(delivered, SyncType(answer.sync_type), Reading(str(problem)), success=False)
        return str(problem)
    if records:
        record(delivered, SyncType(answer.sync_type), reading, success=True)
    return ""


def loaded(answers: Iterable[StoredAnswer]) -> Iterable[StoredAnswer]:
    """The same answers, each with its texts at hand only while it is its turn."""
    rows = Exchange.objects.select_related("job__company_file__company", "request_payload", "response_payload")
    for one in answers:
        exchange = None if one.exchange is None else rows.get(pk=one.exchange.pk)
        yield StoredAnswer(one.sync_type, exchange, one.was_read, one.is_stored, one.at)


def _stored(line: SyncHistory) -> StoredAnswer:
    exchange = line.exchange
    is_stored = exchange is not None and exchange.response_payload_id is not None
    if line.sync_type == SyncType.PROFIT_LOSS:  # the months are the request's
        is_stored = is_stored and exchange is not None and exchange.request_payload_id is not None
    return StoredAnswer(line.sync_type, exchange, line.success, is_stored, line.created_at)


def _in_use(company: Company) -> set[int]:
    """The newest chart, list and budget, the reports that figures and tie-outs are from, the lists of frozen counts."""
    newest = SyncHistory.objects.filter(company=company, success=True, exchange__isnull=False)
    found = {
        newest.filter(sync_type=sync_type).order_by("-exchange_id").values_list("exchange_id", flat=True).first()
        for sync_type in (SyncType.ACCOUNTS, SyncType.EMPLOYEES, SyncType.BUDGET)
    }
    for table in (MonthlyAmount, MonthlyMetric, MonthlyHeadCount):
        rows = table._default_manager.filter(company=company, exchange__isnull=False).order_by()
        found |= set(rows.values_list("exchange_id", flat=True).distinct())
    return {pk for pk in found if pk is not None}
