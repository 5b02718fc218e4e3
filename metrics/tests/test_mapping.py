"""Which rule catches an account: priority, section, the account's own words before its parents', plain comparison."""

import pytest

from metrics.mapping import UNMAPPED, BadRule, Mapper, MatchType, Rule, compile_rules
from metrics.profit_and_loss import Section

EVERY: frozenset[Section] = frozenset()
EXPENSE = Section.EXPENSE


def rule(
    match_type: MatchType,
    pattern: str,
    metric_key: str = "other_expenses",
    priority: int = 100,
    sections: frozenset[Section] = EVERY,
) -> Rule:
    return Rule(None, match_type, pattern, sections, metric_key, priority)


def regex(pattern: str, metric_key: str, priority: int = 100) -> Rule:
    return rule(MatchType.REGEX, pattern, metric_key, priority)


def catches(match_type: MatchType, pattern: str, full_name: str) -> bool:
    found = compile_rules([rule(match_type, pattern)]).match(full_name, EXPENSE)
    return found.metric_key == "other_expenses"


def key(mapper: Mapper, full_name: str, section: Section = EXPENSE) -> str:
    return mapper.match(full_name, section).metric_key


def test_an_account_no_rule_knows_is_unmapped() -> None:
    match = compile_rules([regex("rent", "other_expenses")]).match("Blue Heron", EXPENSE)
    assert (match.metric_key, match.rule) == (UNMAPPED, None)
    assert compile_rules([]).match("Rent", EXPENSE).rule is None


def test_the_first_match_by_priority_wins_and_is_told() -> None:
    late, early = regex("rent", "other_expenses", 20), regex("rent", "product_cogs", 10)
    assert compile_rules([late, early]).match("Rent", EXPENSE).rule is early


def test_rules_of_equal_priority_are_tried_in_the_order_given() -> None:
    first, second = regex("rent", "other_expenses"), regex("rent", "product_cogs")
    assert compile_rules([first, second]).match("Rent", EXPENSE).rule is first


def test_a_rule_with_sections_sees_only_those() -> None:
    mapper = compile_rules([rule(MatchType.CONTAINS, "software", "orr", sections=frozenset({Section.INCOME}))])
    assert key(mapper, "Software", Section.INCOME) == "orr"
    assert key(mapper, "Software", Section.COST_OF_GOODS_SOLD) == UNMAPPED


def test_a_rule_may_say_that_a_person_has_to_decide() -> None:
    asking = regex("suspense", UNMAPPED, 1)
    match = compile_rules([asking, rule(MatchType.WILDCARD, "*")]).match("Suspense", EXPENSE)
    assert (match.metric_key, match.rule) == (UNMAPPED, asking)


@pytest.mark.parametrize(
    ("match_type", "pattern", "full_name"),
    [
        (MatchType.EXACT, "payroll:wages", "Payroll:Wages"),
        (MatchType.EXACT, "60100 · Café & Co", "60100 · CAFÉ & Co"),
        (MatchType.STARTS_WITH, "Payroll Expenses", "Payroll Expenses:Wages"),
        (MatchType.STARTS_WITH, "Payroll:", "60000 · Payroll:60100 · Wages"),
        (MatchType.STARTS_WITH, "60000 · Payroll", "Payroll:Wages"),
        (MatchType.CONTAINS, "officer's wages", "Payroll:OFFICERS’ Wages"),
        (MatchType.CONTAINS, "E&O", "Insurance:Cyber / E & O"),
        (MatchType.CONTAINS, "cafe", "Café Meals"),
        (MatchType.CONTAINS, "60200 · Automobile", "Automobile Expense"),
        (MatchType.CONTAINS, "401(k)", "Payroll:401(k) Match"),
        (MatchType.CONTAINS, "1099", "1099 Contractors"),
        (MatchType.CONTAINS, "staff bonuses", "Staff  Bonuses"),
        (MatchType.WILDCARD, "*bonus*", "Payroll:Staff Bonuses:West"),
        (MatchType.WILDCARD, "Payroll:*", "Payroll:Wages"),
        (MatchType.WILDCARD, "rent ?", "Rent 2"),
        (MatchType.REGEX, r"^rent$", "Premises:62000 · Rent"),
        (MatchType.REGEX, r"Payroll:Wages", "payroll:wages"),
        (MatchType.REGEX, r"break ?fix", "Break/Fix Labor"),
        (MatchType.REGEX, r"\bwages\b", "Wages (Office)"),
    ],
)
def test_what_each_match_type_catches(match_type: MatchType, pattern: str, full_name: str) -> None:
    assert catches(match_type, pattern, full_name)


