"""The JSON around a review, in and out: targets, snapshots, settings, head counts, notes, work. Money is a string."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Schema
from pydantic import Field, JsonValue

from metrics.api_schemas import CompanyQuery
from metrics.models import Basis
from metrics.targets.rules import TARGET_KEYS, TargetKind

METRIC: dict[str, Any] = {"enum": [*TARGET_KEYS]}
AMOUNT = "Money or a percentage (35.5) as a string with up to two decimals; people as a whole number."


class SpanQuery(CompanyQuery):
    first: str | None = Field(None, alias="from", max_length=20, description="First month, as 2026-01. Empty: all.")
    last: str | None = Field(None, alias="to", max_length=20, description="Last month, included. Empty: all.")


class TargetsQuery(SpanQuery):
    kind: TargetKind | None = Field(None, description="target or budget; empty: both.")


class TargetIn(Schema):
    metric: str = Field(json_schema_extra=METRIC)
    month: str = Field(max_length=20, examples=["2026-01"])
    amount: str = Field(max_length=30, description=AMOUNT, examples=["25000.00"])
    kind: TargetKind = TargetKind.TARGET


class TargetsIn(Schema):
    """All in one step: one that cannot be kept, and nothing is."""

    targets: list[TargetIn] = Field(max_length=5000)


class PlaceIn(Schema):
    metric: str = Field(json_schema_extra=METRIC)
    month: str = Field(max_length=20, examples=["2026-01"])
    kind: TargetKind = TargetKind.TARGET


class PlacesIn(Schema):
    targets: list[PlaceIn] = Field(max_length=5000)


class TargetOut(Schema):
    kind: str
    metric: str
    month: str
    amount: str
    source: str = Field(description="person, file or quickbooks.")
    updated_by: str
    updated_at: str


class TargetsOut(Schema):
    company: str
    targets: list[TargetOut]


class TargetChangeOut(Schema):
    kind: str
    metric: str
    month: str
    before: str | None
    after: str | None


class TargetDifferenceOut(Schema):
    company: str
    dry_run: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    rounded: int = Field(0, description="Amounts of a file that had more than two decimals.")
    changes: list[TargetChangeOut]


class ImportQuery(CompanyQuery):
    dry_run: bool = Field(False, description="Tell what would change, and change nothing.")
    kind: TargetKind = Field(TargetKind.TARGET, description="For rows that do not say.")
    replace: bool = Field(False, description="Delete what the file's months have and the file has not.")


class SnapshotsQuery(CompanyQuery):
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=1_000_000)


class SnapshotQuery(CompanyQuery):
    compare: str | None = Field(None, max_length=10, description="now: as presented against as it is now.")


class SnapshotIn(Schema):
    name: str = Field(max_length=200)
    period: str = Field(max_length=40, description="2026-01, 2026-Q1, fy:2026, ytd:2026-03, ttm:2026-03, or from..to.")
    basis: Basis = Basis.ACCRUAL
    note: str = Field("", max_length=10_000)
    presented_on: date | None = None
    forced_because: str = Field("", max_length=1000, description="Why to freeze it although it is not ready.")


class SnapshotLineOut(Schema):
    id: int
    name: str
    basis: str
    period: str
    first_month: str
    last_month: str
    presented_on: str | None
    note: str
    net_profit: str
    sha256: str
    mapping_version: int | None
    created_by: str
    created_at: str


class SnapshotsOut(Schema):
    company: str
    total: int
    snapshots: list[SnapshotLineOut]


class CauseOut(Schema):
    kind: str = Field(description="restated, mapping, head_count, first_read or unexplained.")
    month: str
    account: str
    before: str | None
    after: str | None
    metric_before: str
    metric_after: str
    words: str
    effects: dict[str, str]


class ComparedOut(Schema):
    metric: str
    month: str | None = Field(description="null: the whole period.")
    as_presented: str | int | None
    as_now: str | int | None
    difference: str | None


class ComparisonOut(Schema):
    is_same: bool
    changed: list[ComparedOut]
    causes: list[CauseOut]
    rules_changed: list[str]
    settings_changed: list[str]
    notes_changed: list[str]
    action_items_changed: list[str]


class SnapshotOut(SnapshotLineOut):
    is_verified: bool = Field(description="The content still has the hash that it was frozen with.")
    content: dict[str, JsonValue]
    comparison: ComparisonOut | None = None


class ReportingOut(Schema):
    company: str
    default_basis: str
    reads_cash: bool
    reads_budget: bool
    counts_owners: bool
    counts_officers: bool
    fiscal_year_first_month: int | None = Field(description="null: as QuickBooks says.")
    fiscal_year_first_month_in_force: int
    unmapped_threshold_percent: str


class ReportingPatch(Schema):
    """Any of the settings; those left out stay as they are."""

    default_basis: Basis = Basis.ACCRUAL
    reads_cash: bool = False
    reads_budget: bool = False
    counts_owners: bool = True
    counts_officers: bool = True
    fiscal_year_first_month: int | None = Field(None, ge=1, le=12)
    unmapped_threshold_percent: str = Field("1.00", max_length=10)


class HeadCountIn(Schema):
    employees: int | None = Field(description="null takes a person's count back: QuickBooks' list counts again.")
    note: str = Field("", max_length=300)


class HeadCountOut(Schema):
    month: str
    employees: int | None
    is_estimated: bool
    origin: str = Field(description="entered, frozen, hindsight, running or unread.")
    entered: int | None
    entered_by: str
    note: str


class HeadCountsOut(Schema):
    company: str
    months: list[HeadCountOut]


class NoteIn(Schema):
    text: str = Field(max_length=4000)
    month: str | None = Field(None, max_length=20)
    metric: str = Field("", max_length=60)


class NotePatch(Schema):
    text: str = Field(max_length=4000)
    version: str | None = Field(
        None, max_length=100, description="As it was read: 409 when somebody has changed the note since. Empty: any."
    )


class NoteOut(Schema):
    id: int
    month: str | None
    metric: str
    text: str
    author: str
    created_at: str
    updated_at: str
    version: str = Field(description="Changes whenever the note does; send it back with a change.")


class NotesOut(Schema):
    company: str
    notes: list[NoteOut]


class WorkOut(Schema):
    id: int
    kind: str
    state: str = Field(description="queued, running, done or failed.")
    progress: int = Field(description="Percent.")
    message: str
    result: dict[str, JsonValue]
    file_name: str = Field(description="Not empty: GET /api/work/{id}/file.")
    requested_at: str
    finished_at: str | None
