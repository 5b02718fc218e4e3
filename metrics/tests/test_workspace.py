"""The reading behind the mapping workspace: the tree, what is noteworthy, suggestions, the draft, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company
from metrics.arithmetic import UNMAPPED
from metrics.mappings.changes import apply_rules, create_mapping
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.values import KeptRule, MappingValues
from metrics.models import LedgerAccount, MappingVersion, MonthlyAmount
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.tests.factories import (
    NOW,
    CompanyFactory,
    LedgerAccountFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)
from metrics.tests.test_safe_regex import SLY, VICTIM
from metrics.tests.workspace_sample import LAST, workspace_company
from metrics.workspace.accounts import Flag, Span, Workspace, WorkspaceAccount, suggestions_for, workspace
from metrics.workspace.draft import Assignment, Scope, rules_with, with_assignment
from metrics.workspace.tree import page_of, tree_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return workspace_company()


def read(company: Company) -> Workspace:
    return workspace(company, "accrual", now=NOW)


def one(company: Company, name: str) -> WorkspaceAccount:
    return next(account for account in read(company).accounts if account.full_name == name)


def pin(list_id: str, key: str, name: str = "pinned") -> MappingValues:
    return MappingValues("account", name, key, list_id=list_id, priority=0)


def test_the_tree_has_parents_with_sums_and_a_line_for_what_was_booked_to_the_parent_itself(company: Company) -> None:
    rows = tree_rows(read(company).accounts)
    shown = [("  " * row.depth + f"{row.number} {row.name}".strip(), row.total) for row in rows[:6]]
    assert shown == [
        ("Income", Decimal("2830274.40")),
        ("  4000 Managed Services", Decimal("2312950.80")),
        ("    4010 Agreements", Decimal("2021262.00")),
        ("    4020 Microsoft 365", Decimal("288226.80")),
        ("    Managed Services - Other", Decimal("3462.00")),
        ("  4100 Project Labour", Decimal("495468.60")),
    ]
    assert [row.name for row in rows if row.is_section] == ["Income", "CostOfGoodsSold", "Expense", "OtherExpense"]


def test_a_parent_without_postings_keeps_its_account_and_an_unknown_parent_has_none(company: Company) -> None:
    rows = {row.name: row for row in tree_rows(read(company).accounts)}
    payroll, ask = rows["Payroll Expenses"], rows["Ask the Bookkeeper"]
    assert payroll.is_parent
    assert payroll.account is not None
    assert ask.is_parent
    assert ask.account is None
    assert "Payroll Expenses - Other" not in rows


def test_a_parent_s_other_line_is_the_parent_itself() -> None:
    company = CompanyFactory.create()
    MonthlyMetricFactory.create(company=company)
    for name in ("Travel:Air", "Travel:Travel - Other"):
        MonthlyAmountFactory.create(company=company, full_name=name, account_type="Expense")
    rows = tree_rows(read(company).accounts)
    assert [(row.name, row.total) for row in rows[1:]] == [
        ("Travel", Decimal(200)),
        ("Air", Decimal(100)),
        ("Travel - Other", Decimal(100)),
    ]


def test_an_inactive_account_is_shown_only_with_amounts(company: Company) -> None:
    assert "Old Vehicle" not in {account.full_name for account in read(company).accounts}
    MonthlyAmountFactory.create(company=company, full_name="Old Vehicle", account_key="80-13", account_type="Expense")
    assert one(company, "Old Vehicle").total == Decimal(100)


def test_every_account_that_a_person_should_look_at_is_told_biggest_first(company: Company) -> None:
    found = {account.full_name: {flag.value for flag in account.flags} for account in read(company).attention}
    assert found == {
        "Payroll Expenses:Officer Salary": {"moved"},
        "Rent": {"renamed"},
        "Blue Heron": {"unmapped", "new"},
        "Wild Goose": {"unmapped"},
        "Ask the Bookkeeper:Total Quality": {"unmapped"},
    }
    totals = [abs(account.total) for account in read(company).attention]
    assert totals == sorted(totals, reverse=True)


def test_what_the_first_reading_of_the_chart_brought_is_not_new(company: Company) -> None:
    LedgerAccount.objects.update(first_seen_at=NOW - timedelta(days=2))
    assert not any(Flag.NEW in account.flags for account in read(company).accounts)


def test_news_are_told_for_a_while_only(company: Company) -> None:
    later = workspace(company, "accrual", now=NOW + timedelta(days=60))
    assert {flag.value for account in later.accounts for flag in account.flags} == {"unmapped"}


def test_new_renamed_and_moved_accounts_are_told_until_they_are_pinned(company: Company) -> None:
    months_ago, lately = NOW - timedelta(days=400), NOW - timedelta(days=9)
    LedgerAccountFactory.create(company=company, list_id="1", full_name="Old", first_seen_at=months_ago)
    LedgerAccountFactory.create(company=company, list_id="2", full_name="A:New", first_seen_at=lately)
    was = {"first_seen_at": months_ago, "former_full_name": "A:Clouds", "renamed_at": lately}
    LedgerAccountFactory.create(company=company, list_id="3", full_name="B:Cloud", **was)

    def flags() -> dict[str, frozenset[Flag]]:
        return {one.list_id: one.flags - {Flag.UNMAPPED} for one in workspace(company, "accrual", now=NOW).accounts}

    found = {key: value for key, value in flags().items() if key in ("1", "2", "3")}
    assert found == {"1": set(), "2": {Flag.NEW}, "3": {Flag.RENAMED, Flag.MOVED}}
    create_mapping(company, MappingValues("account", "x", "mrr", list_id="3"), actor="", now=NOW)
    assert flags()["3"] == {Flag.PINNED}


def test_a_renamed_account_says_where_its_former_name_went(company: Company) -> None:
    LedgerAccount.objects.filter(list_id="80-12").update(former_full_name="Wages", renamed_at=NOW - timedelta(days=1))
    assert one(company, "Wild Goose").former_metric_key == "employee_expense"


def test_a_pinned_account_needs_no_attention_unless_it_was_pinned_as_unmapped(company: Company) -> None:
    create_mapping(company, pin("80-11", "other_expenses"), actor="", now=NOW)
    create_mapping(company, pin("80-5", UNMAPPED), actor="", now=NOW)
    attention = {account.full_name for account in read(company).attention}
    assert "Rent" not in attention
    assert "Blue Heron" in attention


def test_an_account_left_to_a_catch_all_needs_attention(company: Company) -> None:
    create_mapping(company, MappingValues("wildcard", "*", "other_expenses", priority=900), actor="", now=NOW)
    goose = one(company, "Wild Goose")
    assert goose.flags == {Flag.CATCH_ALL}
    assert goose.needs_attention


def test_where_an_account_went_is_told_when_it_was_not_the_same_in_all_months(company: Company) -> None:
    old = MappingValues("contains", "goose", "owner_comp", effective_to=Month(2025, 6))
    create_mapping(company, old, actor="", now=NOW)
    goose = one(company, "Wild Goose")
    assert goose.metric_key == UNMAPPED
    assert goose.spans == (
        Span(Month(2025, 3), Month(2025, 6), "owner_comp"),
        Span(Month(2025, 7), Month(2026, 2), UNMAPPED),
    )
    assert goose.unmapped_amount < goose.total


def test_unmapped_amounts_are_those_of_the_figures(company: Company) -> None:
    space = read(company)
    assert space.unmapped(revenue=True) == one(company, "Blue Heron").total
    assert space.unmapped(revenue=False) == Decimal("6802.80")


def test_a_rule_that_took_too_long_is_told_at_its_account(company: Company, caplog: pytest.LogCaptureFixture) -> None:
    MonthlyAmountFactory.create(company=company, full_name=VICTIM, label="Blue heron", month=LAST.first_day)
    create_mapping(company, MappingValues("regex", SLY, "mrr"), actor="", now=NOW)
    assert Flag.SLOW in one(company, VICTIM).flags


def test_what_people_decided_is_suggested_before_what_a_template_says(company: Company) -> None:
    MonthlyAmount.objects.filter(account_key="80-12").update(full_name="Wild Goose Wages")
    LedgerAccount.objects.filter(list_id="80-12").update(full_name="Wild Goose Wages", name="Wild Goose Wages")
    space = read(company)
    goose = next(account for account in space.accounts if account.list_id == "80-12")
    assert suggestions_for(space, [goose])["80-12"][0].metric_key == "employee_expense"
    MonthlyAmountFactory.create(
        company=company, full_name="Wild Goose Wages East", account_key="80-99", account_type="Expense"
    )
    create_mapping(company, pin("80-99", "owner_comp"), actor="", now=NOW)
    space = read(company)
    assert suggestions_for(space, [goose])["80-12"][0].metric_key == "owner_comp"


def test_a_workspace_costs_four_queries_whatever_its_size(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        read(company)
    for number in range(30):
        MonthlyAmountFactory.create(company=company, full_name=f"More:Account {number}")
    with django_assert_num_queries(4):
        space = read(company)
        suggestions_for(space, space.attention)


def test_a_page_of_the_tree_begins_with_the_parents_of_its_first_row(company: Company) -> None:
    rows = tree_rows(read(company).accounts)
    page = page_of(rows, 2, 3)
    assert [(row.name, row.is_continued) for row in page.rows[:3]] == [
        ("Income", True),
        ("Managed Services", True),
        ("Microsoft 365", False),
    ]
    assert page_of(rows, 99, 3).number == page.pages


def assign(name: str, key: str, scope: Scope = Scope.THIS, **rest: object) -> Assignment:
    keys = {"Payroll Expenses": "80-8", "Wild Goose": "80-12", "Rent": "80-11"}
    section = Section.OTHER_EXPENSE if name.startswith("Ask") else Section.EXPENSE
    return Assignment(keys.get(name, f"name:{name}"), name, section, key, scope, **rest)  # type: ignore[arg-type]


def goes(rules: tuple[KeptRule, ...], name: str, list_id: str = "", month: Month = LAST) -> str:
    return mapper_from(rules).match(name, Section.EXPENSE, "", list_id, month).metric_key


def test_an_account_that_the_chart_knows_is_pinned_and_another_one_is_named(company: Company) -> None:
    draft = (assign("Wild Goose", "owner_comp"), assign("Ask the Bookkeeper:Total Quality", "other_expenses"))
    rules = rules_with(rules_of(company), draft)
    made = [(rule.values.match_type, rule.values.list_id) for rule in rules if rule.pk is None]
    assert made == [("account", "80-12"), ("exact", "")]
    assert goes(rules, "Renamed meanwhile", "80-12") == "owner_comp"


def test_a_branch_goes_with_all_below_it_but_not_with_what_only_begins_alike(company: Company) -> None:
    rules = rules_with(rules_of(company), [assign("Payroll Expenses", "owner_comp", Scope.BELOW)])
    assert goes(rules, "Payroll Expenses", "80-8") == "owner_comp"
    assert goes(rules, "Payroll Expenses:Wages", "80-9") == "owner_comp"
    assert goes(rules, "Payroll Expenses:Payroll Expenses - Other", "80-8") == "owner_comp"
    assert goes(rules, "Payroll Expenses Wages") == "employee_expense"


def test_words_in_a_name_catch_the_accounts_of_the_same_type_only(company: Company) -> None:
    draft = [assign("Wild Goose", "owner_comp", Scope.CONTAINS, text="goose")]
    rules = rules_with(rules_of(company), draft)
    assert goes(rules, "Goose Wages") == "owner_comp"
    assert mapper_from(rules).match("Goose", Section.INCOME).metric_key == UNMAPPED


def test_from_a_month_on_the_earlier_decision_ends_with_the_month_before(company: Company) -> None:
    rules = rules_with(rules_of(company), [assign("Rent", "owner_comp")])
    rules = rules_with(rules, [assign("Rent", "misc_revenue", first_month=Month(2026, 1))])
    assert goes(rules, "Rent", "80-11", Month(2025, 12)) == "owner_comp"
    assert goes(rules, "Rent", "80-11", Month(2026, 1)) == "misc_revenue"
    rules = rules_with(rules, [assign("Rent", "other_expenses")])
    assert len([rule for rule in rules if rule.values.list_id == "80-11"]) == 1


def test_a_released_account_goes_where_the_rules_say(company: Company) -> None:
    rules = rules_with(rules_of(company), [assign("Rent", "owner_comp")])
    assert goes(rules, "Rent", "80-11") == "owner_comp"
    assert rules_with(rules, [assign("Rent", "")]) == rules_of(company)


def test_a_changed_decision_keeps_its_row_and_a_new_branch_finds_room_on_top(company: Company) -> None:
    apply(company, rules_with(rules_of(company), [assign("Rent", "owner_comp")]))
    row = next(rule.pk for rule in rules_of(company) if rule.values.list_id == "80-11")
    rules = rules_with(rules_of(company), [assign("Rent", "other_expenses")])
    assert next(rule.pk for rule in rules if rule.values.list_id == "80-11") == row
    for number in range(25):
        rules = rules_with(rules, [assign(f"Branch {number}", "owner_comp", Scope.BELOW)])
        assert goes(rules, f"Branch {number}:Wages") == "owner_comp"
    assert min(rule.values.priority for rule in rules) == 0


def test_a_draft_says_one_thing_of_an_account_and_survives_its_session() -> None:
    first, second = assign("Rent", "owner_comp"), assign("Rent", "other_expenses", first_month=Month(2026, 1))
    draft = with_assignment(with_assignment((), first), second)
    assert draft == (second,)
    assert Assignment.from_json(second.as_json()) == second
    assert second.words == "Rent → Other expenses, from Jan 2026"


def apply(company: Company, rules: tuple[KeptRule, ...]) -> None:
    apply_rules(company, rules, kind=MappingVersion.Kind.EDIT, summary="", actor="dana", now=NOW)
