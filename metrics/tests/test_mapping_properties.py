"""For any rules and any account: nothing raises, order does not matter, months part cleanly, files lose nothing."""

import random
import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.arithmetic import CATEGORY_METRICS, UNMAPPED
from metrics.mapping import BadRule, Mapper, MatchType, Rule, compile_rules
from metrics.mappings.difference import difference
from metrics.mappings.file_cells import plain_text
from metrics.mappings.file_row import MappingFileRow
from metrics.mappings.files import mappings_csv, mappings_xlsx, read_mappings
from metrics.mappings.matching import looks_left, subject_of
from metrics.mappings.rule_templates import TEMPLATES
from metrics.months import Month, months_between
from metrics.profit_and_loss import Section

KEYS = (*CATEGORY_METRICS, UNMAPPED)
WORDS = ("rent", "payroll", "cloud", "officer", "other", "60100 · wages", "Café", "")
NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(":".join),
    st.sampled_from(["Payroll:Payroll - Other", ":", " : - Other", "::"]),
)
MONTHS = months_between(Month(2025, 1), Month(2026, 12))
MAPPERS = [compile_rules(template.as_rules()) for template in TEMPLATES]
PATTERNS = [
    rule.pattern for template in TEMPLATES for rule in template.as_rules() if rule.match_type is MatchType.REGEX
]
WORD_TYPES = (MatchType.EXACT, MatchType.STARTS_WITH, MatchType.CONTAINS, MatchType.WILDCARD, MatchType.REGEX)


@st.composite
def rules(draw: st.DrawFn, priority: int = 0) -> Rule:
    first, last = sorted((draw(st.sampled_from(MONTHS)), draw(st.sampled_from(MONTHS))))
    match_type = draw(st.sampled_from(MatchType))
    return Rule(
        rule_id=None,
        match_type=match_type,
        pattern=draw(st.sampled_from(["rent", "payroll", "cloud", "o", "other", "wages"])),
        sections=frozenset(draw(st.sets(st.sampled_from(Section), max_size=2))),
        metric_key=draw(st.sampled_from(KEYS)),
        priority=priority,
        list_id=draw(st.sampled_from(["80-1", "80-2"])) if match_type is MatchType.ACCOUNT else "",
        numbers=draw(st.sampled_from(["", "", "6000-6999", "4*"])),
        effective_from=draw(st.sampled_from([None, first])),
        effective_to=draw(st.sampled_from([None, last])),
    )


RULE_SETS = st.lists(rules(), max_size=8).map(
    lambda found: [Rule(**{**vars(rule), "priority": place}) for place, rule in enumerate(found)]
)
NUMBERS = st.sampled_from(["", "6010", "4", "A1"])
LIST_IDS = st.sampled_from(["", "80-1", "80-2", "80-3"])


@settings(max_examples=150, deadline=None, print_blob=True)
@given(NAMES, st.sampled_from(Section), st.text(max_size=12), st.text(max_size=8), st.sampled_from([None, *MONTHS]))
def test_matching_never_raises_whatever_the_account_is_called(
    name: str, section: Section, number: str, list_id: str, month: Month | None
) -> None:
    for mapper in MAPPERS:
        match = mapper.match(name, section, number, list_id, month)
        assert match.metric_key in KEYS
        assert [
            one.rule for one in mapper.diagnose(name, section, number, list_id, month) if one.outcome.value == "decided"
        ] == ([match.rule] if match.rule else [])


@settings(max_examples=150, deadline=None, print_blob=True)
@given(st.text(max_size=25), st.sampled_from(WORD_TYPES), NAMES, st.text(max_size=12))
def test_any_pattern_is_either_refused_with_words_or_matches_without_raising(
    pattern: str, match_type: MatchType, name: str, numbers: str
) -> None:
    rule = Rule(None, match_type, pattern, frozenset(), "mrr", 1, numbers=numbers)
    try:
        key = compile_rules([rule]).match(name, Section.INCOME, "4000").metric_key
    except BadRule as problem:
        key = str(problem)
    assert key in ("mrr", UNMAPPED) or key.endswith((".", ".)"))


@settings(max_examples=150, deadline=None, print_blob=True)
@given(RULE_SETS, NAMES, st.sampled_from(Section), NUMBERS, LIST_IDS, st.sampled_from(MONTHS), st.integers(0, 999))
def test_the_order_in_which_rules_of_different_priority_are_given_does_not_matter(
    given_rules: list[Rule], name: str, section: Section, number: str, list_id: str, month: Month, seed: int
) -> None:
    shuffled = random.Random(seed).sample(given_rules, len(given_rules))
    there, back = compile_rules(given_rules), compile_rules(shuffled)
    assert there.match(name, section, number, list_id, month) == back.match(name, section, number, list_id, month)
    assert there.diagnose(name, section, number, list_id, month) == back.diagnose(name, section, number, list_id, month)


@settings(max_examples=100, deadline=None, print_blob=True)
@given(RULE_SETS, NAMES, st.sampled_from(Section), NUMBERS, LIST_IDS)
def test_each_month_is_decided_by_exactly_the_rules_in_force_in_it(
    given_rules: list[Rule], name: str, section: Section, number: str, list_id: str
) -> None:
    mapper = compile_rules(given_rules)
    for month in (None, *MONTHS):
        in_force = [_always(rule) for rule in given_rules if rule.is_in_force(month)]
        expected = compile_rules(in_force).match(name, section, number, list_id)
        found = mapper.match(name, section, number, list_id, month)
        assert (found.metric_key, found.rule and _always(found.rule)) == (expected.metric_key, expected.rule)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(RULE_SETS, st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(Section), NUMBERS, LIST_IDS)
