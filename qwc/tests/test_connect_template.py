"""Which mappings a newly connected company starts with."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import clock
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_templates import DEFAULT_TEMPLATE, TEMPLATES
from metrics.mappings.templates import template_rules
from qbwc.models import CompanyFile
from qwc.connect import NotConnected, connect

pytestmark = pytest.mark.django_db


def run(*words: str) -> None:
    call_command("connect_company", "Cascadia", "--username", "c", "--password", "pw", *words, stdout=StringIO())


@pytest.mark.parametrize("key", [template.key for template in TEMPLATES])
def test_a_company_starts_with_the_template_that_is_named(key: str) -> None:
    run("--template", key)
    company = CompanyFile.objects.get().company
    assert [rule.values for rule in rules_of(company)] == [rule.values for rule in template_rules(key)]


def test_without_a_name_it_is_the_one_for_managed_services() -> None:
    run()
    assert DEFAULT_TEMPLATE.key == "managed_services"
    assert len(rules_of(CompanyFile.objects.get().company)) == len(template_rules("managed_services")) >= 35


def test_a_template_that_does_not_exist_is_refused_and_nothing_is_connected() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run("--template", "nothing")
    with pytest.raises(NotConnected, match="managed_services, managed_services_complete"):
        connect(name="C", username="c", password="pw", now=clock.now(), template="nothing")
    assert not CompanyFile.objects.exists()


def test_connecting_again_with_another_template_changes_no_rule() -> None:
    run()
    run("--template", "small_business")
    assert len(rules_of(CompanyFile.objects.get().company)) == len(template_rules("managed_services"))
