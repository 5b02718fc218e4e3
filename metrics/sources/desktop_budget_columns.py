"""Which column of a budget report holds the budget of which month.

A Budget vs. Actual report prints four columns a month: what happened, the budget, the amount over budget, the
percentage of it. No capture of one is public, so titles may stand in one row or two and column types are not
believed: a column is the budget when its title says so, or, in another language, when its figures do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from metrics.months import Month
from metrics.profit_and_loss import ZERO, UnreadableReport
from metrics.sources.desktop_cells import read_cell
from metrics.sources.desktop_columns import MonthColumns
from metrics.sources.desktop_titles import Period, fit_in_another_language, read_title
from qbwc.qbxml.reports import Column, Report, label_column

_BUDGET = re.compile(r"\W*budget\W*", re.IGNORECASE)
# What may stand behind a month in the same title: "Jan 24 Budget", "Jan 24 - Actual".
_SUBCOLUMN = re.compile(r"[\s\-–/:(]*(?:\$ over budget|% of budget|budget|actual)\)?$", re.IGNORECASE)
_FIGURE_TYPES = frozenset({"AMTTYPE", "PERCENTTYPE"})
_ADVICE = (
    "Ask for ProfitAndLossBudgetVsActual with SummarizeBudgetColumnsBy Date and SummarizeBudgetRowsBy Account, for "
    "one whole fiscal year."
)


def budget_columns(report: Report, months: tuple[Month, ...]) -> MonthColumns:
    """The budget column of every month, None for a month without one; UnreadableReport when there is none at all."""
    label = label_column(report.columns)
    columns = [column for column in report.columns if column.col_id != label]
    found = _by_titles(columns, months) or _by_figures(report, columns, months)
    if not found:
        seen = ", ".join(f"“{_title(column)}”" for column in columns[:8]) or "none"
        raise UnreadableReport(
            f"None of the report's {len(columns)} columns is the budget of a month from {months[0].label} to "
            f"{months[-1].label}; they are {seen}. {_ADVICE}"
        )
    return MonthColumns(months, tuple(found.get(month) for month in months))


def _by_titles(columns: Sequence[Column], months: tuple[Month, ...]) -> dict[Month, int]:
    """A title that is a month holds for the columns after it, until the next one or TOTAL."""
    found: dict[Month, int] = {}
    current: Period | None = None
    for column in columns:
        said = _period(column)
        current = None if _is_total(column) else said or current
        if current is None or not _says_budget(column) or current.first != current.last:
            continue
        _refuse_misfit(column, current, months)
        if current.first in found:
            raise UnreadableReport(
                f"Two columns of the report are the budget of {current.first.label}: they cannot be told apart. "
                f"{_ADVICE}"
            )
        found[current.first] = column.col_id
    return found


def _period(column: Column) -> Period | None:
    titles = (_SUBCOLUMN.sub("", title.strip()) for title in column.titles)
    return next((period for title in titles if (period := read_title(title)) is not None), None)


def _is_total(column: Column) -> bool:
    return any(title.strip().casefold() == "total" for title in column.titles)


def _says_budget(column: Column) -> bool:
    titles = [title.strip() for title in column.titles if title.strip()]
    rest = [title for title in titles if read_title(title) is None]
    return any(_BUDGET.fullmatch(_without_month(title)) for title in rest)


def _without_month(title: str) -> str:
    """ "Jan 24 Budget" says Budget when what is left before it is a month."""
    end = _SUBCOLUMN.search(title)
    return end[0] if end and read_title(title[: end.start()]) is not None else title


def _refuse_misfit(column: Column, period: Period, months: tuple[Month, ...]) -> None:
    days = (period.first_day or 1, period.last_day or period.last.last_day.day)
    if period.first not in months or days != (1, period.last.last_day.day):
        raise UnreadableReport(
            f"Column {column.col_id} (“{_title(column)}”) is not the budget of a whole month from {months[0].label} "
            f"to {months[-1].label}: QuickBooks cuts a budget to the days that are asked for. {_ADVICE}"
        )


def _by_figures(report: Report, columns: Sequence[Column], months: tuple[Month, ...]) -> dict[Month, int]:
    """In another language: groups of four (or three) columns, the third of each the first less the second."""
    if any(column.data_type.upper() not in _FIGURE_TYPES for column in columns):
        return {}
    for size in (4, 3):
        groups = [columns[start : start + size] for start in range(0, len(columns), size)]
        whole = groups if len(groups) == len(months) else groups[:-1]  # the last is TOTAL's
        is_whole = len(columns) % size == 0 and fit_in_another_language([_title(one[0]) for one in whole], months)
        if is_whole and all(_is_difference(report, group) for group in whole):
            return {month: group[1].col_id for month, group in zip(months, whole, strict=True)}
    return {}


def _is_difference(report: Report, group: Sequence[Column]) -> bool:
    actual, budget, over = (column.col_id for column in group[:3])
    return all(
        (read_cell(row, actual) or ZERO) - (read_cell(row, budget) or ZERO) == (read_cell(row, over) or ZERO)
        for row in report.rows
        if any(col_id in row.cells for col_id in (actual, budget, over))
    )


def _title(column: Column) -> str:
    return " / ".join(title.strip() for title in column.titles if title.strip())
