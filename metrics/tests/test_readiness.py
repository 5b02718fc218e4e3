"""Whether a period is ready to present: synced, over, tied out, and its revenue mapped."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.fiscal import Period
from metrics.mappings.changes import delete_mapping
from metrics.models import AccountMapping, MonthlyMetric
from metrics.months import Month
from metrics.reporting.settings import save_reporting
from metrics.review.readiness import ReasonCode, readiness, readiness_by_month, unmapped_share
from metrics.tests.factories import NOW, MonthlyMetricFactory
from metrics.tests.reviewed_company import BOTH, FEBRUARY, FIRST, read, reviewed_company

pytestmark = pytest.mark.django_db

MARCH = Month(2026, 3)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


def codes(company: Company, period: Period = BOTH, current: Month | None = MARCH) -> list[ReasonCode]:
    return [reason.code for reason in readiness(company, period, "accrual", current).reasons]


def test_tied_and_mapped_months_are_ready(company: Company) -> None:
    assert readiness(company, BOTH, "accrual", MARCH).is_ready


def test_a_month_that_was_never_read_is_named(company: Company) -> None:
    found = readiness(company, Period.custom(Month(2025, 12), FEBRUARY), "accrual", MARCH)
    assert [reason.code for reason in found.reasons] == [ReasonCode.NOT_SYNCED]
    assert found.reasons[0].message.startswith("Dec 2025 has not been read")
    assert codes(company, Period.month(FEBRUARY)) == []
    assert [one.code for one in readiness(company, BOTH, "cash", MARCH).reasons] == [ReasonCode.NOT_SYNCED]


def test_a_month_that_still_runs_is_not_ready(company: Company) -> None:
    assert codes(company, current=FEBRUARY) == [ReasonCode.STILL_RUNS]
    assert codes(company, current=None) == []


def test_an_untied_month_is_not_ready(company: Company) -> None:
    read(company, FIRST.replace('value="800.00"', 'value="801.00"').replace('value="790.00"', 'value="791.00"'))
    found = readiness(company, BOTH, "accrual", MARCH)
    assert [(one.code, one.months) for one in found.reasons] == [(ReasonCode.UNTIED, (FEBRUARY,))]
    assert "Feb 2026 does not tie out" in found.reasons[0].message


def test_unmapped_revenue_above_the_threshold_is_not_ready(company: Company) -> None:
    delete_mapping(AccountMapping.objects.get(pattern="Odd Jobs"), actor="dana", now=NOW)
    found = readiness(company, BOTH, "accrual", MARCH)
    assert [(one.code, one.months) for one in found.reasons] == [(ReasonCode.UNMAPPED_REVENUE, (Month(2026, 1),))]
    assert "More than 1% of revenue" in found.reasons[0].message
    assert "4.8% in Jan 2026" in found.reasons[0].message
    save_reporting(company, {"unmapped_threshold_percent": Decimal(5)}, actor="dana", now=NOW)
    assert codes(company) == []


def test_unmapped_expenses_do_not_block(company: Company) -> None:
    delete_mapping(AccountMapping.objects.get(pattern="Rent"), actor="dana", now=NOW)
    assert codes(company) == []


def test_unmapped_revenue_without_any_revenue_is_all_of_it(company: Company) -> None:
    assert unmapped_share(Decimal(-5), Decimal(-5)) == 100
    assert unmapped_share(Decimal(0), Decimal(0)) == 0
    MonthlyMetricFactory.create(company=company, month=MARCH.first_day, unmapped_revenue=Decimal("-1.00"))
    assert codes(company, Period.month(MARCH), None) == [ReasonCode.UNMAPPED_REVENUE]


WHILE_IT_RAN = datetime(2026, 2, 9, 12, tzinfo=UTC)


def test_a_month_that_was_last_read_before_its_end_is_not_ready(company: Company) -> None:
    read(company, now=WHILE_IT_RAN)
    found = readiness(company, BOTH, "accrual", MARCH)
    assert [(one.code, one.months) for one in found.reasons] == [(ReasonCode.NOT_READ_SINCE, (FEBRUARY,))]
    assert found.reasons[0].message == (
        "Feb 2026 was last read from QuickBooks on 9 Feb 2026, before it was over: what was booked later is missing. "
        "Sync the company."
    )
    read(company, now=NOW)
    assert codes(company) == []


def test_several_months_that_were_read_too_early_are_named_with_the_days(company: Company) -> None:
    MonthlyMetric.objects.filter(month=FEBRUARY.first_day).update(synced_at=WHILE_IT_RAN)
    MonthlyMetric.objects.filter(month="2026-01-01").update(synced_at=datetime(2026, 1, 31, 23, 59, tzinfo=UTC))
    message = readiness(company, BOTH, "accrual", MARCH).reasons[0].message
    assert message.startswith("Jan 2026 and Feb 2026 were last read from QuickBooks from 31 Jan 2026 to 9 Feb 2026, ")


def test_a_month_that_still_runs_is_not_blamed_for_being_read_before_its_end(company: Company) -> None:
    read(company, now=WHILE_IT_RAN)
    assert codes(company, current=FEBRUARY) == [ReasonCode.STILL_RUNS]


def test_each_month_by_itself_is_judged_by_its_own_reading(company: Company) -> None:
    read(company, now=WHILE_IT_RAN)
    found = readiness_by_month(company, "accrual", BOTH.months, MARCH)
    assert [found[month].is_ready for month in BOTH.months] == [True, False]
