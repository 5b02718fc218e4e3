"""Pinned rules, account numbers, effective months, "Parent - Other", and the explanation of every rule's part."""

import pytest

from metrics.mapping import UNMAPPED, BadRule, MatchType, Outcome, Rule, compile_rules
from metrics.months import Month
from metrics.profit_and_loss import Section

EXPENSE = Section.EXPENSE
MARCH, APRIL, MAY = Month(2026, 3), Month(2026, 4), Month(2026, 5)


def rule(
    pattern: str,
    metric_key: str = "other_expenses",
    *,
    match_type: MatchType = MatchType.CONTAINS,
    priority: int = 100,
    sections: frozenset[Section] = frozenset(),
    list_id: str = "",
    numbers: str = "",
    first: Month | None = None,
    last: Month | None = None,
) -> Rule:
    return Rule(None, match_type, pattern, sections, metric_key, priority, list_id, numbers, first, last)


def pin(list_id: str, metric_key: str, *, first: Month | None = None, last: Month | None = None) -> Rule:
    return rule("Rent", metric_key, match_type=MatchType.ACCOUNT, priority=999, list_id=list_id, first=first, last=last)


def test_a_pinned_rule_wins_whatever_the_priority_and_the_name() -> None:
    mapper = compile_rules([rule("rent", priority=1), pin("80-1", "product_cogs")])
    match = mapper.match("Renamed", EXPENSE, list_id="80-1")
    assert (match.metric_key, match.is_pinned) == ("product_cogs", True)
    assert mapper.match("Rent", EXPENSE, list_id="80-2").metric_key == "other_expenses"
    assert not mapper.match("Rent", EXPENSE).is_pinned


def test_an_account_may_be_pinned_elsewhere_from_a_month_on() -> None:
    mapper = compile_rules([pin("80-1", "product_cogs", last=MARCH), pin("80-1", "owner_comp", first=APRIL)])
    keys = [mapper.match("Rent", EXPENSE, list_id="80-1", month=month).metric_key for month in (MARCH, APRIL, None)]
    assert keys == ["product_cogs", "owner_comp", "owner_comp"]


def test_a_rule_with_numbers_never_matches_an_account_without_one() -> None:
    mapper = compile_rules([rule("*", match_type=MatchType.WILDCARD, numbers="6000-6999, 71*")])
    numbers = ("6080", "6080.13", "7100", "5000", "", " ")
    assert [mapper.match("Rent", EXPENSE, number).rule is not None for number in numbers] == [True] * 3 + [False] * 3


def test_a_rule_is_in_force_from_its_first_month_to_its_last() -> None:
    mapper = compile_rules([rule("rent", "product_cogs", priority=1, first=APRIL, last=APRIL), rule("rent")])
    keys = [mapper.match("Rent", EXPENSE, month=month).metric_key for month in (MARCH, APRIL, MAY)]
    assert keys == ["other_expenses", "product_cogs", "other_expenses"]


def test_without_a_month_the_rules_count_that_have_no_last_one() -> None:
    ended, begun = rule("rent", "product_cogs", priority=1, last=MAY), rule("rent", "owner_comp", first=MAY)
    assert compile_rules([ended, begun]).match("Rent", EXPENSE).metric_key == "owner_comp"
    assert compile_rules([ended]).match("Rent", EXPENSE).metric_key == UNMAPPED


def test_the_very_last_month_there_is_may_be_named() -> None:
    mapper = compile_rules([rule("rent", last=Month(9999, 12))])
    assert mapper.match("Rent", EXPENSE, month=Month(9999, 12)).metric_key == "other_expenses"


@pytest.mark.parametrize("name", ["Payroll:Payroll - Other", "60000 · Payroll:60000 · Payroll - Other"])
@pytest.mark.parametrize("match_type", [MatchType.STARTS_WITH, MatchType.CONTAINS, MatchType.REGEX])
def test_what_was_booked_to_a_parent_directly_follows_the_parents_rule(name: str, match_type: MatchType) -> None:
    mapper = compile_rules([rule("other", "product_cogs", priority=1), rule("payroll", match_type=match_type)])
    assert mapper.match(name, EXPENSE).metric_key == "other_expenses"


def test_an_exact_rule_for_the_parent_or_for_its_other_catches_it() -> None:
    for pattern in ("Payroll", "Payroll:Payroll - Other"):
        mapper = compile_rules([rule(pattern, match_type=MatchType.EXACT)])
        assert mapper.match("Payroll:Payroll - Other", EXPENSE).rule is not None
    assert compile_rules([rule("Payroll", match_type=MatchType.EXACT)]).match("Payroll:Wages", EXPENSE).rule is None


def test_a_catch_all_is_told_from_a_rule_that_knows_the_account() -> None:
    mapper = compile_rules([rule("rent"), rule("*", match_type=MatchType.WILDCARD)])
    assert [mapper.match(name, EXPENSE).is_catch_all for name in ("Rent", "Blue Heron")] == [False, True]
    assert not compile_rules([]).match("Rent", EXPENSE).is_catch_all


def test_exact_rules_keep_their_place_among_the_others() -> None:
    exact = rule("Rent", "product_cogs", match_type=MatchType.EXACT, priority=20)
    early, late = rule("rent", priority=10), rule("rent", priority=30)
    assert compile_rules([exact, early, late]).match("Rent", EXPENSE).rule is early
    assert compile_rules([exact, late]).match("Rent", EXPENSE).rule is exact


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (rule("Rent", match_type=MatchType.ACCOUNT), "needs its ListID"),
        (rule("rent", first=APRIL, last=MARCH), r"end \(Mar 2026\) before it begins \(Apr 2026\)"),
        (rule("rent", numbers="9-1"), "runs backwards"),
    ],
)
def test_a_condition_that_cannot_be_used_says_why(bad: Rule, message: str) -> None:
    with pytest.raises(BadRule, match=message):
        compile_rules([bad])


def test_every_rule_is_told_in_the_order_in_which_it_counts() -> None:
    rules = {
        Outcome.OTHER_ACCOUNT: pin("80-2", "owner_comp"),
        Outcome.OTHER_WORDS: rule("wages", priority=1),
        Outcome.OTHER_SECTION: rule("rent", priority=2, sections=frozenset({Section.INCOME})),
        Outcome.OTHER_NUMBER: rule("rent", priority=3, numbers="5*"),
        Outcome.NOT_IN_FORCE: rule("rent", priority=4, first=MAY),
        Outcome.PARENTS_ONLY: rule("premises", priority=5),
        Outcome.CATCH_ALL: rule("*", match_type=MatchType.WILDCARD, priority=6),
        Outcome.DECIDED: rule("rent", "product_cogs", priority=7),
        Outcome.COMES_LATER: rule("rent", priority=8),
    }
    tried = compile_rules(rules.values()).diagnose("Premises:Rent", EXPENSE, "6000", "80-1", APRIL)
    assert [(one.outcome, one.rule) for one in tried] == list(rules.items())


def test_an_account_without_a_number_and_one_that_only_its_parent_explains_are_told() -> None:
    numbered, parents = rule("rent", numbers="6*"), rule("premises")
    tried = compile_rules([numbered, parents]).diagnose("Premises:Rent", EXPENSE)
    assert [one.outcome for one in tried] == [Outcome.NO_NUMBER, Outcome.DECIDED]


def test_each_outcome_has_words_for_people() -> None:
    assert all(outcome.words and not outcome.words.endswith(".") for outcome in Outcome)
    assert len({outcome.words for outcome in Outcome}) == len(Outcome)
