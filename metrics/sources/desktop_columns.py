"""Which column of a report is which month: from the months that were asked for, checked against the titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.months import Month
from metrics.profit_and_loss import ZERO, UnreadableReport
from metrics.sources.desktop_cells import read_cell
from metrics.sources.desktop_titles import Period, fit_in_another_language, read_title
from qbwc.qbxml.reports import Column, Report, label_column

# Subcolumns under a month ("% of Income", "$ Change"): figures of another kind (ColType, dataType).
_SKIPPED_TYPES = frozenset({"Percent", "PercentChange", "AmountDifference"})
_SKIPPED_DATA = frozenset({"PERCENTTYPE", "QUANTYPE"})
# The same by their titles: "% of Income", "$ Change", "$ Over Budget".
_SKIPPED_TITLES = ("%", "$ ")
_ADVICE = (
    "Ask for ProfitAndLossStandard with SummarizeColumnsBy Month, without subcolumns, for whole months from the "
    "first day to the last."
)


@dataclass(frozen=True)
class MonthColumns:
    """A colID per month in the order asked for; None where QuickBooks left out a month without activity."""

    months: tuple[Month, ...]
    col_ids: tuple[int | None, ...]


def month_columns(report: Report, months: tuple[Month, ...]) -> MonthColumns:
    """Pair the report's amount columns with the months asked for; UnreadableReport when they do not fit."""
    columns, total = _without_total(_amount_columns(report))
    if len(months) == len(columns) == 1 and _says_no_period(columns[0]):
        return MonthColumns(months, (columns[0].col_id,))
    periods = [_period(column) for column in columns]
    if None in periods or not columns:
        columns = _foreign_columns(report, columns, months)
        return MonthColumns(months, tuple(column.col_id for column in columns))
    found = _by_month(columns, [period for period in periods if period is not None], months)
    col_ids = tuple(found.get(month) for month in months)
    if None in col_ids and total is None:
        _refuse_missing(columns, [month for month in months if month not in found], months)
    if None in col_ids and total is not None:
        _refuse_lost_amounts(report, list(found.values()), total)
    return MonthColumns(months, col_ids)


def _amount_columns(report: Report) -> list[Column]:
    label = label_column(report.columns)
    return [
        column
        for column in report.columns
        if column.col_id != label
        and column.col_type not in _SKIPPED_TYPES
        and column.data_type.upper() not in _SKIPPED_DATA
        and not any(title.strip().startswith(_SKIPPED_TITLES) for title in column.titles)
    ]


def _without_total(columns: list[Column]) -> tuple[list[Column], Column | None]:
    """Take away the total at the end. ColType Total was never captured, the title TOTAL was: either will do.

    A lone column stays: it is the month, whatever its ColType.
    """
    if len(columns) < 2 or not _is_total(columns[-1]):
        return columns, None
    return columns[:-1], columns[-1]


def _is_total(column: Column) -> bool:
    return column.col_type.casefold() == "total" or _title(column).casefold() == "total"


def _says_no_period(column: Column) -> bool:
    """TOTAL or nothing: a lone column of a report over one month."""
    return _is_total(column) or not _title(column)


def _period(column: Column) -> Period | None:
    """The first of the title rows that is a period: a second row names the subcolumn."""
    return next((period for period in map(read_title, column.titles) if period is not None), None)


def _by_month(columns: list[Column], periods: list[Period], months: tuple[Month, ...]) -> dict[Month, int]:
    found: dict[Month, int] = {}
    for column, period in zip(columns, periods, strict=True):
        _refuse_misfit(column, period, months)
        if period.first in found:
            raise UnreadableReport(
                f"Two columns of the report are for {period.first.label} ({_seen(columns)}): they cannot be told "
                f"apart. {_ADVICE}"
            )
        found[period.first] = column.col_id
    return found


def _refuse_misfit(column: Column, period: Period, months: tuple[Month, ...]) -> None:
    title = _title(column)
    if period.first != period.last:
        raise UnreadableReport(
            f"Column “{title}” covers {period.first.label} to {period.last.label} in one figure, but amounts for "
            f"{_asked(months)} are needed month by month. {_ADVICE}"
        )
    if period.first not in months:
        raise UnreadableReport(f"Column “{title}” is outside of the months asked for, {_asked(months)}. {_ADVICE}")
    # QuickBooks ends the running month's column today; any other part of a month is not that month's figure.
    starts_late = period.first_day not in (None, 1)
    ends_early = period.last_day not in (None, period.last.last_day.day) and period.last != max(months)
    if starts_late or ends_early:
        raise UnreadableReport(f"Column “{title}” covers only a part of {period.first.label}. {_ADVICE}")


def _foreign_columns(report: Report, columns: list[Column], months: tuple[Month, ...]) -> list[Column]:
    """Columns whose titles are not English months: accepted in another language, one per month and in order."""
    if len(columns) == len(months) + 1 and _adds_up(report, columns):
        columns = columns[:-1]
    if fit_in_another_language([_title(column) for column in columns], months):
        return columns
    raise UnreadableReport(
        f"The report's columns are {_seen(columns)}; {len(months)} month columns for {_asked(months)} were "
        f"expected. Columns by class, customer or another period cannot be read as months. {_ADVICE}"
    )


def _adds_up(report: Report, columns: list[Column]) -> bool:
    """Whether the last column is the sum of the others in every row: a TOTAL in another language."""
    col_ids = [column.col_id for column in columns]
    return all(
        sum((read_cell(row, col_id) or ZERO for col_id in col_ids[:-1]), ZERO) == (read_cell(row, col_ids[-1]) or ZERO)
        for row in report.rows
    )


def _refuse_missing(columns: list[Column], missing: list[Month], months: tuple[Month, ...]) -> None:
    """A month without a column must have been idle, and only the TOTAL column can show that."""
    names = ", ".join(month.label for month in missing[:6]) + (" …" if len(missing) > 6 else "")
    raise UnreadableReport(
        f"{len(months)} months were asked for, {_asked(months)}; the report's columns are {_seen(columns)}. "
        f"There is none for {names}, and no TOTAL column that could show that nothing happened then. Ask again with "
        "ReturnColumns All, or for fewer months at a time."
    )


def _refuse_lost_amounts(report: Report, col_ids: Sequence[int], total: Column) -> None:
    """Months without a column must have been idle: then the others add up to TOTAL."""
    for row in report.rows:
        printed = read_cell(row, total.col_id) or ZERO
        if sum((read_cell(row, col_id) or ZERO for col_id in col_ids), ZERO) != printed:
            raise UnreadableReport(
                f"The report leaves out months, but row {row.row_number} (“{row.label}”) has a total of {printed} "
                f"which the months that are there do not add up to. Ask again with ReturnColumns All. {_ADVICE}"
            )


def _title(column: Column) -> str:
    return " / ".join(title.strip() for title in column.titles if title.strip())


def _seen(columns: list[Column]) -> str:
    names = [f"“{_title(column)}”" for column in columns]
    shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
    return f"{len(names)} ({shown})" if names else "none"


def _asked(months: tuple[Month, ...]) -> str:
    return months[0].label if len(months) == 1 else f"{min(months).label} to {max(months).label}"
