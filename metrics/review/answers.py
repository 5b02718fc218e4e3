"""Targets, snapshots, settings, head counts, notes and work as JSON values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Company
from metrics.canonical import text_of
from metrics.derived import Figure, Unit
from metrics.head_counts.selectors import HeadCountLine
from metrics.models import BackgroundWork, Note, Snapshot
from metrics.months import Month
from metrics.reporting.settings import Reporting
from metrics.review.notes import version_of
from metrics.snapshots.compare import Cause, ComparedFigure, Comparison
from metrics.snapshots.freezing import verify
from metrics.targets.changes import TargetDifference
from metrics.targets.selectors import KeptTarget


def target_json(one: KeptTarget) -> dict[str, Any]:
    return {
        "kind": one.value.kind.value,
        "metric": one.value.metric_key,
        "month": str(one.value.month),
        "amount": f"{one.value.amount:.2f}",
        "source": one.value.source.value,
        "updated_by": one.updated_by,
        "updated_at": moment(one.updated_at),
    }


def difference_json(company: Company, found: TargetDifference, *, dry_run: bool, rounded: int = 0) -> dict[str, Any]:
    return {
        "company": company.name,
        "dry_run": dry_run,
        "added": len(found.added),
        "changed": len(found.changed),
        "removed": len(found.removed),
        "unchanged": found.unchanged,
        "rounded": rounded,
        "changes": [
            {
                "kind": one.kind.value,
                "metric": one.metric_key,
                "month": str(one.month),
                "before": text_of(one.before),
                "after": text_of(one.after),
            }
            for one in found.changes
        ],
    }


def snapshot_line(snapshot: Snapshot) -> dict[str, Any]:
    """One of `metrics.snapshots.freezing.listed`: the content stays in the database."""
    return _line(snapshot, getattr(snapshot, "period_text", ""), int(getattr(snapshot, "mapping_number", 0)))


def _line(snapshot: Snapshot, period: str, mapping_number: int) -> dict[str, Any]:
    return {
        "id": snapshot.pk,
        "name": snapshot.name,
        "basis": snapshot.basis,
        "period": period,
        "first_month": str(Month.of(snapshot.first_month)),
        "last_month": str(Month.of(snapshot.last_month)),
        "presented_on": snapshot.presented_on.isoformat() if snapshot.presented_on else None,
        "note": snapshot.note,
        "net_profit": f"{snapshot.net_profit:.2f}",
        "sha256": snapshot.sha256,
        "mapping_version": mapping_number,
        "created_by": snapshot.created_by,
        "created_at": moment(snapshot.created_at),
    }


def snapshot_json(snapshot: Snapshot, comparison: Comparison | None) -> dict[str, Any]:
    content = snapshot.content
    return _line(snapshot, content["period"]["text"], content["mapping"]["number"]) | {
        "is_verified": verify(snapshot),
        "content": content,
        "comparison": None if comparison is None else comparison_json(comparison),
    }


def comparison_json(found: Comparison) -> dict[str, Any]:
    return {
        "is_same": found.is_same,
        "changed": [_compared(one) for one in found.changed],
        "causes": [_cause(one) for one in found.causes],
        "rules_changed": list(found.rules_changed),
        "settings_changed": list(found.settings_changed),
        "notes_changed": list(found.notes_changed),
        "action_items_changed": list(found.actions_changed),
    }


def reporting_json(company: Company, reporting: Reporting) -> dict[str, Any]:
    return {
        "company": company.name,
        "default_basis": str(reporting.default_basis),
        "reads_cash": reporting.reads_cash,
        "reads_budget": reporting.reads_budget,
        "counts_owners": reporting.counts_owners,
        "counts_officers": reporting.counts_officers,
        "fiscal_year_first_month": reporting.fiscal_year_first_month,
        "fiscal_year_first_month_in_force": reporting.calendar.first_month,
        "unmapped_threshold_percent": f"{reporting.unmapped_threshold_percent:.2f}",
    }


def head_counts_json(company: Company, lines: Iterable[HeadCountLine]) -> dict[str, Any]:
    return {"company": company.name, "months": [head_count_json(line) for line in lines]}


def head_count_json(line: HeadCountLine) -> dict[str, Any]:
    return {
        "month": str(line.month),
        "employees": line.employees,
        "is_estimated": line.is_estimated,
        "origin": line.origin,
        "entered": line.entered,
        "entered_by": line.entered_by,
        "note": line.note,
    }


def note_json(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "month": str(Month.of(note.month)) if note.month else None,
        "metric": note.metric_key,
        "text": note.text,
        "author": note.author,
        "created_at": moment(note.created_at),
        "updated_at": moment(note.updated_at),
        "version": version_of(note),
    }


def work_json(work: BackgroundWork) -> dict[str, Any]:
    return {
        "id": work.pk,
        "kind": work.kind,
        "state": work.state,
        "progress": work.progress,
        "message": work.message,
        "result": work.result,
        "file_name": work.file_name,
        "requested_at": moment(work.requested_at),
        "finished_at": moment(work.finished_at) if work.finished_at else None,
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _compared(one: ComparedFigure) -> dict[str, Any]:
    return {
        "metric": one.metric_key,
        "month": None if one.month is None else str(one.month),
        "as_presented": _figure(one.then, one.unit),
        "as_now": _figure(one.now, one.unit),
        "difference": text_of(one.difference),
    }


def _figure(value: Figure, unit: Unit) -> str | int | None:
    return value if unit is Unit.COUNT and isinstance(value, int) else text_of(value)


def _cause(one: Cause) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "month": str(one.month),
        "account": one.account,
        "before": _money(one.before),
        "after": _money(one.after),
        "metric_before": one.metric_before,
        "metric_after": one.metric_after,
        "words": one.words,
        "effects": {key: f"{effect:f}" for key, effect in one.effects.items()},
    }


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
