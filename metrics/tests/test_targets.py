"""Targets are set, replaced and deleted in one step, audited, and never over somebody else's newer ones."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent, Company
from metrics.fiscal import Period
from metrics.models import Target
from metrics.months import Month
from metrics.targets.changes import TargetsMoved, difference, replace_targets, save_targets
from metrics.targets.rules import TargetKind, TargetSource, TargetValue, monthly_targets
from metrics.targets.selectors import digest_of, period_targets, targets, values
from metrics.tests.factories import NOW, CompanyFactory

pytestmark = pytest.mark.django_db

JAN, FEB, DEC = Month(2026, 1), Month(2026, 2), Month(2026, 12)
YEAR = Period.custom(JAN, DEC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def value(amount: str, month: Month = JAN, key: str = "mrr", kind: TargetKind = TargetKind.TARGET) -> TargetValue:
    return TargetValue(key, month, Decimal(amount), kind)


def amounts(company: Company) -> dict[tuple[str, str], Decimal]:
    return {(one.metric_key, str(one.month)): one.amount for one in values(company)}


def test_targets_are_set_changed_and_deleted_in_one_step(company: Company) -> None:
    save_targets(company, [value("100"), value("200", FEB)], actor="dana", now=NOW)
    removed = [(TargetKind.TARGET, "mrr", FEB), (TargetKind.TARGET, "orr", FEB)]
    found = save_targets(company, [value("150"), value("5", key="orr")], removed, actor="lee", now=LATER)
    assert (len(found.added), len(found.changed), len(found.removed), found.unchanged) == (1, 1, 1, 0)
    assert found.words == "1 added, 1 changed, 1 removed"
    assert amounts(company) == {("mrr", "2026-01"): Decimal("150.00"), ("orr", "2026-01"): Decimal("5.00")}
    assert {one.updated_by for one in targets(company)} == {"lee"}


def test_what_is_the_same_is_not_written_or_audited(company: Company) -> None:
    save_targets(company, [value("100")], actor="dana", now=NOW)
    found = save_targets(company, [value("100.00")], actor="lee", now=LATER)
    assert (found.words, found.unchanged) == ("nothing changes", 1)
    assert Target.objects.get().updated_by == "dana"
    assert AuditEvent.objects.filter(action="targets.changed").count() == 1


def test_each_save_is_audited_with_before_and_after(company: Company) -> None:
    save_targets(company, [value("100")], actor="dana", now=NOW)
    save_targets(company, [value("120")], actor="lee", now=LATER)
    event = AuditEvent.objects.filter(action="targets.changed").order_by("-pk")[0]
    assert (event.actor, event.details["changes"]) == ("lee", ["target mrr 2026-01: 100.00 → 120"])


def test_a_preview_changes_nothing(company: Company) -> None:
    assert difference(company, [value("100")]).words == "1 added"
    assert not Target.objects.exists()


def test_a_save_over_somebody_elses_change_is_refused(company: Company) -> None:
    seen = digest_of(values(company, JAN, DEC, TargetKind.TARGET))
    save_targets(company, [value("100")], actor="lee", now=NOW)
    scope = (TargetKind.TARGET, JAN, DEC)
    with pytest.raises(TargetsMoved):
        save_targets(company, [value("90")], actor="dana", now=LATER, expected=seen, scope=scope)
    assert amounts(company)["mrr", "2026-01"] == 100
    other = (TargetKind.BUDGET, JAN, DEC)
    save_targets(company, [value("90")], actor="dana", now=LATER, expected=seen, scope=other)


def test_replacing_leaves_other_kinds_and_months_alone(company: Company) -> None:
    budget = value("7", kind=TargetKind.BUDGET)
    save_targets(company, [value("1"), value("2", FEB), value("3", key="orr"), budget], actor="d", now=NOW)
    found = replace_targets(company, TargetKind.TARGET, [JAN], [value("9")], actor="d", now=LATER)
    assert (len(found.changed), len(found.removed)) == (1, 1)
    assert [(one.kind.value, str(one.month), one.amount) for one in values(company)] == [
        ("budget", "2026-01", Decimal(7)),
        ("target", "2026-01", Decimal(9)),
        ("target", "2026-02", Decimal(2)),
    ]


def test_a_period_has_a_target_where_every_month_has_one(company: Company) -> None:
    save_targets(company, monthly_targets("mrr", Decimal(1200), YEAR.months), actor="d", now=NOW)
    save_targets(company, monthly_targets("employees", Decimal(8), YEAR.months), actor="d", now=NOW)
    save_targets(company, [value("5", key="orr")], actor="d", now=NOW)
    assert period_targets(company, YEAR)[TargetKind.TARGET] == {"mrr": 1200, "employees": 8}


def test_a_target_of_a_metric_that_is_no_more_is_passed_over(company: Company) -> None:
    Target.objects.create(company=company, metric_key="gone", month=JAN.first_day, amount=1, updated_at=NOW)
    assert values(company) == ()
    assert difference(company, [value("1")]).words == "1 added"


def test_a_file_is_remembered_as_the_source(company: Company) -> None:
    one = TargetValue("mrr", JAN, Decimal(1), TargetKind.TARGET, TargetSource.FILE)
    save_targets(company, [one], actor="d", now=NOW)
    assert targets(company)[0].value.source is TargetSource.FILE
