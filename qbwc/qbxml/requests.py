"""The requests this server makes of its own accord, in the element order that qbXML prescribes (qbxml.md 3, 5)."""

from datetime import date, timedelta
from typing import Final, Literal

from lxml import etree

from qbwc.qbxml.values import storable

Basis = Literal["Accrual", "Cash"]
Columns = Literal["TotalOnly", "Month", "Quarter", "Year"]

# What a head count needs and nothing about the person: no name, no number, no pay.
HEAD_COUNT_FIELDS: Final = (
    "ListID",
    "TimeCreated",
    "TimeModified",
    "IsActive",
    "EmployeeType",
    "HiredDate",
    "ReleasedDate",
)
# When the QuickBooks user may not see payroll dates (statusCode 3260); start and end are then estimated.
MINIMAL_EMPLOYEE_FIELDS: Final = ("ListID", "TimeCreated", "TimeModified", "IsActive")


def host_query() -> etree._Element:
    """HostQueryRq, empty: QuickBooks answers with an error if there is even a space in it."""
    return etree.Element("HostQueryRq")


def account_query() -> etree._Element:
    """The whole chart of accounts, inactive ones too: they may have had activity in a past month."""
    return _request("AccountQueryRq", ("ActiveStatus", "All"))


def profit_and_loss_query(from_date: date, to_date: date, basis: Basis, columns: Columns = "Month") -> etree._Element:
    """One Profit & Loss. Give whole months: a partial month makes a partial column.

    ReturnColumns All keeps months without activity, which would otherwise vanish; ReturnRows ActiveOnly keeps
    accounts whose activity nets to zero. Raises ValueError when the dates are in the wrong order (statusCode 3030).
    """
    if from_date > to_date:
        raise ValueError(f"A report cannot run from {from_date} to {to_date}.")
    element = _request("GeneralSummaryReportQueryRq", ("GeneralSummaryReportType", "ProfitAndLossStandard"))
    _add(element, ("DisplayReport", "false"))
    period = etree.SubElement(element, "ReportPeriod")
    _add(period, ("FromReportDate", from_date.isoformat()), ("ToReportDate", to_date.isoformat()))
    _add(element, ("SummarizeColumnsBy", columns), ("ReportCalendar", "CalendarYear"))
    _add(element, ("ReturnRows", "ActiveOnly"), ("ReturnColumns", "All"), ("ReportBasis", basis))
    return element


def budget_query(fiscal_year: int, first_fiscal_month: int = 1) -> etree._Element:
    """The Profit & Loss budget of a fiscal year beside what happened, month by month and account by account.

    A fiscal year has the number of the year in which it ends. The whole year is asked for: QuickBooks' own choice
    for the running year is the year to date (qbxml.md 4.6). Raises ValueError for a month or year there is not.
    """
    first, last = fiscal_year_dates(fiscal_year, first_fiscal_month)
    element = _request("BudgetSummaryReportQueryRq", ("BudgetSummaryReportType", "ProfitAndLossBudgetVsActual"))
    _add(element, ("DisplayReport", "false"), ("FiscalYear", str(fiscal_year)), ("BudgetCriterion", "Accounts"))
    period = etree.SubElement(element, "ReportPeriod")
    _add(period, ("FromReportDate", first.isoformat()), ("ToReportDate", last.isoformat()))
    _add(element, ("SummarizeBudgetColumnsBy", "Date"), ("SummarizeBudgetRowsBy", "Account"))
    return element


def fiscal_year_dates(fiscal_year: int, first_fiscal_month: int = 1) -> tuple[date, date]:
    """First and last day of the fiscal year that ends in `fiscal_year`. Raises ValueError."""
    first_year = fiscal_year - (first_fiscal_month != 1)
    return date(first_year, first_fiscal_month, 1), date(first_year + 1, first_fiscal_month, 1) - timedelta(days=1)


def company_query() -> etree._Element:
    """What the company file says of itself: name, and the month its fiscal year begins in; nothing personal."""
    return _request(
        "CompanyQueryRq", *(("IncludeRetElement", name) for name in ("CompanyName", "FirstMonthFiscalYear"))
    )


def preferences_query() -> etree._Element:
    """Whether several currencies are used, and which is the home currency."""
    return _request("PreferencesQueryRq", ("IncludeRetElement", "MultiCurrencyPreferences"))


def employee_query(fields: tuple[str, ...] = HEAD_COUNT_FIELDS) -> etree._Element:
    """All employees, active and not, limited to `fields`: a limited query works without payroll rights (4.0 on)."""
    return _request("EmployeeQueryRq", ("ActiveStatus", "All"), *(("IncludeRetElement", field) for field in fields))


def _request(name: str, *children: tuple[str, str]) -> etree._Element:
    element = etree.Element(name)
    _add(element, *children)
    return element


def _add(parent: etree._Element, *children: tuple[str, str]) -> None:
    for name, text in children:
        etree.SubElement(parent, name).text = storable(text)
