"""For random companies and random rules: a preview shows what saving then yields, and a file holds every rule."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Company
from metrics.arithmetic import CATEGORY_METRICS, UNMAPPED
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.sets import apply_set, export, from_file
from metrics.mappings.values import KeptRule, MappingValues, digest_of
from metrics.models import MappingVersion, MonthlyAmount, MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.recompute import recompute
from metrics.tests.factories import NOW, CompanyFactory, MonthlyAmountFactory, MonthlyMetricFactory

pytestmark = pytest.mark.django_db


def save(company: Company, rules: list[KeptRule] | tuple[KeptRule, ...], expected: str | None = None) -> MappingVersion:
    kind = MappingVersion.Kind.EDIT
    return apply_set(company, rules, kind=kind, summary="s", actor="dana", now=NOW, expected=expected)


NAMES = ("Managed Services", "Cloud:Backup", "Cloud:Cloud - Other", "Rent", "Payroll:Officer Salary", "Odd & Ends")
TEXTS = st.sampled_from(("managed", "cloud", "backup", "rent", "payroll", "officer", "odd", "Cloud:Backup", "o*", "*"))
MONTHS = tuple(Month(2026, 1).plus(step) for step in range(3))
MONEY = st.decimals(-1000, 1000, places=2)

rules_made = st.builds(
    MappingValues,
    match_type=st.sampled_from(("exact", "starts_with", "contains", "wildcard", "regex", "account")),
    pattern=TEXTS,
    qbr_metric_key=st.sampled_from((*CATEGORY_METRICS, UNMAPPED)),
    account_types=st.lists(st.sampled_from([section.value for section in Section]), max_size=2).map(tuple),
    priority=st.integers(0, 3),
    is_active=st.booleans(),
    account_numbers=st.sampled_from(("", "", "4000-4999", "6*")),
    effective_from=st.sampled_from((None, None, *MONTHS)),
    effective_to=st.sampled_from((None, None, MONTHS[2])),
    note=st.sampled_from(("", "  =1+1 ", "why, then; “so”")),
)


def usable(values: MappingValues) -> MappingValues:
    """Expressions need no stars, and only a pin has a ListID."""
    pattern = values.pattern.strip("*") or "cloud" if values.match_type in ("regex", "contains") else values.pattern
    if values.match_type == "starts_with":
        pattern = pattern.strip("*") or "cloud"
    list_id = "80-1" if values.match_type == "account" else ""
    return dataclasses.replace(values, pattern=pattern, list_id=list_id)


rule_sets = st.lists(rules_made.map(usable), max_size=8)
companies = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(list(Section)), st.sampled_from(("", "4010", "6100")), MONEY),
    max_size=8,
    unique_by=lambda account: account[0],
)
SMALL = settings(
    max_examples=15,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def with_books(accounts: list[tuple[str, Section, str, Decimal]]) -> Company:
    company = CompanyFactory.create()
    for month in MONTHS:
        MonthlyMetricFactory.create(company=company, month=month.first_day)
    MonthlyAmount.objects.bulk_create(
        MonthlyAmountFactory.build(
            company=company,
            month=month.first_day,
            full_name=name,
            account_key="80-1" if name == "Rent" else f"name:{name}",
            account_type=section.value,
            number=number,
            amount=amount,
        )
        for month in MONTHS
        for name, section, number, amount in accounts
    )
    recompute(company, as_of=NOW.date())
    return company


def stored(company: Company, key: str) -> tuple[Decimal, ...]:
    rows = MonthlyMetric.objects.filter(company=company).order_by("month")
    return tuple(rows.values_list(key, flat=True))


@SMALL
@given(accounts=companies, first=rule_sets, second=rule_sets, keep=st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_a_preview_shows_is_what_saving_then_yields(
    accounts: list[tuple[str, Section, str, Decimal]],
    first: list[MappingValues],
    second: list[MappingValues],
    keep: list[bool],
) -> None:
    """In the order given, equal priorities included, rows kept or new; and putting the old version back undoes it."""
    company = with_books(accounts)
    before = save(company, [KeptRule(None, values) for values in first])
    known = [rule.pk for rule in rules_of(company)]
    rules = [
        KeptRule(known[place] if place < len(known) and is_kept else None, values)
        for place, (values, is_kept) in enumerate(zip(second, keep, strict=False))
    ][::-1]
    shown = preview(company, rules, basis="accrual")
    assert shown.problems == {}
    version = save(company, rules, expected=shown.digest)
    for line in shown.lines:
        assert stored(company, line.key) == line.after, line.key
    assert version.sha256 == digest_of(sorted(rules, key=lambda rule: rule.values.priority))
    undone = preview(company, [KeptRule(None, values) for values in first], basis="accrual")
    save(company, [KeptRule(one["id"], values) for one, values in zip(before.rules, ordered(first), strict=True)])
    for line in undone.lines:
        assert stored(company, line.key) == line.after, line.key


def ordered(values: list[MappingValues]) -> list[MappingValues]:
    return sorted(values, key=lambda one: one.priority)


@SMALL
@given(values=rule_sets.filter(bool), format=st.sampled_from(("csv", "xlsx")))
def test_any_mapping_written_and_read_is_the_same_to_the_letter(values: list[MappingValues], format: str) -> None:
    company = CompanyFactory.create()
    save(company, [KeptRule(None, one) for one in values])
    written = export(company, format)  # type: ignore[arg-type]
    plan = from_file(company, written)
    assert plan.errors == ()
    assert [rule.values for rule in plan.rules] == [rule.values for rule in rules_of(company)]
    assert plan.difference.is_empty
    other = CompanyFactory.create()
    save(other, from_file(other, written).rules)
    assert export(other, format) == written  # type: ignore[arg-type]
