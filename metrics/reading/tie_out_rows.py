"""The tie-out of each month, and which import its figures may come from.

The tie-out is the newest import's. The figures are the newest tied import's; while no import of the month has
tied out, the newest untied one's. So the order in which answers are read makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.models import MonthlyMetric, MonthReading, SyncHistory
from metrics.months import Month
from metrics.profit_and_loss import Discrepancy, PrintedTotals, ProfitAndLoss
from metrics.reading.sync_record import moment_of
from metrics.tie_out.words import MORE
from qbwc.purposes import Delivered

TIED, UNTIED = MonthlyMetric.TieOutStatus.TIED, MonthlyMetric.TieOutStatus.UNTIED

MOST_DISCREPANCIES = 50  # of a month; a stored answer that is read again tells all of them

_COLUMNS = (
    "tie_out_status",
    "quickbooks_net_income",
    "difference",
    "discrepancies",
    "printed_totals",
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
class _Said:
    """What a report, or a stored row, says of a month; two that are equal say the same."""

    is_tied: bool
    quickbooks_net_income: Decimal
    difference: Decimal
    discrepancies: list[dict[str, str]]
    printed_totals: dict[str, str | None]

    @classmethod
    def of(cls, report: ProfitAndLoss, month: Month) -> _Said:
        tie_out = report.tie_out(month)
        return cls(
            tie_out.is_tied,
            tie_out.quickbooks_net_income,
            tie_out.difference,
            discrepancies_as_json(tie_out.discrepancies),
            totals_as_json(report.printed.get(month)),
        )

    @classmethod
    def of_row(cls, row: MonthlyMetric) -> _Said:
        is_tied = row.tie_out_status == TIED
        return cls(is_tied, row.quickbooks_net_income, row.difference, row.discrepancies, row.printed_totals)

    def put_into(self, row: MonthlyMetric, delivered: Delivered) -> None:
        row.tie_out_status = TIED if self.is_tied else UNTIED
        row.quickbooks_net_income, row.difference = self.quickbooks_net_income, self.difference
        row.discrepancies, row.printed_totals = self.discrepancies, self.printed_totals
        row.exchange, row.synced_at = delivered.exchange, moment_of(delivered)


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

    def mark(self, report: ProfitAndLoss, figures_from: Mapping[Month, int], delivered: Delivered) -> dict[Month, int]:
        """Write what this import says. The months whose figures it may replace, each with the exchange that those
        are from (0: never read). One upsert, and an insert of what QuickBooks had not said before."""
        taken: dict[Month, int] = {}
        changed, readings = [], []
        for month in report.months:
            before = self.rows.get(month)
            row, known = self._row(month), self._known(month, figures_from.get(month))
            said = _Said.of(report, month)
            if known.yields_figures_to(delivered.exchange.pk, said.is_tied):
                row.figures_are_from_untied = not said.is_tied
                taken[month] = known.figures
            if known.newest < delivered.exchange.pk and (before is None or said != _Said.of_row(before)):
                readings.append(self._reading(month, said, delivered, took_figures=month in taken))
            if known.yields_tie_out_to(delivered.exchange.pk):
                said.put_into(row, delivered)
            changed.append(row)
        _write(changed)
        MonthReading.objects.bulk_create(readings, ignore_conflicts=True)
        return taken

    def _reading(self, month: Month, said: _Said, delivered: Delivered, *, took_figures: bool) -> MonthReading:
        return MonthReading(
            company=self.company,
            basis=self.basis,
            month=month.first_day,
            exchange=delivered.exchange,
            read_at=moment_of(delivered),
            is_tied=said.is_tied,
            quickbooks_net_income=said.quickbooks_net_income,
            difference=said.difference,
            printed_totals=said.printed_totals,
            discrepancies=said.discrepancies,
            took_figures=took_figures,
        )

    def _row(self, month: Month) -> MonthlyMetric:
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
        return Known(newest, amounts_from or self._last_tied(month, newest), figures_are_tied=True)

    def _last_tied(self, month: Month, newest: int) -> int:
        """The newest tied reading of a month whose figures hold no account to tell it: the history does.

        Rare: one query for such a month. Nothing older may replace the figures of one that the history forgot.
        """
        lines = SyncHistory.objects.filter(
            company=self.company, sync_type=SyncHistory.SyncType.PROFIT_LOSS, success=True, exchange_id__lt=newest
        ).order_by("-exchange_id")
        for exchange_id, said in lines.values_list("exchange_id", "parsed_data").iterator(chunk_size=20):
            if said.get("basis") == self.basis and _is_tied_in(said, month) and exchange_id is not None:
                return exchange_id
        return newest


def _is_tied_in(said: Mapping[str, Any], month: Month) -> bool:
    """Whether a reading's summary (report_summary) calls the month tied."""
    return any(one["month"] == str(month) and one["tied"] for one in said.get("months", ()))


def discrepancies_as_json(found: Sequence[Discrepancy]) -> list[dict[str, str]]:
    """Strings only: JSON has no decimals. A report that is wrong throughout has one for each of its totals: the first
    are kept, and the last, which is Net Income when that is off; it tells how many `more` there were."""
    if len(found) <= MOST_DISCREPANCIES:
        return [_discrepancy_as_json(one) for one in found]
    kept = [_discrepancy_as_json(one) for one in (*found[: MOST_DISCREPANCIES - 1], found[-1])]
    kept[-1][MORE] = str(len(found) - MOST_DISCREPANCIES)
    return kept


def _discrepancy_as_json(discrepancy: Discrepancy) -> dict[str, str]:
    return {
        "row": str(discrepancy.row_number),
        "label": discrepancy.label,
        "printed": f"{discrepancy.printed:.2f}",
        "computed": f"{discrepancy.computed:.2f}",
    }


def totals_as_json(totals: PrintedTotals | None) -> dict[str, str | None]:
    """By key of TOTAL_LABELS; null for a total that was not printed, nothing at all when none is known."""
    if totals is None:
        return {}
    return {key: None if total is None else f"{total:.2f}" for key, total in totals.by_key().items()}


def _write(rows: list[MonthlyMetric]) -> None:
    for row in rows:
        row.pk = None  # the month is the conflict; a primary key in the same INSERT would be a second one
    MonthlyMetric.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "basis", "month"],
        update_fields=list(_COLUMNS),
    )
