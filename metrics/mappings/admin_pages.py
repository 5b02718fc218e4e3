"""Pages of the administration that show what a change of the mapping does, before it is made; and the deed itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts import clock
from accounts.models import Company
from metrics.mappings.changes import BadMappings, MappingMoved
from metrics.mappings.difference import Difference
from metrics.mappings.file_row import MappingFileRow
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.sets import apply_set, difference_of, row_of
from metrics.mappings.values import KeptRule, rules_as_json, rules_from_json
from metrics.mappings.words import MATCH_LABELS, FieldChange, changed_fields, conditions_of, metric_label
from metrics.models import MappingVersion
from metrics.reporting.settings import reporting_of

LIST = "admin:metrics_accountmapping_changelist"
APPLY = "admin:metrics_accountmapping_apply"


@dataclass(frozen=True)
class Proposal:
    """A change that a person is shown before it is made; `back` is where they came from."""

    company: Company
    rules: tuple[KeptRule, ...]
    kind: MappingVersion.Kind
    summary: str
    back: str = ""


@dataclass(frozen=True)
class RuleLine:
    """A rule as a table shows it."""

    priority: int
    pattern: str
    match: str
    conditions: str
    metric: str
    is_active: bool
    note: str


@dataclass(frozen=True)
class ChangedLine:
    """A rule that stays, with what is different about it."""

    rule: RuleLine
    fields: tuple[FieldChange, ...]


def rule_lines(rows: Iterable[MappingFileRow]) -> list[RuleLine]:
    return [
        RuleLine(
            row.priority,
            row.pattern,
            MATCH_LABELS.get(row.match_type, row.match_type),
            conditions_of(row),
            metric_label(row.qbr_metric_key),
            row.is_active,
            row.note,
        )
        for row in rows
    ]


def difference_context(difference: Difference) -> dict[str, Any]:
    changed = [
        ChangedLine(line, changed_fields(change))
        for line, change in zip(rule_lines(one.new for one in difference.changed), difference.changed, strict=True)
    ]
    return {
        "added": rule_lines(difference.added),
        "removed": rule_lines(difference.removed),
        "changed": changed,
        "unchanged": difference.unchanged,
        "is_empty": difference.is_empty,
    }


def propose(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """The page that shows what the change does, with a button that makes it."""
    company, rules = proposal.company, proposal.rules
    shown = preview(company, rules, basis=reporting_of(company).default_basis)
    difference = difference_of(rules_of(company), rules)
    context = {
        **admin.site.each_context(request),
        "title": "What this change does",
        "proposal": proposal,
        "preview": shown,
        "moves": [(move, metric_label(move.before), metric_label(move.after)) for move in shown.moves],
        "difference": difference_context(difference),
        "problems": [
            (rules[place].values.pattern, problem)
            for place, found in sorted(shown.problems.items())
            for problem in found.values()
        ],
        "rules_json": json.dumps(rules_as_json(rules)),
        "apply_url": reverse(APPLY),
        "back_url": proposal.back or reverse(LIST),
    }
    return TemplateResponse(request, "admin/metrics/mapping_preview.html", context)


def apply_proposal(request: HttpRequest) -> HttpResponse:
    """Make the change that was shown. Refused when the mapping has moved since; nothing is then changed."""
    back = HttpResponseRedirect(reverse(LIST))
    if request.method != "POST":
        return back
    try:
        company = Company.objects.get(pk=request.POST["company"])
        rules = rules_from_json(json.loads(request.POST["rules"]))
        kind = MappingVersion.Kind(request.POST["kind"])
        version = apply_set(
            company,
            rules,
            kind=kind,
            summary=request.POST["summary"],
            actor=request.user.get_username(),
            now=clock.now(),
            expected=request.POST["digest"],
        )
    except (MappingMoved, BadMappings) as refusal:
        messages.error(request, f"Nothing was changed. {refusal}")
    except (KeyError, ValueError, TypeError, AttributeError, Company.DoesNotExist):
        messages.error(request, "Nothing was changed: the page was incomplete. Start again from the list.")
    else:
        messages.success(request, f"{company.name}: {version.summary} (version {version.number}). Figures follow.")
    return back


def version_context(version: MappingVersion) -> dict[str, Any]:
    """A version's rules, and what it changed."""
    earlier = MappingVersion.objects.filter(company=version.company, number__lt=version.number)
    before = earlier.order_by("-number").first()
    rules = rules_from_json(version.rules)
    difference = difference_of(rules_from_json(before.rules) if before else (), rules)
    return {
        "version_difference": difference_context(difference) if before else None,
        "version_rules": rule_lines(row_of(rule.values) for rule in rules),
    }


@dataclass(frozen=True)
class RuleEvent:
    """What one version did to one rule."""

    version: MappingVersion
    deed: str
    fields: tuple[FieldChange, ...] = ()


VERSIONS_LOOKED_AT = 200


def events_of(company: Company, pk: int) -> list[RuleEvent]:
    """The versions that changed this rule, newest first, among the newest two hundred of the company."""
    newest = list(MappingVersion.objects.filter(company=company).order_by("-number")[:VERSIONS_LOOKED_AT])
    found: list[RuleEvent] = []
    before: KeptRule | None = None
    for version in reversed(newest):
        rule = next((one for one in rules_from_json(version.rules) if one.pk == pk), None)
        event = _event(version, before, rule)
        is_known_start = version.number == 1 or version != newest[len(newest) - 1]
        if event is not None and is_known_start:
            found.insert(0, event)
        before = rule
    return found


def _event(version: MappingVersion, before: KeptRule | None, after: KeptRule | None) -> RuleEvent | None:
    if before is None or after is None:
        deed = "Added" if after is not None else "Deleted"
        return None if before is after else RuleEvent(version, deed)
    changed = difference_of([before], [after]).changed
    return RuleEvent(version, "Changed", changed_fields(changed[0])) if changed else None
