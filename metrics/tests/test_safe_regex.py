"""Expressions that explode are refused when they are written and given up when they are searched."""

import pytest

from metrics.mapping import BadRule, MatchType, Outcome, Rule, SlowPattern, compile_rules
from metrics.mappings.default_mappings import DEFAULT_RULES
from metrics.mappings.safe_regex import Expression, OutOfTime, Patience
from metrics.profit_and_loss import Section

EXPLOSIVE = ["(a+)+$", "(x+x+)+y", "(a|aa)+$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(\d+)+x", "(cloud|cl|oud)+z"]
# Fits nothing the guard tries, and explodes on the one thing below.
SLY = "^blue heron (?:q|qq)+;"
VICTIM = "blue heron " + "q" * 300


def regex(pattern: str, priority: int = 1) -> Rule:
    return Rule(None, MatchType.REGEX, pattern, frozenset(), "other_expenses", priority)


@pytest.mark.parametrize("pattern", EXPLOSIVE)
def test_an_expression_that_explodes_is_refused_with_advice(pattern: str) -> None:
    with pytest.raises(SlowPattern, match="Repetitions inside repetitions"):
        compile_rules([regex(pattern)])


@pytest.mark.parametrize(
    "pattern",
    [".*rent.*", r"\bwages?\b", "[^:]*rent", "(?:rent|lease)s?", r"^(\w+ )?rent$", ".*a.*b.*c", r"\p{L}+ tax"],
)
def test_an_honest_expression_is_not(pattern: str) -> None:
    assert compile_rules([regex(pattern)]).slow_rules == ()


def test_none_of_the_default_rules_is_slow_on_a_hostile_name() -> None:
    rules = [regex(rule.pattern) for rule in DEFAULT_RULES if rule.match_type is MatchType.REGEX]
    mapper = compile_rules(rules)
    for name in ("a" * 500, "owner " * 80, ":".join(["managed services"] * 30), "1" * 500):
        mapper.match(name, Section.EXPENSE)
    assert mapper.slow_rules == ()


def test_nesting_too_deep_to_read_is_a_bad_rule_and_not_a_crash() -> None:
    with pytest.raises(BadRule, match="nested too deeply"):
        compile_rules([regex("(?:" * 5000 + "a" + ")" * 5000)])


def test_a_search_that_takes_too_long_is_given_up(sly: Expression) -> None:
    with pytest.raises(OutOfTime):
        list(sly.ends(VICTIM))


def test_an_expression_that_ran_out_of_time_often_is_asked_no_more(sly: Expression) -> None:
    for _ in range(2):
        with pytest.raises(OutOfTime):
            list(sly.ends(VICTIM))
    with pytest.raises(OutOfTime):
        list(sly.ends("Rent"))


def test_after_many_slow_searches_the_limit_shrinks_for_all() -> None:
    patience = Patience()
    first = patience.seconds
    patience.times_out = 100
    assert patience.seconds < first


def test_a_slow_rule_is_passed_over_for_that_account_and_told() -> None:
    slow, plain = regex(SLY), regex("heron", priority=2)
    mapper = compile_rules([slow, plain])
    assert mapper.match(VICTIM, Section.EXPENSE).rule is plain
    assert mapper.slow_rules == ((slow, VICTIM),)
    assert mapper.diagnose(VICTIM, Section.EXPENSE)[0].outcome is Outcome.OUT_OF_TIME


@pytest.fixture
def sly() -> Expression:
    return Expression(SLY, Patience())
