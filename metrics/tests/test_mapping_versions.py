"""Every change of the mapping is a version: who, when, all rules as they then were; any of them can be put back."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEvent, Company
from metrics.mappings.changes import (
    BadMappings,
    MappingMoved,
    apply_rules,
    create_mapping,
    delete_mapping,
    newest_version,
    roll_back,
    save_mapping,
)
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.values import KeptRule, MappingValues, digest_of, values_of
from metrics.models import AccountMapping, MappingVersion, MonthlyMetric
from metrics.months import Month
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)

pytestmark = pytest.mark.django_db

RENT = MappingValues("contains", "rent", "other_expenses")
SERVICES = MappingValues("contains", "services", "mrr")


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create()
    for step in range(3):
        month = Month(2026, 1).plus(step).first_day
        MonthlyMetricFactory.create(company=company, month=month)
        for name, kind, amount in (("Cloud Services", "Income", "100.00"), ("Rent", "Expense", "40.00")):
            MonthlyAmountFactory.create(
                company=company, month=month, full_name=name, account_type=kind, amount=Decimal(amount)
            )
    return company


def months(company: Company, key: str) -> list[Decimal | int]:
    return list(MonthlyMetric.objects.filter(company=company).order_by("month").values_list(key, flat=True))


def test_a_change_is_a_version_with_who_when_and_all_rules(company: Company) -> None:
    AccountMappingFactory.create(company=company, pattern="rent", qbr_metric_key="owner_comp")
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    start, change = MappingVersion.objects.order_by("number")
    assert (start.number, start.kind, len(start.rules)) == (1, "start", 1)
    assert (change.number, change.kind, change.actor, change.created_at) == (2, "edit", "dana", NOW)
    assert change.summary == "Added “services” → mrr"
    assert {rule["pattern"] for rule in change.rules} == {"rent", "services"}


def test_changing_and_deleting_a_rule_are_versions_too(company: Company) -> None:
    row = create_mapping(company, RENT, actor="dana", now=NOW)
    save_mapping(row, dataclasses.replace(RENT, priority=5), actor="dana", now=NOW)
    delete_mapping(row, actor="eli", now=NOW)
    summaries = list(MappingVersion.objects.order_by("number").values_list("summary", flat=True))
    assert summaries == [
        "Set up",
        "Added “rent” → other_expenses",
        "Changed “rent” → other_expenses",
        "Deleted “rent” → other_expenses",
    ]


def test_an_earlier_version_can_be_put_back_and_the_figures_follow(company: Company) -> None:
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    before = newest_version(company, NOW)
    row = create_mapping(company, RENT, actor="dana", now=NOW)
    save_mapping(row, dataclasses.replace(RENT, qbr_metric_key="owner_comp"), actor="dana", now=NOW)
    assert months(company, "owner_comp") == [40, 40, 40]
    version = roll_back(company, before, actor="eli", now=NOW + timedelta(hours=1))
    assert months(company, "owner_comp") == [0, 0, 0]
    assert (version.kind, version.summary) == ("rollback", f"Back to version {before.number}")
    assert version.sha256 == before.sha256
    assert AuditEvent.objects.filter(action="mapping.rollback", actor="eli").exists()


def test_rows_edited_past_the_product_become_a_version_before_the_next_change(company: Company) -> None:
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    AccountMapping.objects.update(priority=7)
    create_mapping(company, RENT, actor="dana", now=NOW)
    summaries = list(MappingVersion.objects.order_by("number").values_list("summary", flat=True))
    assert summaries[-2:] == ["Changed by hand in the database", "Added “rent” → other_expenses"]


def test_a_set_of_rules_replaces_the_old_one_and_rows_keep_their_number(company: Company) -> None:
    kept = create_mapping(company, SERVICES, actor="dana", now=NOW)
    create_mapping(company, MappingValues("contains", "gone", "nrr"), actor="dana", now=NOW)
    rules = [KeptRule(kept.pk, dataclasses.replace(SERVICES, qbr_metric_key="orr")), KeptRule(None, RENT)]
    apply_rules(company, rules, kind=MappingVersion.Kind.IMPORT, summary="Imported", actor="dana", now=NOW)
    assert {rule.values.pattern: rule.pk == kept.pk for rule in rules_of(company)} == {"services": True, "rent": False}
    assert months(company, "orr") == [100] * 3
    assert months(company, "other_expenses") == [40] * 3


def test_one_bad_rule_of_a_set_is_named_by_its_place_and_nothing_is_changed(company: Company) -> None:
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    bad = MappingValues("regex", "(", "mrr")
    with pytest.raises(BadMappings) as refusal:
        apply_rules(
            company,
            [KeptRule(None, RENT), KeptRule(None, bad)],
            kind=MappingVersion.Kind.IMPORT,
            summary="",
            actor="dana",
            now=NOW,
        )
    assert list(refusal.value.rows) == [1]
    assert "pattern" in refusal.value.rows[1]
    assert [rule.values for rule in rules_of(company)] == [SERVICES]


def test_two_people_do_not_overwrite_each_other(company: Company) -> None:
    looked_at = digest_of(rules_of(company))
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    with pytest.raises(MappingMoved):
        apply_rules(
            company,
            [KeptRule(None, RENT)],
            kind=MappingVersion.Kind.EDIT,
            summary="",
            actor="eli",
            now=NOW,
            expected=looked_at,
        )
    assert [rule.values for rule in rules_of(company)] == [SERVICES]


def test_a_preview_says_what_saving_then_yields_and_writes_nothing(company: Company) -> None:
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    versions = MappingVersion.objects.count()
    rules = [*rules_of(company), KeptRule(None, RENT)]
    shown = preview(company, rules, basis="accrual")
    assert MappingVersion.objects.count() == versions
    assert {line.key: (str(line.total_before), str(line.total_after)) for line in shown.changed_lines} == {
        "other_expenses": ("0.00", "120.00"),
        "unmapped_expenses": ("120.00", "0.00"),
    }
    assert [(move.full_name, move.before, move.after, str(move.amount), move.months) for move in shown.moves] == [
        ("Rent", "unmapped", "other_expenses", "120.00", 3)
    ]
    apply_rules(
        company,
        rules,
        kind=MappingVersion.Kind.EDIT,
        summary="As previewed",
        actor="dana",
        now=NOW,
        expected=shown.digest,
    )
    for line in shown.lines:
        assert months(company, line.key) == list(line.after), line.key


def test_a_pinned_account_stays_where_it_was_put_whatever_it_is_called(company: Company) -> None:
    row = MonthlyAmountFactory.create(
        company=company, month=Month(2026, 1).first_day, full_name="Old Name", account_key="80-7", amount=Decimal(9)
    )
    create_mapping(company, SERVICES, actor="dana", now=NOW)
    pin = MappingValues("account", "Old Name", "nrr", list_id="80-7", priority=999)
    create_mapping(company, pin, actor="dana", now=NOW)
    row.full_name = "Renamed Cloud Services"
    row.save()
    create_mapping(company, RENT, actor="dana", now=NOW)  # recomputes
    assert months(company, "nrr") == [9, 0, 0]


def test_a_rule_holds_in_its_months_only(company: Company) -> None:
    create_mapping(
        company,
        dataclasses.replace(SERVICES, effective_from=Month(2026, 2), effective_to=Month(2026, 2)),
        actor="dana",
        now=NOW,
    )
    assert months(company, "mrr") == [0, 100, 0]


def test_values_survive_the_row_and_the_version(company: Company) -> None:
    values = MappingValues(
        "wildcard", "Cloud*", "orr", ("Income",), 20, False, "why", "", "4000-4999, 41*", Month(2025, 1), Month(2026, 6)
    )
    row = create_mapping(company, values, actor="dana", now=NOW)
    row.refresh_from_db()
    assert values_of(row) == values
    version = newest_version(company, NOW)
    roll_back(company, version, actor="dana", now=NOW)
    assert [rule.values for rule in rules_of(company)] == [values]
