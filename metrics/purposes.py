"""What is read from a company file for the metrics: the requests of each purpose."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.db.models import Max, Min, Q
from lxml import etree

from accounts.models import Company
from metrics import ingest
from metrics.company_time import running_in, zone_name
from metrics.fiscal import FIRST_YEAR, LAST_YEAR
from metrics.models import Basis, MonthlyMetric
from metrics.months import Month, months_between
from metrics.reporting.settings import reporting_of
from qbwc.models import Job
from qbwc.purposes import Purpose, register
from qbwc.qbxml import requests

MINIMAL = {"fields": "minimal"}
_MONTHS = range(1, 121)
_REPORT_BASIS: dict[str, Literal["Accrual", "Cash"]] = {Basis.ACCRUAL: "Accrual", Basis.CASH: "Cash"}


class BadParameters(ValueError):
    """A plan's or job's parameters that no request can be built from; the text says what would be right."""


def register_purposes() -> None:
    """The names equal SyncHistory.sync_type."""
    register(Purpose("accounts", is_write=False, build=build_accounts, read=ingest.read_accounts))
    register(Purpose("profit_loss", is_write=False, build=build_profit_and_loss, read=ingest.read_profit_and_loss))
    register(Purpose("employees", is_write=False, build=build_employees, read=ingest.read_employees))
    register(Purpose("budget", is_write=False, build=build_budget, read=ingest.read_budget))


def build_accounts(job: Job) -> tuple[etree._Element, ...]:
    return (requests.account_query(),)


def build_employees(job: Job) -> tuple[etree._Element, ...]:
    """`{"fields": "minimal"}` leaves out what a QuickBooks user without payroll rights may not see."""
    if job.parameters.get("fields") == "minimal":
        return (requests.employee_query(requests.MINIMAL_EMPLOYEE_FIELDS),)
    return (requests.employee_query(),)


def build_budget(job: Job) -> tuple[etree._Element, ...]:
    """The budget of the fiscal year in which the job was made, or of `{"fiscal_year": 2027}`. Raises BadParameters."""
    calendar = reporting_of(job.company_file.company).calendar
    running = calendar.fiscal_year_of(_running(job))
    year = job.parameters.get("fiscal_year", running)
    if type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadParameters(f"fiscal_year is “{year}”; it must be a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return (requests.budget_query(year, calendar.first_month),)


def build_profit_and_loss(job: Job) -> tuple[etree._Element, ...]:
    """One report for all months, whole ones, the last being the month of the job. Raises BadParameters."""
    basis = str(job.parameters.get("basis", Basis.ACCRUAL))
    if basis not in _REPORT_BASIS:
        raise BadParameters(f"basis is “{basis}”; it must be accrual or cash. An administrator can change the plan.")
    last = _running(job)
    first = last.plus(1 - _span(job, basis, last))
    return (requests.profit_and_loss_query(first.first_day, last.last_day, _REPORT_BASIS[basis]),)


def _span(job: Job, basis: str, last: Month) -> int:
    """How many months: `first_months` at first; then `rolling_months`, or back to the oldest month that needs it."""
    needed_from = _needed_from(job.company_file.company, basis)
    if needed_from is None:
        return _months(job, "first_months", 24)
    missing = len(months_between(Month.of(needed_from), last)) if Month.of(needed_from) <= last else 1
    return max(_months(job, "rolling_months", 15), min(missing, _MONTHS.stop - 1))


def _needed_from(company: Company, basis: str) -> date | None:
    """The oldest untied month, else the newest known one (after a long silence the window must not leave a gap)."""
    known: dict[str, date | None] = MonthlyMetric.objects.filter(company=company, basis=basis).aggregate(
        newest=Max("month"), untied=Min("month", filter=Q(tie_out_status=MonthlyMetric.TieOutStatus.UNTIED))
    )
    return known["untied"] or known["newest"]


def _months(job: Job, name: str, default: int) -> int:
    value = job.parameters.get(name, default)
    if type(value) is not int or value not in _MONTHS:
        raise BadParameters(f"{name} is “{value}”; it must be a number of months from 1 to {_MONTHS.stop - 1}.")
    return value


def _running(job: Job) -> Month:
    """The month of the job, on the company's clock."""
    return running_in(zone_name(job.company_file.time_zone), job.created_at)
