"""What people decided about derived rows, kept while those are written again: acknowledgements and entered counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Company
from metrics.models import MonthlyHeadCount, Restatement

_ACKNOWLEDGED = ("acknowledged_at", "acknowledged_by", "note")
_ENTERED = ("entered", "entered_by", "note")

RestatementKey = tuple[int, str, date]  # exchange, basis, first day of the month


@dataclass(frozen=True)
class KeptDecisions:
    """By the natural keys of the rows they belong to."""

    restatements: Mapping[RestatementKey, Mapping[str, Any]]
    head_counts: Mapping[date, Mapping[str, Any]]
    frozen_at: Mapping[date, Any]

    @classmethod
    def of(cls, company: Company) -> KeptDecisions:
        """Two queries."""
        restated = Restatement.objects.filter(company=company)
        counted = MonthlyHeadCount.objects.filter(company=company)
        return cls(
            {
                (row.exchange_id, row.basis, row.month): _values(row, _ACKNOWLEDGED)
                for row in restated
                if row.acknowledged_at is not None or row.note
            },
            {row.month: _values(row, _ENTERED) for row in counted if row.entered is not None or row.note},
            {row.month: row.frozen_at for row in counted},
        )

    def put_back(self, company: Company) -> list[str]:
        """Write them into the rows as they are now; in words, what has no row any more."""
        lost = []
        for (exchange_id, basis, month), values in self.restatements.items():
            rows = Restatement.objects.filter(company=company, exchange_id=exchange_id, basis=basis, month=month)
            if not rows.update(**values):
                who = values["acknowledged_by"] or "somebody"
                lost.append(f"The restatement of {month:%Y-%m} that {who} acknowledged does not arise any more.")
        for day, values in self.head_counts.items():
            MonthlyHeadCount.objects.update_or_create(
                company=company,
                month=day,
                defaults=values,
                create_defaults={**values, "frozen_at": self.frozen_at[day]},
            )
        return lost


def _values(row: Restatement | MonthlyHeadCount, columns: tuple[str, ...]) -> dict[str, Any]:
    return {column: getattr(row, column) for column in columns}
