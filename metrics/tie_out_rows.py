"""The tie-out of each month, and which import its figures may come from.

The tie-out is the newest import's. The figures are the newest tied import's; while no import of the month has
tied out, the newest untied one's. So the order in which answers are read makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Company
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import Discrepancy, ProfitAndLoss, TieOut
from metrics.sync_record import moment_of
from qbwc.purposes import Delivered

TIED, UNTIED = MonthlyMetric.TieOutStatus.TIED, MonthlyMetric.TieOutStatus.UNTIED

_COLUMNS = (
    "tie_out_status",
    "quickbooks_net_income",
    "difference",
    "discrepancies",
    "figures_are_from_untied",
    "exchange",
    "synced_at",
)


@dataclass(frozen=True)
class Known:
    """What imports read so far say of a month: the newest one, and the one the figures are from; 0 is none."""

    newest: int = 0
    figures: int = 0
    figures_are_tied: bool = False

    def yields_tie_out_to(self, exchange_id: int) -> bool:
        return exchange_id >= self.newest

    def yields_figures_to(self, exchange_id: int, is_tied: bool) -> bool:
        if is_tied != self.figures_are_tied:
            return is_tied
        return exchange_id >= self.figures


@dataclass(frozen=True)
class TieOutRows:
    """The rows of some months of one company and basis, as they are stored."""

    company: Company
    basis: str
    rows: Mapping[Month, MonthlyMetric]

    @classmethod
    def load(cls, company: Company, basis: str, months: tuple[Month, ...]) -> TieOutRows:
        """One query."""
        found = MonthlyMetric.objects.filter(
            company=company, basis=basis, month__in=[month.first_day for month in months]
        )
        return cls(company, basis, {Month.of(row.month): row for row in found})

    def mark(self, report: ProfitAndLoss, figures_from: Mapping[Month, int], delivered: Delivered) -> tuple[Month, ...]:
        """Write what this import says; the months whose figures it may replace. One upsert."""
        taken = []
        changed = []
        for month in report.months:
            row, known = self._row(month, delivered), self._known(month, figures_from.get(month))
            tie_out = report.tie_out(month)
            if known.yields_tie_out_to(delivered.exchange.pk):
                _put_tie_out(row, tie_out, delivered)
            if known.yields_figures_to(delivered.exchange.pk, tie_out.is_tied):
                row.figures_are_from_untied = not tie_out.is_tied
                taken.append(month)
            changed.append(row)
        _write(changed)
        return tuple(taken)

    def _row(self, month: Month, delivered: Delivered) -> MonthlyMetric:
        return self.rows.get(month) or MonthlyMetric(company=self.company, basis=self.basis, month=month.first_day)

    def _known(self, month: Month, amounts_from: int | None) -> Known:
        row = self.rows.get(month)
        if row is None:
            return Known()
        newest = row.exchange_id or 0
        if row.tie_out_status == TIED:
            return Known(newest, newest, figures_are_tied=True)
        if row.figures_are_from_untied:
            return Known(newest, newest)
        # A month of which QuickBooks printed no account has no amount to tell; then nothing older may replace it.
        return Known(newest, newest if amounts_from is None else amounts_from, figures_are_tied=True)


def _put_tie_out(row: MonthlyMetric, tie_out: TieOut, delivered: Delivered) -> None:
    row.tie_out_status = TIED if tie_out.is_tied else UNTIED
    row.quickbooks_net_income = tie_out.quickbooks_net_income
    row.difference = tie_out.difference
    row.discrepancies = [discrepancy_as_json(one) for one in tie_out.discrepancies]
    row.exchange = delivered.exchange
    row.synced_at = moment_of(delivered)


def discrepancy_as_json(discrepancy: Discrepancy) -> dict[str, str]:
    """Strings only: JSON has no decimals."""
    return {
        "row": str(discrepancy.row_number),
        "label": discrepancy.label,
        "printed": f"{discrepancy.printed:.2f}",
        "computed": f"{discrepancy.computed:.2f}",
    }


def _write(rows: list[MonthlyMetric]) -> None:
    for row in rows:
        row.pk = None  # the month is the conflict; a primary key in the same INSERT would be a second one
    MonthlyMetric.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "basis", "month"],
        update_fields=list(_COLUMNS),
    )
