"""Previews, versions, templates and accounts as JSON values, in the shape that the mapping API promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.mappings.difference import Change, Difference
from metrics.mappings.file_row import MappingFileRow
from metrics.mappings.preview import MappingPreview
from metrics.mappings.rule_catches import SlowRule
from metrics.mappings.sets import FilePlan, Template, values_of_row
from metrics.mappings.suggestions import Suggestion
from metrics.mappings.values import as_json, rules_as_json
from metrics.mappings.words import changed_fields
from metrics.models import MappingVersion
from metrics.workspace.accounts import Workspace, WorkspaceAccount


def preview_answer(company: Company, shown: MappingPreview, difference: Difference) -> dict[str, Any]:
    return {
        "company": company.name,
        "basis": str(shown.basis),
        "months": [str(month) for month in shown.months],
        "lines": [
            {
                "metric": line.key,
                "label": line.label,
                "before": [_money(amount) for amount in line.before],
                "after": [_money(amount) for amount in line.after],
                "total_before": _money(line.total_before),
                "total_after": _money(line.total_after),
                "is_changed": line.is_changed,
            }
            for line in shown.lines
        ],
        "moves": [
            {
                "account_key": move.account_key,
                "account": move.full_name,
                "account_number": move.number,
                "account_type": move.section.value,
                "before": move.before,
                "after": move.after,
                "amount": _money(move.amount),
                "months": move.months,
            }
            for move in shown.moves
        ],
        "difference": difference_answer(difference),
        "digest": shown.digest,
        "problems": problems_answer(shown.problems),
    }


def problems_answer(problems: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {"place": place, "field": field, "problem": problem}
        for place, found in sorted(problems.items())
        for field, problem in found.items()
    ]


def difference_answer(difference: Difference) -> dict[str, Any]:
    return {
        "added": [_rule(row) for row in difference.added],
        "removed": [_rule(row) for row in difference.removed],
        "changed": [_changed(change) for change in difference.changed],
        "unchanged": difference.unchanged,
    }


def version_answer(version: MappingVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "kind": version.kind,
        "summary": version.summary,
        "actor": version.actor,
        "created_at": version.created_at,
        "sha256": version.sha256,
        "total": len(version.rules),
    }


def errors_answer(plan: FilePlan) -> list[dict[str, Any]]:
    return [{"row": error.row, "column": error.column, "message": error.message} for error in plan.errors]


def template_answer(template: Template, *, with_rules: bool) -> dict[str, Any]:
    return {
        "key": template.key,
        "name": template.name,
        "description": template.description,
        "is_shipped": template.is_shipped,
        "is_shared": template.is_shared,
        "company": template.company.name if template.company else None,
        "created_at": template.created_at,
        "total": len(template.rules),
        "rules": rules_as_json(template.rules) if with_rules else None,
    }


def accounts_answer(company: Company, found: Workspace, lines: Iterable[WorkspaceAccount]) -> dict[str, Any]:
    """The lines given, with what they have in common."""
    accounts = [_account(line) for line in lines]
    return {
        "company": company.name,
        "basis": str(found.basis),
        "currency": company.currency,
        "months": [str(month) for month in found.months],
        "total": len(accounts),
        "accounts": accounts,
    }


def slow_answer(slow: SlowRule) -> dict[str, Any]:
    return {"id": slow.rule.rule_id, "pattern": slow.rule.pattern, "account": slow.full_name}


def suggestion_answer(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "metric": suggestion.metric_key,
        "confidence": suggestion.confidence,
        "reason": suggestion.reason,
    }


def _account(line: WorkspaceAccount) -> dict[str, Any]:
    rule = line.match.rule
    return {
        "account_key": line.account_key,
        "list_id": line.list_id,
        "account": line.full_name,
        "account_number": line.number,
        "account_type": line.section.value,
        "metric": line.metric_key,
        "rule": None
        if rule is None
        else {
            "id": rule.rule_id,
            "match_type": rule.match_type.value,
            "pattern": rule.pattern,
            "priority": rule.priority,
        },
        "flags": [flag.value for flag in line.shown_flags],
        "former_name": line.former_full_name,
        "amounts": [None if amount is None else _money(amount) for amount in line.amounts],
        "total": _money(line.total),
    }


def _rule(row: MappingFileRow) -> dict[str, Any]:
    return as_json(values_of_row(row))


def _changed(change: Change) -> dict[str, Any]:
    fields = [{"field": one.field, "before": one.before, "after": one.after} for one in changed_fields(change)]
    return {"pattern": change.new.pattern, "qbr_metric_key": change.new.qbr_metric_key, "fields": fields}


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
