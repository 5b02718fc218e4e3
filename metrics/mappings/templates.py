"""Templates of a mapping: those that are shipped, and those that people saved from a company's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Company, User
from accounts.permissions import Caller
from metrics.mapping import MatchType
from metrics.mapping_models import MappingTemplate
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_templates import PRIORITY_STEP, TEMPLATES, RuleTemplate, template_of
from metrics.mappings.values import KeptRule, MappingValues, as_json, from_json
from metrics.profit_and_loss import Section

MAX_NAME = 100
MAX_DESCRIPTION = 300


class NoSuchTemplate(LookupError):
    """There is no such template, or the caller may not see it."""


class BadTemplate(ValueError):
    """A template that cannot be saved; `problems` names each field and what is wrong with it."""

    def __init__(self, **problems: str) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class Template:
    """`key` names it: a word for a shipped one, its number for a saved one. `company`: where a saved one comes from."""

    key: str
    name: str
    description: str
    rules: tuple[KeptRule, ...]
    is_shipped: bool
    is_shared: bool = True
    company: Company | None = None
    created_at: datetime | None = None


def templates_for(caller: Caller, company: Company) -> tuple[Template, ...]:
    """The shipped ones, then the saved ones that this caller may give to this company; one query."""
    saved = MappingTemplate.objects.select_related("company").order_by("name")
    if caller.user is None or not caller.user.is_superuser:
        saved = saved.filter(Q(company=company) | Q(is_shared=True))
    return (*(_shipped(template) for template in TEMPLATES), *(_saved(row) for row in saved))


def find_template(caller: Caller, company: Company, key: str) -> Template:
    """By its key. Raises NoSuchTemplate."""
    for template in templates_for(caller, company):
        if template.key == key:
            return template
    raise NoSuchTemplate(f"There is no template “{key[:60]}”. The list of templates has their keys.")


def template_rules(key_or_id: str | int) -> tuple[KeptRule, ...]:
    """The rules of a shipped template by its key, or of a saved one by its number. Raises NoSuchTemplate.

    Whether somebody may see a saved one is for `find_template` to say.
    """
    if isinstance(key_or_id, str) and not key_or_id.isdecimal():
        try:
            return _shipped(template_of(key_or_id)).rules
        except KeyError as error:
            raise NoSuchTemplate(f"There is no template “{key_or_id[:60]}”.") from error
    row = MappingTemplate.objects.filter(pk=int(key_or_id)).first()
    if row is None:
        raise NoSuchTemplate(f"There is no template {key_or_id}.")
    return _saved(row).rules


def values_of_template(template: RuleTemplate) -> tuple[MappingValues, ...]:
    """A shipped template's rules as a company keeps them, with gaps between the priorities."""
    return tuple(
        MappingValues(
            match_type=rule.match_type.value,
            pattern=rule.pattern,
            qbr_metric_key=rule.metric_key,
            account_types=tuple(section.value for section in Section if section in rule.sections),
            priority=(place + 1) * PRIORITY_STEP,
            note=rule.note,
        )
        for place, rule in enumerate(template.rules)
    )


def save_template(
    company: Company,
    name: str,
    description: str,
    *,
    actor: str,
    now: datetime,
    is_shared: bool = False,
    user: User | None = None,
) -> MappingTemplate:
    """Save the company's rules under a name, without those that are pinned to one of its accounts. BadTemplate."""
    name, description = " ".join(name.split()), " ".join(description.split())
    _check(name, description)
    rules = [as_json(rule.values) for rule in rules_of(company) if rule.values.match_type != MatchType.ACCOUNT.value]
    if not rules:
        raise BadTemplate(name=f"{company.name} has no rule that another company could use.")
    with transaction.atomic():
        audit.take_turn()  # two people with the same name in mind
        if MappingTemplate.objects.filter(name=name).exists():
            raise BadTemplate(name=f"There is a template called “{name}” already. Choose another name, or delete it.")
        row = MappingTemplate.objects.create(
            company=company,
            name=name,
            description=description,
            rules=rules,
            is_shared=is_shared,
            created_by=user,
            created_at=now,
        )
        _audited("saved", row, actor, now, rules=len(rules), is_shared=is_shared)
    return row


def delete_template(row: MappingTemplate, *, actor: str, now: datetime) -> None:
    """Companies that were given its rules keep them."""
    with transaction.atomic():
        _audited("deleted", row, actor, now)
        row.delete()


def _check(name: str, description: str) -> None:
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadTemplate(name=f"A template needs a name of at most {MAX_NAME} printable characters.")
    if len(description) > MAX_DESCRIPTION or not description.isprintable():
        raise BadTemplate(description=f"The description has at most {MAX_DESCRIPTION} printable characters.")


def _audited(done: str, row: MappingTemplate, actor: str, now: datetime, **details: object) -> None:
    audit.record(
        action=f"mapping_template.{done}",
        success=True,
        now=now,
        actor=actor,
        company=row.company,
        template=row.pk,
        name=row.name,
        **details,
    )


def _shipped(template: RuleTemplate) -> Template:
    rules = tuple(KeptRule(None, values) for values in values_of_template(template))
    return Template(template.key, template.name, template.description, rules, is_shipped=True)


def _saved(row: MappingTemplate) -> Template:
    return Template(
        key=str(row.pk),
        name=row.name,
        description=row.description,
        rules=tuple(KeptRule(None, from_json(rule)) for rule in row.rules),
        is_shipped=False,
        is_shared=row.is_shared,
        company=row.company,
        created_at=row.created_at,
    )
