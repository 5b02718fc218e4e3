"""The months and the basis that a report was asked for, read back from the request as it was sent.

Column titles are localised, can be changed and are abbreviated (qbxml.md 4.1); the request is the only sure source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lxml import etree

from metrics.months import Month, months_between

_BASES = {"Accrual": "accrual", "Cash": "cash"}
_AGAIN = "Ask for a refresh: the next request is written anew."


class UnknownWindow(ValueError):
    """The stored request does not say which months, or which basis, its report covers."""


@dataclass(frozen=True)
class RequestWindow:
    """`basis` is "accrual" or "cash"; `months` are whole calendar months in order."""

    basis: str
    months: tuple[Month, ...]


def window_of(request_text: str) -> RequestWindow:
    """The window of the first P&L query in a qbXML request. Raises UnknownWindow."""
    query = _query(request_text, "GeneralSummaryReportQueryRq")
    basis = query.findtext("ReportBasis", "")
    if basis not in _BASES:
        raise UnknownWindow(
            f"The stored request asks for the basis “{basis}”, which is neither Accrual nor Cash. {_AGAIN}"
        )
    if query.findtext("SummarizeColumnsBy", "") != "Month":
        raise UnknownWindow(f"The stored request does not ask for one column a month. {_AGAIN}")
    return RequestWindow(_BASES[basis], _whole_months(query))


@dataclass(frozen=True)
class BudgetWindow:
    """A fiscal year has the number of the year in which it ends; `months` are its months in order."""

    fiscal_year: int
    months: tuple[Month, ...]


def budget_window_of(request_text: str) -> BudgetWindow:
    """The window of the first budget query in a qbXML request. Raises UnknownWindow."""
    query = _query(request_text, "BudgetSummaryReportQueryRq")
    year = query.findtext("FiscalYear", "")
    if not (year.isascii() and year.isdecimal()):
        raise UnknownWindow(f"The stored request has “{year}” as FiscalYear. {_AGAIN}")
    return BudgetWindow(int(year), _whole_months(query))


def _query(request_text: str, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(request_text.encode(), parser)
    except etree.XMLSyntaxError as problem:
        raise UnknownWindow(f"The stored request is not XML: {problem}. {_AGAIN}") from problem
    query = root.find(f".//{name}")
    if query is None:
        raise UnknownWindow(f"The stored request holds no {name}. {_AGAIN}")
    return query


def _date(query: etree._Element, path: str) -> date:
    text = query.findtext(path, "")
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UnknownWindow(f"The stored request has “{text}” as {path.rpartition('/')[2]}. {_AGAIN}") from problem


def _whole_months(query: etree._Element) -> tuple[Month, ...]:
    """Part of a month is refused: its figures would be stored as the month's."""
    first = _date(query, "ReportPeriod/FromReportDate")
    last = _date(query, "ReportPeriod/ToReportDate")
    is_whole = first <= last and first.day == 1 and last == Month.of(last).last_day
    if not is_whole:
        raise UnknownWindow(f"The stored request covers {first} to {last}, which are not whole months. {_AGAIN}")
    return months_between(Month.of(first), Month.of(last))
