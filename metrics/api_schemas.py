"""The JSON of the metrics API, in and out. Money is a string with two decimals."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema
from pydantic import Field, JsonValue, field_validator

from metrics.mappings.rows import ACCOUNT_TYPES, MAX_NOTE, MAX_PATTERN, METRIC_KEYS, PRIORITIES
from metrics.models import AccountMapping, SyncHistory
from metrics.months import Month

LARGEST_ID = 2**63 - 1


class CompanyQuery(Schema):
    company: str | None = Field(None, max_length=200, description="Slug or name; a key has one company anyway.")


class HistoryQuery(CompanyQuery):
    sync_type: SyncHistory.SyncType | None = None
    success: bool | None = None
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class DiscrepancyOut(Schema):
    row: int = Field(description="rowNumber in the stored report.")
    label: str
    printed: str
    computed: str


class TieOutOut(Schema):
    status: str = Field(description="tied or untied: the newest reading's own totals against its rows.")
    state: str = Field(description="tied, untied or partial (tied, but the month still runs). See also /api/tie-out.")
    quickbooks_net_income: str
    difference: str = Field(description="The sum of the rows less QuickBooks' Net Income.")
    message: str
    figures_are_from_untied: bool = Field(description="No reading of this month has tied out yet.")
    rows: list[DiscrepancyOut]


class UnmappedOut(Schema):
    revenue: str = Field(description="Counted in total_revenue.")
    expenses: str = Field(description="Counted in total_expenses.")


class MonthOut(Schema):
    month: str
    metrics: dict[str, str | int | None] = Field(description="Money as strings; employees a number, null if unread.")
    derived: dict[str, str | None] = Field(description="Ratios and amounts made of the metrics; null: not defined.")
    employees_estimated: bool
    unmapped: UnmappedOut
    tie_out: TieOutOut
    ready: bool | None = Field(description="Fit to be presented; null with as_of.")
    synced_at: str


class UnmappedAccountOut(Schema):
    account: str
    account_type: str
    account_number: str
    total: str
    months: int
    last_month: str


class MetricsOut(Schema):
    company: str
    basis: str
    currency: str
    as_of: str | None = Field(None, description="Only when it was asked for.")
    months: list[MonthOut]
    unmapped_accounts: list[UnmappedAccountOut]


class MappingIn(Schema):
    """A whole mapping."""

    match_type: str = Field(
        AccountMapping.MatchType.CONTAINS.value, json_schema_extra={"enum": [*AccountMapping.MatchType.values]}
    )
    pattern: str = Field(description=f"At most {MAX_PATTERN} characters.", examples=["managed services"])
    qbr_metric_key: str = Field(json_schema_extra={"enum": [*METRIC_KEYS]}, examples=["mrr"])
    account_types: list[str] = Field(
        [],
        max_length=20,
        description="Empty: every profit and loss account.",
        json_schema_extra={"items": {"type": "string", "enum": [*ACCOUNT_TYPES]}},
    )
    priority: int = Field(100, description=f"Lower is tried first; 0 to {PRIORITIES.stop - 1}.")
    is_active: bool = True
    note: str = Field("", description=f"At most {MAX_NOTE} characters.")
    list_id: str = Field("", description="ListID of the one ledger account, for match type account only.")
    account_numbers: str = Field("", description="Only accounts with these numbers.", examples=["4000-4999, 41*"])
    effective_from: str | None = Field(None, description="First month the rule is for, as 2026-01. Empty: always.")
    effective_to: str | None = Field(None, description="Last month the rule is for, included. Empty: for good.")


class MappingPatch(Schema):
    """Any of a mapping's fields; those left out stay as they are."""

    match_type: str = ""
    pattern: str = ""
    qbr_metric_key: str = ""
    account_types: list[str] = Field([], max_length=20)
    priority: int = 0
    is_active: bool = True
    note: str = ""
    list_id: str = ""
    account_numbers: str = ""
    effective_from: str | None = None
    effective_to: str | None = None


class MappingFields(Schema):
    """A mapping as it is told."""

    match_type: str
    pattern: str
    account_types: list[str]
    qbr_metric_key: str
    priority: int
    is_active: bool
    note: str
    list_id: str
    account_numbers: str
    effective_from: str | None
    effective_to: str | None


class MappingOut(MappingFields):
    id: int
    created_at: datetime
    updated_at: datetime

    @field_validator("effective_from", "effective_to", mode="before")
    @classmethod
    def _month(cls, value: object) -> object:
        return str(Month.of(value)) if isinstance(value, date) else value


class MappingsOut(Schema):
    company: str
    total: int
    mappings: list[MappingOut]


class HistoryLineOut(Schema):
    id: int
    sync_type: str
    success: bool
    message: str
    parsed_data: dict[str, JsonValue]
    created_at: datetime


class HistoryOut(Schema):
    company: str
    total: int
    history: list[HistoryLineOut]


class ProblemBody(Schema):
    code: str
    message: str
    detail: JsonValue = None


class ProblemOut(Schema):
    """Every refusal."""

    error: ProblemBody
