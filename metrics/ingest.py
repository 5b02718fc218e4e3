"""Answers from QuickBooks into rows: each is read at least once, and reading it again changes nothing.

A late answer never overwrites a newer one: exchanges are numbered in the order in which they were sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from accounts.models import Company
from metrics.models import SyncHistory
from metrics.reading import ingest_accounts, ingest_budget, ingest_employees, ingest_profit_and_loss
from metrics.reading.sync_record import Reading, Refused, record
from metrics.recompute import lock
from qbwc import queue
from qbwc.purposes import Delivered

Parsed = TypeVar("Parsed")

# The QuickBooks user has no payroll rights, or personal data is not allowed (qbxml.md 5 and 6): ask for less.
_RIGHTS_CODES = frozenset({3260, 3261, 3262})


def read_accounts(delivered: Delivered) -> None:
    """The chart of accounts; resolves amounts that had been read before their accounts were known."""
    _read(delivered, SyncHistory.SyncType.ACCOUNTS, ingest_accounts.parse, ingest_accounts.write)


def read_profit_and_loss(delivered: Delivered) -> None:
    """A P&L by month: amounts, tie-out, figures. An untied month leaves the last good figures in place."""
    _read(delivered, SyncHistory.SyncType.PROFIT_LOSS, ingest_profit_and_loss.parse, ingest_profit_and_loss.write)


def read_employees(delivered: Delivered) -> None:
    """What head count needs; refused for lack of rights, it is asked for once more with fewer fields."""
    with transaction.atomic():
        is_first_reading = _read(
            delivered, SyncHistory.SyncType.EMPLOYEES, ingest_employees.parse, ingest_employees.write
        )
        if is_first_reading and _lacks_rights(delivered):
            queue.enqueue(
                company_file=delivered.job.company_file,
                purpose=delivered.job.purpose,
                parameters={"fields": "minimal"},
                now=delivered.now,
            )


def read_budget(delivered: Delivered) -> None:
    """QuickBooks' own budget of a fiscal year, into budgets by metric."""
    _read(delivered, SyncHistory.SyncType.BUDGET, ingest_budget.parse, ingest_budget.write)


def _lacks_rights(delivered: Delivered) -> bool:
    is_minimal = delivered.job.parameters.get("fields") == "minimal"
    return bool(delivered.failure) and delivered.exchange.status_code in _RIGHTS_CODES and not is_minimal


def _read(
    delivered: Delivered,
    sync_type: SyncHistory.SyncType,
    parse: Callable[[Delivered], Parsed],
    write: Callable[[Parsed, Delivered, Company], Reading],
) -> bool:
    """Whether this exchange was read for the first time. Parsing holds no lock; all writing is one transaction."""
    if delivered.failure:
        return record(delivered, sync_type, Reading(delivered.failure), success=False)
    try:
        parsed = parse(delivered)
        with transaction.atomic():
            company = delivered.job.company_file.company
            lock(company)
            return record(delivered, sync_type, write(parsed, delivered, company), success=True)
    except Refused as problem:
        return record(delivered, sync_type, Reading(str(problem)), success=False)
