"""Our figures against QuickBooks' printed totals, month by month and section by section, with the accounts involved."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.cells import Cell, by_month, cells, in_months
from metrics.models import MonthlyMetric
from metrics.months import Month, months_between
from metrics.profit_and_loss import (
    TOTAL_LABELS,
    PrintedTotals,
    Section,
    SectionCheck,
    section_checks,
    section_totals,
)
from metrics.selectors import TieOutMark, tie_out_of


class TieOutState(enum.Enum):
    """How far a month's figures are proven. A partial month is the running one, whatever its proof."""

    TIED = "tied"
    UNTIED = "untied"
    NOT_SYNCED = "not_synced"
    PARTIAL = "partial"


STATE_WORDS = {
    TieOutState.TIED: "Tied",
    TieOutState.UNTIED: "Untied",
    TieOutState.NOT_SYNCED: "Not synced",
    TieOutState.PARTIAL: "So far",
}
# A total → the sections it is made of; which accounts to look at when it is off.
_SECTIONS_OF: Mapping[str, tuple[Section, ...]] = {
    "income": (Section.INCOME,),
    "cost_of_goods_sold": (Section.COST_OF_GOODS_SOLD,),
    "expense": (Section.EXPENSE,),
    "other_income": (Section.OTHER_INCOME,),
    "other_expense": (Section.OTHER_EXPENSE,),
}


@dataclass(frozen=True)
class TieOutMonth:
    """One month. `checks` are our amounts against the newest reading's totals: none for a month never read, or last
    read before totals were kept. `mark` is the newest reading's own proof."""

    month: Month
    state: TieOutState
    checks: tuple[SectionCheck, ...]
    mark: TieOutMark | None
    synced_at: datetime | None
    exchange_id: int | None

    @property
    def words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def is_proven(self) -> bool:
        """Whether the newest reading ties out, be the month over or not."""
        return self.mark is not None and self.mark.is_tied

    def check(self, key: str) -> SectionCheck | None:
        return next((one for one in self.checks if one.key == key), None)


@dataclass(frozen=True)
class TieOutReport:
    company: Company
    basis: str
    months: tuple[TieOutMonth, ...]

    def count(self, state: TieOutState) -> int:
        return sum(month.state is state for month in self.months)

    @property
    def lines(self) -> tuple[tuple[str, str, tuple[SectionCheck | None, ...]], ...]:
        """(key, QuickBooks' label, one check a month) for each of the nine totals."""
        return tuple(
            (key, label, tuple(month.check(key) for month in self.months)) for key, label in TOTAL_LABELS.items()
        )


@dataclass(frozen=True)
class UntiedSection:
    """A section whose total is off, and the accounts that stand in it, biggest first, with what we have of each."""

    check: SectionCheck
    accounts: tuple[Cell, ...]


def tie_out_report(
    company: Company, basis: str, *, today: Month, first: Month | None = None, last: Month | None = None
) -> TieOutReport:
    """Every month from the first known one (or `first`) to the last (or `last`): gaps are months not synced.

    Two queries, whatever the number of months.
    """
    rows = in_months(MonthlyMetric.objects.filter(company=company, basis=basis), first, last).order_by("month")
    known = {Month.of(row.month): row for row in rows}
    amounts = dict(by_month(cells(company, basis, first, last)))
    span = _span(known, first, last)
    return TieOutReport(
        company, basis, tuple(_month(month, known.get(month), amounts.get(month, ()), today) for month in span)
    )


def untied_sections(company: Company, basis: str, month: TieOutMonth) -> tuple[UntiedSection, ...]:
    """The sections of a month that are off, with their accounts; one query."""
    off = [check for check in month.checks if not check.is_tied and check.key in _SECTIONS_OF]
    found = cells(company, basis, month.month, month.month) if off else ()
    return tuple(
        UntiedSection(check, _biggest(cell for cell in found if cell.section in _SECTIONS_OF[check.key]))
        for check in off
    )


def printed_totals_of(kept: Mapping[str, str | None]) -> PrintedTotals | None:
    """From MonthlyMetric.printed_totals or MonthReading.printed_totals; None when none were kept."""
    if not kept.get("net_income"):
        return None
    return PrintedTotals(**{key: _amount(kept.get(key)) for key in TOTAL_LABELS})  # type: ignore[arg-type]


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _biggest(found: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(found, key=lambda cell: (-abs(cell.amount), cell.full_name)))


def _span(known: Mapping[Month, MonthlyMetric], first: Month | None, last: Month | None) -> tuple[Month, ...]:
    if not known:
        return months_between(first, last) if first and last else ()
    return months_between(first or min(known), last or max(known))


def _month(month: Month, row: MonthlyMetric | None, amounts: Sequence[Cell], today: Month) -> TieOutMonth:
    if row is None:
        return TieOutMonth(month, TieOutState.NOT_SYNCED, (), None, None, None)
    printed = printed_totals_of(row.printed_totals)
    checks = section_checks(printed, section_totals(amounts)) if printed else ()
    mark = tie_out_of(row)
    return TieOutMonth(month, _state(month, mark, checks, today), checks, mark, row.synced_at, row.exchange_id)


def _state(month: Month, mark: TieOutMark, checks: Sequence[SectionCheck], today: Month) -> TieOutState:
    return state_of(month, is_tied=mark.is_tied and all(check.is_tied for check in checks), today=today)


def state_of(month: Month, *, is_tied: bool, today: Month) -> TieOutState:
    """Of a month that was read; `today` is the running month."""
    if not is_tied:
        return TieOutState.UNTIED
    return TieOutState.PARTIAL if month >= today else TieOutState.TIED
