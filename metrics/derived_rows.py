"""Every row that is worked out from stored answers, column by column, and what differs between two such states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.models import Company
from metrics.models import (
    AmountChange,
    EmployeeRecord,
    LedgerAccount,
    MonthlyAmount,
    MonthlyHeadCount,
    MonthlyMetric,
    MonthReading,
    Restatement,
)

# Table → the columns that name a row. Primary keys name nothing: a row written again gets another one.
DERIVED: Mapping[type[Model], tuple[str, ...]] = {
    LedgerAccount: ("list_id",),
    MonthlyAmount: ("basis", "month", "account_key"),
    AmountChange: ("basis", "month", "account_key", "exchange_id"),
    Restatement: ("basis", "month", "exchange_id"),
    MonthReading: ("basis", "month", "exchange_id"),
    MonthlyMetric: ("basis", "month"),
    EmployeeRecord: ("list_id",),
    MonthlyHeadCount: ("month",),
}
_LEFT_OUT = frozenset(("id", "company_id", "updated_at"))

Key = tuple[Any, ...]
Rows = Mapping[Key, Mapping[str, Any]]
State = Mapping[str, Rows]  # by the table's name


@dataclass(frozen=True)
class Difference:
    """One column of one row; a row that is in one of the states only has the column "" and says so in `before`."""

    table: str
    key: Key
    column: str
    before: Any
    after: Any


def state_of(company: Company) -> State:
    """Everything derived for a company as it is now; eight queries."""
    return {table.__name__: _rows(table, key, company) for table, key in DERIVED.items()}


def differences(before: State, after: State) -> tuple[Difference, ...]:
    """What differs, in the order of the tables and of their keys."""
    return tuple(one for table in before for one in _between(table, before[table], after[table]))


def _rows(table: type[Model], key: tuple[str, ...], company: Company) -> Rows:
    columns = [field.attname for field in table._meta.concrete_fields if field.attname not in _LEFT_OUT]
    found = table._default_manager.filter(company=company).order_by().values(*columns)
    return {tuple(row[name] for name in key): _comparable(row) for row in found}


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A change and its restatement have the same exchange, basis and month: whether there is one is all to know."""
    if "restatement_id" in row:
        row["restatement_id"] = row["restatement_id"] is not None
    return row


def _between(table: str, before: Rows, after: Rows) -> Iterator[Difference]:
    for key in sorted({*before, *after}, key=str):
        if key not in after:
            yield Difference(table, key, "", "a row", None)
        elif key not in before:
            yield Difference(table, key, "", None, "a row")
        else:
            yield from _columns(table, key, before[key], after[key])


def _columns(table: str, key: Key, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for column, value in before.items():
        if value != after[column]:
            yield Difference(table, key, column, value, after[column])
