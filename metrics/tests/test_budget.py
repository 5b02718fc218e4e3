"""QuickBooks' budget: asked for, read by account, mapped to metrics, and mapped again when the mapping changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.ingest import read_budget
from metrics.mappings.changes import create_mapping, delete_mapping
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, BudgetAmount, SyncHistory, Target
from metrics.months import Month
from metrics.purposes import BadParameters, build_budget
from metrics.reporting.settings import save_reporting
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetKind, TargetValue
from metrics.targets.selectors import values
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, CompanyFactory, CompanyFileFactory, JobFactory
from metrics.tests.qbxml_texts import response
from metrics.tests.report_files import text_of
from qbwc import purposes
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
JAN = Month(2024, 1)
REQUEST = (
    "<?qbxml version='13.0'?><QBXML><QBXMLMsgsRq><BudgetSummaryReportQueryRq><FiscalYear>2024</FiscalYear>"
    "<ReportPeriod><FromReportDate>2024-01-01</FromReportDate><ToReportDate>2024-12-31</ToReportDate></ReportPeriod>"
    "</BudgetSummaryReportQueryRq></QBXMLMsgsRq></QBXML>"
)


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    create_mapping(company, MappingValues("exact", "Sales", "mrr"), actor="dana", now=NOW)
    create_mapping(company, MappingValues("starts_with", "Payroll", "employee_expense"), actor="dana", now=NOW)
    return company


def answer(company: Company, text: str = "", now: datetime = NOW) -> Delivered:
    return delivered(company, "budget", text or text_of("budget_two_title_rows"), request=REQUEST, now=now)


def budgets(company: Company, month: str = "2024-01") -> dict[str, Decimal]:
    return {one.metric_key: one.amount for one in values(company, kind="budget") if str(one.month) == month}


def test_budgeted_accounts_become_budgets_by_metric(company: Company) -> None:
    read_budget(answer(company))
    assert budgets(company) == {
        "mrr": 1000,
        "employee_expense": 325,
        "total_revenue": 1000,
        "total_expenses": 325,
        "net_profit": 675,
    }
    assert set(Target.objects.values_list("source", flat=True)) == {"quickbooks"}
    line = SyncHistory.objects.get(sync_type="budget")
    assert (line.success, line.message) == (True, "Read the budget of the fiscal year 2024: 4 accounts, 2 months.")


def test_a_changed_mapping_maps_the_budget_again(company: Company) -> None:
    read_budget(answer(company))
    rule = AccountMapping.objects.get(pattern="Sales")
    delete_mapping(rule, actor="dana", now=LATER)
    assert "mrr" not in budgets(company)
    assert budgets(company)["total_revenue"] == 1000
    create_mapping(company, MappingValues("exact", "Sales", "orr"), actor="dana", now=LATER)
    assert budgets(company)["orr"] == 1000


def test_reading_it_twice_changes_nothing(company: Company) -> None:
    first = answer(company)
    read_budget(first)
    before = list(Target.objects.order_by("pk").values())
    read_budget(first)
    assert list(Target.objects.order_by("pk").values()) == before
    assert BudgetAmount.objects.count() == 6


def test_a_late_older_answer_is_not_taken(company: Company) -> None:
    older = answer(company)
    changed = text_of("budget_two_title_rows").replace('value="1000.00"', 'value="2000.00"')
    read_budget(answer(company, changed, LATER))
    read_budget(older)
    assert budgets(company)["mrr"] == 2000


def test_a_persons_budget_wins_and_quickbooks_comes_back_without_it(company: Company) -> None:
    read_budget(answer(company))
    mine = TargetValue("mrr", JAN, Decimal("1500.00"), TargetKind.BUDGET)
    save_targets(company, [mine], actor="dana", now=LATER)
    read_budget(answer(company, now=LATER))
    assert budgets(company)["mrr"] == 1500
    save_targets(company, (), [(TargetKind.BUDGET, "mrr", JAN)], actor="dana", now=LATER)
    assert budgets(company)["mrr"] == 1000


def test_quickbooks_own_budget_is_not_deleted_by_a_person(company: Company) -> None:
    read_budget(answer(company))
    found = save_targets(company, (), [(TargetKind.BUDGET, "mrr", JAN)], actor="dana", now=LATER)
    assert found.words == "nothing changes"
    assert budgets(company)["mrr"] == 1000


def test_no_budget_is_said_plainly_and_takes_the_old_one_away(company: Company) -> None:
    read_budget(answer(company))
    empty = response("BudgetSummaryReportQueryRs", "", 1, "A query request did not find a matching object")
    read_budget(answer(company, empty, LATER))
    assert budgets(company) == {}
    line = SyncHistory.objects.filter(sync_type="budget")[0]
    assert line.success
    assert "has no Profit & Loss budget by account for the fiscal year 2024" in line.message


def test_a_budget_that_cannot_be_read_leaves_the_last_one(company: Company) -> None:
    read_budget(answer(company))
    wrong = text_of("budget_two_title_rows").replace('value="1000.00"', 'value="a lot"')
    read_budget(answer(company, wrong, LATER))
    assert budgets(company)["mrr"] == 1000
    assert not SyncHistory.objects.filter(sync_type="budget")[0].success


def test_the_running_fiscal_year_is_asked_for() -> None:
    file = CompanyFileFactory.create()
    job = JobFactory.create(company_file=file, purpose="budget", created_at=datetime(2026, 8, 3, tzinfo=UTC))
    (request,) = build_budget(job)
    assert request.findtext("FiscalYear") == "2026"
    save_reporting(file.company, {"fiscal_year_first_month": 7}, actor="d", now=NOW)
    (request,) = purposes.find("budget").build(job)
    assert request.findtext("FiscalYear") == "2027"
    assert request.findtext("ReportPeriod/FromReportDate") == "2026-07-01"
    job.parameters = {"fiscal_year": "next"}
    with pytest.raises(BadParameters):
        build_budget(job)
