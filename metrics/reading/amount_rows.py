"""The stored amounts of a company's months: which import they are from, and replacing them by a newer one's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.models import Company
from metrics.columns import UNRESOLVED
from metrics.models import MonthlyAmount
from metrics.months import Month
from metrics.profit_and_loss import AccountAmount, ProfitAndLoss
from metrics.reading.amount_history import Reread, StoredAmount
from metrics.sources.desktop import ChartAccount
from qbwc.models import Exchange

# The stored report has the whole of a longer one; QuickBooks itself cuts names at 31 characters (qbxml.md 4.3).
LONGEST_LABEL = 300
_COLUMNS = ("full_name", "label", "number", "account_type", "amount", "row_number")

_FIRST = StoredAmount._fields.index(_COLUMNS[0])
_LAST = _FIRST + len(_COLUMNS)  # where StoredAmount has them, in this order

RowKey = tuple[date, str]  # first day of the month, account_key


@dataclass(frozen=True)
class StoredMonths:
    """What is stored of some months of one company and basis."""

    company: Company
    basis: str
    months: tuple[Month, ...]
    rows: Mapping[RowKey, StoredAmount]

    @classmethod
    def load(cls, company: Company, basis: str, months: tuple[Month, ...]) -> StoredMonths:
        """One query."""
        found = MonthlyAmount.objects.filter(
            company=company, basis=basis, month__in=[month.first_day for month in months]
        ).order_by("pk")
        rows = map(StoredAmount._make, found.values_list(*StoredAmount._fields))
        return cls(company, basis, months, {(row.month, row.account_key): row for row in rows})

    @property
    def exchange_of(self) -> dict[Month, int]:
        """The exchange that a month's amounts were read from; months without one are missing."""
        found = {row.month: row.exchange_id for row in self.rows.values() if row.exchange_id is not None}
        return {Month.of(day): exchange_id for day, exchange_id in found.items()}

    def reread(self, report: ProfitAndLoss, taken: Mapping[Month, int]) -> list[Reread]:
        """What is stored beside what the report says, of the taken months that were read before."""
        before: dict[date, dict[str, StoredAmount]] = defaultdict(dict)
        for (day, key), row in self.rows.items():
            before[day][key] = row
        return [
            Reread(month, before[month.first_day], {one.account_key: one for one in report.amounts_in(month)}, previous)
            for month, previous in taken.items()
            if previous
        ]

    def resolved_accounts(self, types: Mapping[str, str]) -> Iterator[ChartAccount]:
        """The ledger accounts behind the stored amounts, with the AccountType that the chart gives them now."""
        named = {(row.account_key, row.full_name): row for row in self.rows.values()}
        for (key, full_name), row in named.items():
            if not key.startswith(UNRESOLVED):
                account_type = types.get(key, row.account_type)
                yield ChartAccount(key, full_name.rpartition(":")[2], full_name, row.number, account_type, "")

    def replace(self, report: ProfitAndLoss, taken: Collection[Month], exchange: Exchange) -> None:
        """Make the taken months hold exactly the report's amounts: one delete, one upsert, one update.

        `record_changes` first: it compares with what was stored.

        (SQLite's limit of 999 values splits the upsert into statements of 90 rows.) Rows that are the same
        already are not written again, so that reading the running months every few hours costs little.
        """
        wanted: dict[RowKey, AccountAmount] = {}
        for month in taken:
            day = month.first_day
            wanted |= {(day, amount.account_key): amount for amount in report.amounts_in(month)}
        days = {month.first_day for month in taken}
        self._delete([row.pk for key, row in self.rows.items() if key[0] in days and key not in wanted])
        self._upsert([self._row(amount) for key, amount in wanted.items() if not _is_same(amount, self.rows.get(key))])
        MonthlyAmount.objects.filter(company=self.company, basis=self.basis, month__in=days).update(exchange=exchange)

    def _row(self, amount: AccountAmount) -> MonthlyAmount:
        values = dict(zip(_COLUMNS, _values(amount), strict=True))
        return MonthlyAmount(
            company_id=self.company.pk,
            basis=self.basis,
            month=amount.month.first_day,
            account_key=amount.account_key,
            **values,
        )

    def _delete(self, pks: Collection[int]) -> None:
        if pks:
            MonthlyAmount.objects.filter(pk__in=pks).delete()

    def _upsert(self, rows: Collection[MonthlyAmount]) -> None:
        MonthlyAmount.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["company", "basis", "month", "account_key"],
            update_fields=list(_COLUMNS),
        )


def _values(amount: AccountAmount) -> tuple[object, ...]:
    """In the order of _COLUMNS."""
    return (
        amount.full_name,
        amount.label[:LONGEST_LABEL],
        amount.number,
        amount.section.value,
        amount.amount,
        amount.row_number,
    )


def _is_same(amount: AccountAmount, before: StoredAmount | None) -> bool:
    return before is not None and _values(amount) == before[_FIRST:_LAST]
