"""Amounts by ledger account and month as values: today's, and those of any earlier moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.models import Company
from metrics.columns import list_id_of
from metrics.mapping_models import MappingVersion
from metrics.mappings.rows import rules_of
from metrics.mappings.values import KeptRule, rules_from_json
from metrics.models import AmountChange, MonthlyAmount, MonthReading
from metrics.months import Month
from metrics.profit_and_loss import Section

AnyRow = TypeVar("AnyRow", bound=Model)
SECTIONS = {section.value: section for section in Section}
_COLUMNS = ("month", "account_key", "full_name", "label", "number", "account_type", "amount", "row_number")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one ledger account came to in one month, as QuickBooks printed it: income and expense both positive.

    row_number and exchange_id name the row of the stored report that says so; None when it is not stored any more.
    """

    month: Month
    account_key: str
    full_name: str
    label: str
    number: str
    section: Section
    amount: Decimal
    row_number: int | None
    exchange_id: int | None

    @property
    def list_id(self) -> str:
        """Empty when the chart of accounts does not know the account."""
        return list_id_of(self.account_key)


def cells(company: Company, basis: str, first: Month | None, last: Month | None) -> tuple[Cell, ...]:
    """As they are now, months in order, accounts in report order; one query."""
    rows = in_months(MonthlyAmount.objects.filter(company=company, basis=basis), first, last)
    found = rows.order_by("month", "row_number", "pk").values_list(*_COLUMNS, "exchange_id")
    return tuple(_cell(row) for row in found)


def cells_at(
    company: Company, basis: str, first: Month | None, last: Month | None, moment: datetime
) -> tuple[Cell, ...]:
    """As they were known at that moment: later changes undone, months read only later left out; three queries."""
    known = {Month.of(reading.month) for reading in readings_at(company, basis, first, last, moment)}
    found = {(cell.month, cell.account_key): cell for cell in cells(company, basis, first, last)}
    later = in_months(AmountChange.objects.filter(company=company, basis=basis), first, last)
    for change in later.filter(changed_at__gt=moment).order_by("-changed_at", "-pk"):
        _undo(found, change)
    return tuple(sorted((cell for cell in found.values() if cell.month in known), key=_place))


def readings_at(
    company: Company, basis: str, first: Month | None, last: Month | None, moment: datetime | None
) -> tuple[MonthReading, ...]:
    """What QuickBooks had printed for each month by then (None: by now), months in order; one query."""
    rows = in_months(MonthReading.objects.filter(company=company, basis=basis), first, last)
    if moment is not None:
        rows = rows.filter(read_at__lte=moment)
    newest = {row.month: row for row in rows.order_by("month", "exchange_id")}
    return tuple(newest.values())


def rules_at(company: Company, moment: datetime) -> tuple[KeptRule, ...]:
    """The mapping as it was then; as it is now when no version is that old."""
    versions = MappingVersion.objects.filter(company=company, created_at__lte=moment)
    version = versions.order_by("-number").first()
    return rules_of(company) if version is None else rules_from_json(version.rules)


def in_months(rows: QuerySet[AnyRow], first: Month | None, last: Month | None) -> QuerySet[AnyRow]:
    """The rows whose `month` lies between these two, both included; None has no limit."""
    if first is not None:
        rows = rows.filter(month__gte=first.first_day)
    return rows if last is None else rows.filter(month__lte=last.first_day)


def by_month(found: Iterable[Cell]) -> Iterator[tuple[Month, list[Cell]]]:
    """Months with a cell, in the order in which they come."""
    groups: dict[Month, list[Cell]] = {}
    for cell in found:
        groups.setdefault(cell.month, []).append(cell)
    yield from groups.items()


def _cell(row: tuple[object, ...]) -> Cell:
    month, key, full_name, label, number, account_type, amount, row_number, exchange_id = row
    return Cell(
        Month.of(month),  # type: ignore[arg-type]
        str(key),
        str(full_name),
        str(label),
        str(number),
        SECTIONS[str(account_type)],
        amount,  # type: ignore[arg-type]
        row_number,  # type: ignore[arg-type]
        exchange_id,  # type: ignore[arg-type]
    )


def _undo(found: dict[tuple[Month, str], Cell], change: AmountChange) -> None:
    key = (Month.of(change.month), change.account_key)
    if change.before is None:
        found.pop(key, None)
        return
    now = found.get(key)
    row, exchange = change.row_before, change.previous_exchange_id
    if now is not None:
        found[key] = replace(now, amount=change.before, row_number=row, exchange_id=exchange)
        return
    section = SECTIONS[change.account_type]
    found[key] = Cell(
        key[0], key[1], change.full_name, change.label, change.number, section, change.before, row, exchange
    )  # fmt: skip


def _place(cell: Cell) -> tuple[Month, int, str]:
    return cell.month, cell.row_number or 0, cell.account_key
