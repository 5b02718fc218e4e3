"""What a reading changed: the cells that differ from the reading before, and which past months it restates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from accounts.models import Company
from metrics.columns import UNRESOLVED
from metrics.company_time import running_month
from metrics.models import AmountChange, Restatement
from metrics.months import Month
from metrics.profit_and_loss import ZERO, AccountAmount, Section
from metrics.reading.amount_renames import rename
from qbwc.models import Exchange


class StoredAmount(NamedTuple):
    """A row of MonthlyAmount as it is stored; account_type is the section's value."""

    pk: int
    month: date
    account_key: str
    full_name: str
    label: str
    number: str
    account_type: str
    amount: Decimal
    row_number: int
    exchange_id: int | None


@dataclass(frozen=True)
class Reread:
    """One month read again: the cells before and after by account_key, and the exchange they were from."""

    month: Month
    before: Mapping[str, StoredAmount]
    after: Mapping[str, AccountAmount]
    previous_exchange_id: int


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell before and after; one of the two may be missing."""

    before: StoredAmount | None
    after: AccountAmount | None

    @property
    def is_changed(self) -> bool:
        """A row of 0.00 that comes or goes says nothing."""
        return (self.before.amount if self.before else ZERO) != (self.after.amount if self.after else ZERO)


def record_changes(
    company: Company, basis: str, months: Sequence[Reread], exchange: Exchange, answered_at: datetime
) -> None:
    """Write the changed cells of these months, and a restatement for each past one. Needs the company's lock.

    Months read for the first time have no cells to change and must not be given. An account that the chart did not
    know at first and knows now is the same cell. A second reading of one exchange changes nothing here but that.
    """
    rename(company, basis, _renamed(months))
    today = running_month(company, answered_at)
    changes: list[AmountChange] = []
    for month in months:
        cells = list(_cells(month))
        changed = [cell for cell in cells if cell.is_changed]
        if not changed or month.previous_exchange_id == exchange.pk:
            continue
        restatement = None
        if month.month < today:
            restatement = _restate(company, basis, month, cells, len(changed), exchange, answered_at)
        changes.extend(_change(company, basis, month, cell, exchange, answered_at, restatement) for cell in changed)
    AmountChange.objects.bulk_create(changes, ignore_conflicts=True)


def restated_by(exchange: Exchange, basis: str) -> tuple[Month, ...]:
    """The past months that an exchange restated, oldest first."""
    found = Restatement.objects.filter(exchange=exchange, basis=basis).order_by("month")
    return tuple(Month.of(month) for month in found.values_list("month", flat=True))


def _former_key(amount: AccountAmount) -> str:
    """The key of the account while the chart did not know it."""
    return f"{UNRESOLVED}{amount.full_name}"


def _renamed(months: Sequence[Reread]) -> dict[str, str]:
    """Former key → ListID, of the accounts that were known by name only and are no more."""
    return {
        _former_key(amount): key
        for month in months
        for key, amount in month.after.items()
        if key not in month.before and _former_key(amount) in month.before and key != _former_key(amount)
    }


def _cells(month: Reread) -> Iterator[_Cell]:
    left = dict(month.before)
    for key, amount in month.after.items():
        before = left.pop(key, None)
        if before is None:
            before = left.pop(_former_key(amount), None)
        yield _Cell(before, amount)
    for row in left.values():
        yield _Cell(row, None)


def _restate(
    company: Company,
    basis: str,
    month: Reread,
    cells: Sequence[_Cell],
    changed: int,
    exchange: Exchange,
    answered_at: datetime,
) -> Restatement:
    before = [(Section(cell.before.account_type), cell.before.amount) for cell in cells if cell.before is not None]
    after = [(cell.after.section, cell.after.amount) for cell in cells if cell.after is not None]
    found, _ = Restatement.objects.update_or_create(
        exchange=exchange,
        basis=basis,
        month=month.month.first_day,
        defaults={
            "company": company,
            "previous_exchange_id": month.previous_exchange_id or None,
            "detected_at": answered_at,
            "net_income_before": _net_income(before),
            "net_income_after": _net_income(after),
            "revenue_before": _revenue(before),
            "revenue_after": _revenue(after),
            "cells": changed,
        },
    )
    return found


def _net_income(amounts: Sequence[tuple[Section, Decimal]]) -> Decimal:
    return sum((section.sign * amount for section, amount in amounts), ZERO)


def _revenue(amounts: Sequence[tuple[Section, Decimal]]) -> Decimal:
    return sum((amount for section, amount in amounts if section.is_revenue), ZERO)


def _change(
    company: Company,
    basis: str,
    month: Reread,
    cell: _Cell,
    exchange: Exchange,
    answered_at: datetime,
    restatement: Restatement | None,
) -> AmountChange:
    before, after = cell.before, cell.after
    change = AmountChange(
        company=company,
        basis=basis,
        month=month.month.first_day,
        before=before.amount if before else None,
        after=after.amount if after else None,
        row_before=before.row_number if before else None,
        row_after=after.row_number if after else None,
        changed_at=answered_at,
        exchange=exchange,
        previous_exchange_id=month.previous_exchange_id or None,
        restatement=restatement,
    )
    if after is not None:
        change.account_key, change.full_name = after.account_key, after.full_name
        change.label, change.number, change.account_type = after.label[:300], after.number, after.section.value
    elif before is not None:
        change.account_key, change.full_name = before.account_key, before.full_name
        change.label, change.number, change.account_type = before.label, before.number, before.account_type
    return change
