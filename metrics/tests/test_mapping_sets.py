"""Whole sets of rules: templates given and saved, files in and out, and that a preview never lies."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from accounts.models import AuditEvent, Company
from metrics.default_setup import install_default_mappings
from metrics.mappings.changes import MappingMoved, create_mapping
from metrics.mappings.edits import BadChange, Edit, PlacedAccount, edited
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_templates import TEMPLATES
from metrics.mappings.sets import (
    BadTemplate,
    Mode,
    NoSuchTemplate,
    apply_set,
    difference_of,
    export,
    find_template,
    from_file,
    merge_template,
    save_template,
    template_rules,
    templates_for,
)
from metrics.mappings.values import KeptRule, MappingValues
from metrics.models import AccountMapping, MappingTemplate, MappingVersion
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.tests.factories import (
    NOW,
    CompanyFactory,
    person,
)

pytestmark = pytest.mark.django_db

RENT = MappingValues("contains", "rent", "other_expenses", priority=50)
SERVICES = MappingValues("contains", "services", "mrr", priority=60)
PIN = MappingValues("account", "Blue Heron", "orr", list_id="80-2", priority=0)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def save(company: Company, rules: list[KeptRule] | tuple[KeptRule, ...], expected: str | None = None) -> MappingVersion:
    kind = MappingVersion.Kind.EDIT
    return apply_set(company, rules, kind=kind, summary="s", actor="dana", now=NOW, expected=expected)


# Templates


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_every_shipped_template_can_be_given_to_a_company_and_is_not_changed_by_it(
    company: Company, template: object
) -> None:
    key = template.key  # type: ignore[attr-defined]
    rules = template_rules(key)
    save(company, rules)
    assert [rule.values for rule in rules_of(company)] == [rule.values for rule in rules]
    assert difference_of(rules_of(company), merge_template(company, rules)).is_empty


def test_a_company_is_set_up_from_the_template_it_names(company: Company) -> None:
    assert install_default_mappings(company, "small_business") == len(template_rules("small_business"))
    assert [rule.values for rule in rules_of(company)] == [rule.values for rule in template_rules("small_business")]
    assert install_default_mappings(company) == 0


def test_replacing_keeps_what_people_pinned_and_the_rows_of_rules_that_stay(company: Company) -> None:
    pin = create_mapping(company, PIN, actor="dana", now=NOW)
    create_mapping(company, RENT, actor="dana", now=NOW)
    stays = create_mapping(company, template_rules("managed_services")[3].values, actor="dana", now=NOW)
    merged = merge_template(company, template_rules("managed_services"), "replace")
    save(company, merged)
    rows = {rule.pk for rule in rules_of(company)}
    assert {pin.pk, stays.pk} <= rows
    assert not AccountMapping.objects.filter(pattern="rent").exists()
    assert len(rows) == 1 + len(template_rules("managed_services"))


def test_adding_keeps_everything_and_puts_the_template_behind(company: Company) -> None:
    create_mapping(company, dataclasses.replace(RENT, priority=900), actor="dana", now=NOW)
    twin = dataclasses.replace(template_rules("managed_services")[0].values, qbr_metric_key="nrr", priority=5)
    create_mapping(company, twin, actor="dana", now=NOW)
    save(company, merge_template(company, template_rules("managed_services"), "add"))
    rules = [rule.values for rule in rules_of(company)]
    assert rules[:2] == [twin, dataclasses.replace(RENT, priority=900)]
    assert [one.priority for one in rules[2:4]] == [910, 920]
    assert len(rules) == 1 + len(template_rules("managed_services"))


def test_a_saved_template_has_no_pins_and_fits_another_company(company: Company) -> None:
    create_mapping(company, PIN, actor="dana", now=NOW)
    create_mapping(company, RENT, actor="dana", now=NOW)
    row = save_template(company, "Ours", "", actor="dana", now=NOW)
    assert [rule.values for rule in template_rules(row.pk)] == [RENT]
    assert "80-2" not in str(row.rules)
    other = CompanyFactory.create()
    save(other, merge_template(other, template_rules(row.pk)))
    assert [rule.values for rule in rules_of(other)] == [RENT]
    assert AuditEvent.objects.filter(action="mapping_template.saved", actor="dana", company=company).exists()


def test_a_template_name_is_taken_once_and_rules_without_pins_are_needed(company: Company) -> None:
    create_mapping(company, PIN, actor="dana", now=NOW)
    with pytest.raises(BadTemplate, match="no rule that another company could use"):
        save_template(company, "Ours", "", actor="dana", now=NOW)
    create_mapping(company, RENT, actor="dana", now=NOW)
    save_template(company, "Ours", "", actor="dana", now=NOW)
    with pytest.raises(BadTemplate, match="already"):
        save_template(company, " Ours ", "", actor="dana", now=NOW)
    with pytest.raises(BadTemplate, match="at most"):
        save_template(company, "x" * 101, "", actor="dana", now=NOW)


def test_who_sees_which_saved_template(company: Company) -> None:
    other = CompanyFactory.create()
    for owner, name, is_shared in ((company, "own", False), (other, "shared", True), (other, "private", False)):
        if not rules_of(owner):
            create_mapping(owner, RENT, actor="", now=NOW)
        save_template(owner, name, "", actor="", now=NOW, is_shared=is_shared)

    def seen(**fields: Any) -> list[str]:
        return [one.name for one in templates_for(person(company, **fields), company) if not one.is_shipped]

    assert seen() == ["own", "shared"]
    assert seen(is_superuser=True) == ["own", "private", "shared"]
    private = str(MappingTemplate.objects.get(name="private").pk)
    with pytest.raises(NoSuchTemplate):
        find_template(person(company), company, private)
    for unknown in ("nothing", "999999"):
        with pytest.raises(NoSuchTemplate):
            template_rules(unknown)


# Edits


def test_an_account_without_a_list_id_is_pinned_by_its_full_name() -> None:
    account = PlacedAccount("Income:Odd", Section.INCOME)
    for metric in ("mrr", "nrr"):
        (rule,) = edited([], [Edit("pin", fields={"qbr_metric_key": metric}, account=account)])
        assert (rule.values.match_type, rule.values.pattern, rule.values.account_types) == (
            "exact",
            "Income:Odd",
            ("Income",),
        )


def test_a_pin_for_some_months_only_is_left_alone() -> None:
    old = KeptRule(4, dataclasses.replace(PIN, effective_to=Month(2025, 12)))
    account = PlacedAccount("Blue Heron", Section.INCOME, "80-2")
    found = edited([old], [Edit("pin", fields={"qbr_metric_key": "mrr"}, account=account)])
    assert [(rule.pk, rule.values.qbr_metric_key) for rule in found] == [(4, "orr"), (None, "mrr")]


def test_a_change_of_a_rule_that_is_not_there_is_refused() -> None:
    for action in ("update", "delete"):
        with pytest.raises(BadChange, match="no mapping 7"):
            edited([KeptRule(None, RENT)], [Edit(action, 7)])


# Files


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_exported_mapping_read_again_changes_nothing(company: Company, format: str) -> None:
    install_default_mappings(company)
    create_mapping(company, PIN, actor="", now=NOW)
    plan = from_file(company, export(company, format))  # type: ignore[arg-type]
    assert (plan.errors, plan.difference.is_empty) == ((), True)
    assert plan.rules == rules_of(company)
    before = MappingVersion.objects.count()
    save(company, plan.rules)
    assert MappingVersion.objects.count() == before


def test_a_rule_edited_in_the_file_keeps_its_row_and_its_history(company: Company) -> None:
    rows = [create_mapping(company, values, actor="", now=NOW) for values in (RENT, SERVICES)]
    content = export(company, "csv").replace(b"rent", b"office rent").replace(b"mrr", b"orr")
    plan = from_file(company, content)
    assert [rule.pk for rule in plan.rules] == [row.pk for row in rows]
    assert (len(plan.difference.changed), plan.difference.added, plan.difference.removed) == (2, (), ())


def test_a_file_may_be_added_to_what_is_there(company: Company) -> None:
    row = create_mapping(company, RENT, actor="", now=NOW)
    content = b"priority,match_type,pattern,metric\n5,contains,new,mrr\n7,contains,rent,owner_comp\n"
    plan = from_file(company, content, "add")
    assert [(rule.pk, rule.values.pattern, rule.values.priority) for rule in plan.rules] == [
        (None, "new", 5),
        (row.pk, "rent", 7),
    ]
    assert [one.pattern for one in plan.difference.added] == ["new"]


@pytest.mark.parametrize("mode", ["replace", "add"])
@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"match_type,pattern,metric\n", (0, "")),
        (b"", (0, "")),
        (b"match_type,pattern,metric\ncontains,x,mrr\ncontains,y,nothing\n", (3, "metric")),
        (b"match_type,pattern,metric,note\ncontains,x,mrr," + b"n" * 400 + b"\n", (2, "note")),
        (b"match_type,pattern,metric,list_id\naccount,x,mrr," + b"8" * 41 + b"\n", (2, "list_id")),
    ],
)
def test_what_cannot_be_saved_is_told_by_row_and_column(
    company: Company, mode: Mode, content: bytes, where: tuple[int, str]
) -> None:
    plan = from_file(company, content, mode)
    assert [(error.row, error.column) for error in plan.errors] == [where]
    assert (plan.is_sound, plan.rules) == (False, ())


# Texts


def test_outer_blanks_and_line_ends_never_reach_a_rule(company: Company) -> None:
    values = MappingValues("contains", "  managed\nservices ", "mrr", ("OtherIncome", "Income"), note=" why ")
    row = create_mapping(company, values, actor="", now=NOW)
    row.refresh_from_db()
    assert (row.pattern, row.note, row.account_types) == ("managed services", "why", ["Income", "OtherIncome"])


def test_a_set_that_was_looked_at_before_somebody_elses_change_is_refused(company: Company) -> None:
    looked_at = preview(company, [KeptRule(None, RENT)], basis="accrual").digest
    create_mapping(company, SERVICES, actor="eli", now=NOW)
    with pytest.raises(MappingMoved):
        save(company, [KeptRule(None, RENT)], expected=looked_at)
    assert [rule.values for rule in rules_of(company)] == [SERVICES]