@pytest.mark.parametrize(
    ("match_type", "pattern", "full_name"),
    [
        (MatchType.EXACT, "Wages", "Payroll:Wages"),
        (MatchType.EXACT, "Accrued Bonus", "Accrued  Bonus"),
        (MatchType.STARTS_WITH, "Wages", "Payroll:Wages"),
        (MatchType.CONTAINS, "wages.", "Salaries"),
        (MatchType.WILDCARD, "Payroll", "Payroll:Wages"),
        (MatchType.WILDCARD, "rent ?", "Rent"),
        (MatchType.WILDCARD, "[rs]ent", "Rent"),
        (MatchType.REGEX, r"^rent$", "Rental"),
        (MatchType.REGEX, r"60100", "60100 · Wages"),
    ],
)
def test_what_each_match_type_lets_pass(match_type: MatchType, pattern: str, full_name: str) -> None:
    assert not catches(match_type, pattern, full_name)


def test_the_accounts_own_words_go_before_its_parents_whatever_the_priority() -> None:
    mapper = compile_rules([regex("managed service", "mrr", 1), regex("microsoft", "orr", 2)])
    assert key(mapper, "Managed Services:Microsoft 365") == "orr"
    assert key(mapper, "Managed Services:Blue Heron") == "mrr"
    assert key(mapper, "Microsoft Products:Managed Services") == "mrr"


def test_a_match_that_reaches_from_a_parent_into_the_account_speaks_of_the_account() -> None:
    mapper = compile_rules([regex("officers?.{0,20}salar", "owner_comp", 1), regex("salar", "employee_expense", 2)])
    assert key(mapper, "Officers:Salaries") == "owner_comp"
    assert key(mapper, "Officers:Salaries:West") == "owner_comp"
    assert key(mapper, "Staff:Salaries") == "employee_expense"


def test_starts_with_sends_a_whole_branch_somewhere_whatever_its_accounts_are_called() -> None:
    mapper = compile_rules([rule(MatchType.STARTS_WITH, "Managed Services", "mrr", 1), regex("microsoft", "orr", 2)])
    assert key(mapper, "Managed Services:Microsoft 365") == "mrr"


@pytest.mark.parametrize("catch_all", [rule(MatchType.WILDCARD, "*"), regex(".*", "other_expenses")])
def test_a_catch_all_waits_until_every_other_rule_was_asked(catch_all: Rule) -> None:
    labor = regex("labor", "employee_expense", 1)
    mapper = compile_rules([labor, catch_all])
    assert key(mapper, "Direct Labor:West") == "employee_expense"
    assert key(mapper, "Anything") == "other_expenses"


def test_answers_are_remembered_per_name_and_section() -> None:
    mapper = compile_rules([regex("rent", "other_expenses")])
    assert mapper.match("Rent", EXPENSE) is mapper.match("Rent", EXPENSE)
    assert mapper.match("Rent", EXPENSE) is not mapper.match("Rent", Section.INCOME)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (regex("(", "other_expenses"), "“\\(” is not a regular expression"),
        (regex("x{99999999999999}", "other_expenses"), "is not a regular expression"),
        (regex(" ", "other_expenses"), "needs a pattern"),
        (rule(MatchType.CONTAINS, "&"), "no letter or digit"),
        (rule(MatchType.STARTS_WITH, ":"), "no letter or digit"),
        (rule(MatchType.WILDCARD, "??"), "no letter or digit"),
        (rule(MatchType.EXACT, "Rent", "total_revenue"), "“total_revenue” is not a metric"),
    ],
)
def test_a_rule_that_cannot_be_used_says_why(bad: Rule, message: str) -> None:
    with pytest.raises(BadRule, match=message):
        compile_rules([bad])
