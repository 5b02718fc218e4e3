"""The requests that are sent for the metrics, and the plan a new company starts with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import etree

from accounts.models import Company
from metrics.default_setup import default_plans, install_default_mappings
from metrics.mappings.default_mappings import DEFAULT_RULES
from metrics.mappings.rows import problems_of, values_of
from metrics.models import AccountMapping, SyncHistory
from metrics.purposes import BadParameters
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    CompanyFileFactory,
    JobFactory,
    MonthlyMetricFactory,
)
from qbwc import purposes
from qbwc.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    CompanyFileFactory.create(company=company)
    return company


def job(company: Company, purpose: str, now: datetime = NOW, **parameters: Any) -> Job:
    return JobFactory.create(
        company_file=company.company_file, purpose=purpose, parameters=parameters, created_at=now, available_at=now
    )


def request(of: Job) -> etree._Element:
    (element,) = purposes.find(of.purpose).build(of)
    return element


def window(of: Job) -> tuple[str, str]:
    element = request(of)
    return element.findtext("ReportPeriod/FromReportDate", ""), element.findtext("ReportPeriod/ToReportDate", "")


def test_the_purposes_are_registered_under_the_names_of_the_sync_types() -> None:
    assert set(SyncHistory.SyncType.values) <= set(purposes.names())
    assert not any(purposes.find(name).is_write for name in SyncHistory.SyncType.values)


def test_the_first_report_covers_24_whole_months(company: Company) -> None:
    assert window(job(company, "profit_loss")) == ("2024-04-01", "2026-03-31")
    element = request(job(company, "profit_loss"))
    assert element.findtext("SummarizeColumnsBy") == "Month"
    assert element.findtext("ReportBasis") == "Accrual"


def test_later_reports_cover_a_rolling_15_months(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2026, 2, 1))
    assert window(job(company, "profit_loss")) == ("2025-01-01", "2026-03-31")


def test_the_other_basis_starts_with_all_its_months(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2026, 2, 1))
    cash = job(company, "profit_loss", basis="cash", first_months=6)
    assert window(cash) == ("2025-10-01", "2026-03-31")
    assert request(cash).findtext("ReportBasis") == "Cash"


def test_after_a_long_silence_no_month_is_left_out(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2024, 1, 1))
    assert window(job(company, "profit_loss")) == ("2024-01-01", "2026-03-31")


def test_an_untied_month_is_read_again_however_old(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2024, 6, 1), tie_out_status="untied")
    MonthlyMetricFactory.create(company=company, month=date(2026, 3, 1))
    assert window(job(company, "profit_loss")) == ("2024-06-01", "2026-03-31")


def test_a_report_never_asks_for_more_than_ten_years(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(1999, 1, 1))
    assert window(job(company, "profit_loss"))[0] == "2016-04-01"


def test_a_month_ahead_of_today_does_not_break_the_window(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, month=date(2027, 1, 1))
    assert window(job(company, "profit_loss")) == ("2025-01-01", "2026-03-31")


def test_the_month_is_that_of_the_job_in_utc(company: Company) -> None:
    new_year = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    assert window(job(company, "profit_loss", new_year, first_months=1)) == ("2026-01-01", "2026-01-31")


@pytest.mark.parametrize(
    "parameters", [{"basis": "modified"}, {"first_months": 0}, {"first_months": 121}, {"first_months": "24"}]
)
def test_parameters_that_make_no_sense_are_refused_with_words(company: Company, parameters: dict[str, Any]) -> None:
    with pytest.raises(BadParameters, match="must be"):
        request(job(company, "profit_loss", **parameters))


def test_all_accounts_are_asked_for(company: Company) -> None:
    assert request(job(company, "accounts")).findtext("ActiveStatus") == "All"


def test_no_personal_data_of_employees_is_asked_for(company: Company) -> None:
    fields = [element.text for element in request(job(company, "employees")).iterfind("IncludeRetElement")]
    assert "HiredDate" in fields
    assert not {"Name", "FirstName", "LastName", "SSN", "BirthDate"} & set(fields)
    minimal = [e.text for e in request(job(company, "employees", fields="minimal")).iterfind("IncludeRetElement")]
    assert minimal == ["ListID", "TimeCreated", "TimeModified", "IsActive"]


def test_the_default_plan_reads_the_chart_first_and_can_be_built(company: Company) -> None:
    plans = sorted(default_plans(), key=lambda plan: plan.priority)
    assert [plan.purpose for plan in plans] == ["accounts", "profit_loss", "employees"]
    for plan in plans:
        assert request(job(company, plan.purpose, NOW, **plan.parameters)) is not None


def test_the_default_mappings_are_installed_in_their_order_and_may_be_edited(company: Company) -> None:
    assert install_default_mappings(company) == len(DEFAULT_RULES) >= 22
    rows = list(AccountMapping.objects.filter(company=company).order_by("priority"))
    assert [row.pattern for row in rows] == [rule.pattern for rule in DEFAULT_RULES]
    assert {row.pattern: problems_of(values_of(row)) for row in rows if problems_of(values_of(row))} == {}


def test_a_company_that_has_mappings_keeps_exactly_those(company: Company) -> None:
    AccountMappingFactory.create(company=company)
    assert install_default_mappings(company) == 0
    assert AccountMapping.objects.count() == 1