def test_whether_an_account_is_unmapped_is_what_its_match_says_in_every_month(
    given_rules: list[Rule], names: list[str], section: Section, number: str, list_id: str
) -> None:
    for mapper in (compile_rules(given_rules), *(compile_rules(template.as_rules()) for template in TEMPLATES)):
        for name in names:
            for month in (None, *MONTHS[::5]):
                account = (name, section, number, list_id, month)
                assert mapper.is_unmapped(*account) == (mapper.match(*account).metric_key == UNMAPPED)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(NAMES, st.sampled_from(Section))
def test_what_a_shipped_expression_finds_in_the_last_level_it_finds_in_the_path_unless_it_looks_left(
    name: str, section: Section
) -> None:
    subject = subject_of(name, section, "", "")
    for pattern in PATTERNS:
        if not looks_left(pattern) and regex.search(pattern, subject.leaf, regex.IGNORECASE):
            assert regex.search(pattern, subject.plain, regex.IGNORECASE)


@pytest.mark.parametrize("pattern", ["^rent$", r"\Arent", "(?<!:)rent", r"(?<=\W)rent", "(?i:rent)", "[^a]rent"])
def test_an_expression_that_may_look_left_is_known(pattern: str) -> None:
    assert looks_left(pattern)
    assert not looks_left(r"\brent\b|(?<!current )(?:lease|hire)s?$")


def _always(rule: Rule) -> Rule:
    return Rule(**{**vars(rule), "effective_from": None, "effective_to": None})


@settings(max_examples=60, deadline=None, print_blob=True)
@given(st.sampled_from(MONTHS), RULE_SETS, NAMES, st.sampled_from(Section))
def test_a_rule_split_at_any_month_decides_the_same(
    month: Month, given_rules: list[Rule], name: str, section: Section
) -> None:
    halves = [
        half
        for rule in map(_always, given_rules)
        for half in (
            Rule(**{**vars(rule), "effective_to": month}),
            Rule(**{**vars(rule), "effective_from": month.plus(1)}),
        )
    ]
    whole, split = compile_rules(map(_always, given_rules)), compile_rules(halves)
    keys = [(_key(whole, name, section, at), _key(split, name, section, at)) for at in MONTHS]
    assert all(one == other for one, other in keys)


def _key(mapper: Mapper, name: str, section: Section, month: Month) -> str:
    return mapper.match(name, section, "6010", "80-1", month).metric_key


TEXTS = st.one_of(st.text(max_size=40), st.text(alphabet="'=+-@\t\"; ,a\n_x0041", max_size=8)).map(plain_text)


@st.composite
def file_rows(draw: st.DrawFn) -> MappingFileRow:
    first, last = sorted((draw(st.sampled_from(MONTHS)), draw(st.sampled_from(MONTHS))))
    wanted = draw(st.sets(st.sampled_from(Section)))
    is_pinned = draw(st.booleans())
    return MappingFileRow(
        priority=draw(st.integers(0, 1_000_000)),
        match_type="account" if is_pinned else "exact",
        pattern=draw(TEXTS.filter(bool)),
        list_id=draw(TEXTS.filter(bool)) if is_pinned else "",
        account_types=tuple(section.value for section in Section if section in wanted),
        account_numbers=draw(st.sampled_from(["", "4000-4999, 41*, 6010", "-5", "01"])),
        qbr_metric_key=draw(st.sampled_from(KEYS)),
        effective_from=draw(st.sampled_from([None, first])),
        effective_to=draw(st.sampled_from([None, last])),
        is_active=draw(st.booleans()),
        note=draw(TEXTS),
    )


@settings(max_examples=120, deadline=None, print_blob=True)
@given(st.lists(file_rows(), max_size=5))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_any_mappings_come_back_from_a_file_as_they_were(form: str, rows: list[MappingFileRow]) -> None:
    found = read_mappings(mappings_csv(rows) if form == "csv" else mappings_xlsx(rows))
    assert found.errors == ()
    assert list(found.rows) == rows
    assert difference(rows, found.rows).is_empty


@settings(max_examples=100, deadline=None, print_blob=True)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: f"pattern,match_type,metric\n{text}".encode()),
    )
)
def test_no_file_makes_reading_raise(content: bytes) -> None:
    found = read_mappings(content)
    assert all(error.message for error in found.errors)
    assert len(found.rows) == len(found.row_numbers)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(st.lists(file_rows(), max_size=6), st.lists(file_rows(), max_size=6))
def test_a_difference_accounts_for_every_row_once(old: list[MappingFileRow], new: list[MappingFileRow]) -> None:
    found = difference(old, new)
    assert len(found.added) + len(found.changed) + found.unchanged == len(new)
    assert len(found.removed) + len(found.changed) + found.unchanged == len(old)


def test_plain_text_is_one_line() -> None:
    assert plain_text(" a\r\nb\x00\u2028c ") == "a b c"
    assert not re.search(r"\s", plain_text("\n\t"))
