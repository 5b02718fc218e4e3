"""Suggestions for an unplaced account: what people decided before weighs most, and each says why."""

import pytest

from metrics.mapping import UNMAPPED
from metrics.mappings.rule_templates import TEMPLATES
from metrics.mappings.suggestions import MOST_CERTAIN, Account, Neighbour, Suggester, Suggestion, suggest
from metrics.profit_and_loss import Section


def income(full_name: str, number: str = "") -> Account:
    return Account(full_name, Section.INCOME, number)


def neighbour(full_name: str, metric_key: str, number: str = "", *, decided: bool = False) -> Neighbour:
    return Neighbour(income(full_name, number), metric_key, decided)


def best(account: Account, *neighbours: Neighbour) -> Suggestion:
    return suggest(account, neighbours, templates=())[0]


def test_a_name_like_one_that_a_person_placed_is_suggested_there_with_the_reason() -> None:
    found = best(income("Cloud Hosting Fees"), neighbour("Cloud Hosting", "orr", decided=True))
    assert found.metric_key == "orr"
    assert found.reason == "like “Cloud Hosting”, which you mapped to Other recurring revenue"


def test_what_a_person_decided_weighs_more_than_what_a_rule_says_or_a_template() -> None:
    decided = neighbour("Cloud Storage West", "misc_revenue", decided=True)
    ruled = neighbour("Cloud Storage East", "orr")
    first, second, *_ = suggest(income("Cloud Storage North"), [decided, ruled], templates=())
    assert (first.metric_key, second.metric_key) == ("misc_revenue", "orr")
    assert suggest(income("Cloud Storage West 2"), [decided])[0].metric_key == "misc_revenue"


def test_another_form_of_a_word_is_still_alike() -> None:
    assert best(income("Licensing"), neighbour("Licences", "orr", decided=True)).metric_key == "orr"


def test_the_accounts_under_the_same_parent_are_evidence() -> None:
    siblings = [neighbour(f"Blue Team:{name}", "mrr") for name in ("Gold", "Silver")]
    found = best(income("Blue Team:Zinc"), *siblings)
    assert found.metric_key == "mrr"
    assert suggest(income("Red Team:Zinc"), siblings, templates=())[0].metric_key == "misc_revenue"


def test_one_other_account_under_the_parent_is_told_in_the_singular() -> None:
    found = best(income("Blue Team:Zinc"), neighbour("Blue Team:Gold", "mrr", decided=True))
    assert found.reason in (
        "1 of 1 other account under “Blue Team” goes to Monthly recurring revenue",
        "like “Blue Team:Gold”, which you mapped to Monthly recurring revenue",
    )


def test_the_nearest_numbers_are_evidence_and_far_ones_are_not() -> None:
    near, far = neighbour("Heron", "product_sales", "4300"), neighbour("Stork", "nrr", "4900")
    found = suggest(income("Pelican", "4310"), [near, far], templates=())
    assert found[0].metric_key == "product_sales"
    assert found[0].reason == "numbered next to “4300 · Heron”, which goes to Product sales"
    assert "nrr" not in {one.metric_key for one in found}


def test_the_account_itself_is_no_evidence() -> None:
    own = neighbour("Team:Pelican", "mrr", "4310", decided=True)
    assert {one.metric_key for one in suggest(own.account, [own], templates=())} == {"misc_revenue"}


def test_unmapped_neighbours_and_those_of_other_sections_are_no_evidence() -> None:
    cost = Neighbour(Account("Pelican", Section.COST_OF_GOODS_SOLD), "product_cogs", True)
    found = suggest(income("Pelican 2"), [neighbour("Pelican", UNMAPPED), cost], templates=())
    assert {one.metric_key for one in found} == {"misc_revenue"}


def test_quickbooks_special_account_type_is_evidence() -> None:
    account = Account("Lohn", Section.EXPENSE, special_type="PayrollExpenses")
    found = suggest(account, [], templates=())[0]
    assert (found.metric_key, found.reason) == ("employee_expense", "QuickBooks calls it a PayrollExpenses account")


def test_the_first_template_that_knows_the_name_is_evidence_and_its_catch_alls_are_not() -> None:
    found = suggest(income("Hosted Exchange"), [])[0]
    assert found.reason == "the template “Managed services” sends such names to Other recurring revenue"
    assert suggest(income("Merchandise"), [])[0].reason.startswith("the template “Product reseller”")
    assert suggest(income("Blue Heron"), [])[0].reason.startswith("most income accounts")


@pytest.mark.parametrize("section", Section)
def test_an_account_that_says_nothing_gets_the_habit_of_its_section_and_little_certainty(section: Section) -> None:
    found = suggest(Account("Blue Heron", section), [], templates=())
    assert len(found) == 1
    assert found[0].confidence <= 50


def test_the_limit_is_kept_and_the_surest_come_first() -> None:
    neighbours = [neighbour(f"Cloud {name}", key) for name, key in (("A", "orr"), ("B", "mrr"), ("C", "nrr"))]
    found = suggest(income("Cloud D"), neighbours, templates=(), limit=2)
    assert len(found) == 2
    assert found[0].confidence >= found[1].confidence
    assert suggest(income("Cloud D"), neighbours, limit=0) == ()


def test_the_order_of_the_neighbours_does_not_matter_and_nothing_is_ever_certain() -> None:
    neighbours = [neighbour("Cloud Hosting", "orr", str(place), decided=True) for place in range(4000, 4040)]
    there = Suggester(neighbours, TEMPLATES).suggest(income("Cloud Hosting", "4020"))
    back = Suggester(reversed(neighbours), TEMPLATES).suggest(income("Cloud Hosting", "4020"))
    assert there == back
    assert there[0].confidence == MOST_CERTAIN


@pytest.mark.parametrize("name", ["", ":", "  ", "Ω:∑", "'", "12345", "a" * 500])
def test_no_name_is_too_strange(name: str) -> None:
    assert suggest(income(name, name), [neighbour(name, "orr", name), neighbour("x", "orr")])
