"""The JSON of figures, tie-outs and restatements, in and out. Money is a string with two decimals."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from metrics.api_schemas import LARGEST_ID, CompanyQuery
from metrics.models import Basis

MOST_ROWS = 50_000
MOST_IDS = 1000


class SpanQuery(CompanyQuery):
    first: str | None = Field(None, alias="from", max_length=20, description="First month, as 2025-01. Empty: all.")
    last: str | None = Field(None, alias="to", max_length=20, description="Last month, included. Empty: all.")


class MetricsQuery(SpanQuery):
    basis: Basis = Field(Basis.ACCRUAL, description="accrual or cash.")
    as_of: str | None = Field(None, max_length=40, description="As known then: a day (UTC, its end) or a moment.")
    updated_since: str | None = Field(
        None, max_length=40, description="Only months whose figures, mapping or tie-out changed after it."
    )
    format: Literal["json", "rows", "csv"] = Field(
        "json", description="rows: one row per month and ledger account, as JSON; csv: the same as a file."
    )
    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Of rows and csv.")
    offset: int = Field(
        0, ge=0, le=10_000_000, description="Of rows and csv: the answer before told it as next_offset."
    )


class RowOut(Schema):
    month: str = Field(examples=["2026-01"])
    account: str = Field(examples=["Services:Managed Services"])
    account_number: str = Field(examples=["4010"])
    account_type: str = Field(examples=["Income"])
    metric: str = Field(description="unmapped when no rule knows the account.", examples=["mrr"])
    amount: str = Field(description="As QuickBooks prints it: income and cost both positive.", examples=["1200.00"])
    basis: str = Field(examples=["accrual"])


class RowsOut(Schema):
    company: str
    basis: str
    currency: str
    as_of: str | None = None
    total: int
    next_offset: int | None = Field(description="Ask again with it as offset; null: that was all.")
    rows: list[RowOut]


class TieOutQuery(SpanQuery):
    basis: Basis = Field(Basis.ACCRUAL, description="accrual or cash.")


class TieOutMonthQuery(CompanyQuery):
    basis: Basis = Field(Basis.ACCRUAL, description="accrual or cash.")


class TieOutLineOut(Schema):
    key: str = Field(examples=["income"])
    label: str = Field(description="As QuickBooks prints it.", examples=["Total Income"])
    quickbooks: str | None = Field(description="null: the total is not in the report.", examples=["1150.00"])
    ours: str = Field(examples=["1150.00"])
    difference: str = Field(description="Ours less QuickBooks'.", examples=["0.00"])
    is_tied: bool


class ReasonOut(Schema):
    code: str = Field(description="not_synced, still_runs, not_read_since, untied or unmapped_revenue.")
    message: str


class TieOutMonthOut(Schema):
    month: str = Field(examples=["2026-01"])
    state: str = Field(description="tied, untied, not_synced or partial (the running month).", examples=["tied"])
    message: str
    figures_are_from_untied: bool
    lines: list[TieOutLineOut]
    ready: bool = Field(description="Fit to be presented.")
    reasons: list[ReasonOut]
    synced_at: str | None


class QuarterOut(Schema):
    period: str = Field(examples=["2026-Q1"])
    label: str
    ready: bool
    reasons: list[ReasonOut]


class TieOutReportOut(Schema):
    company: str
    basis: str
    currency: str
    counts: dict[str, int] = Field(examples=[{"tied": 23, "untied": 0, "not_synced": 0, "partial": 1}])
    last_quarter: QuarterOut
    months: list[TieOutMonthOut]


class TieOutAccountOut(Schema):
    section: str = Field(examples=["Income"])
    account: str
    account_number: str
    shown: str | None = Field(description="null: not among the figures shown.")
    newest: str | None = Field(description="In the newest report; null: it has no row there.")
    newest_row: int | None = Field(description="Its rowNumber.")
    difference: str = Field(description="Shown less newest.")


class TieOutDetailOut(TieOutMonthOut):
    company: str
    basis: str
    sha256: str = Field(description="Of the newest stored answer.")
    problem: str = Field(description="Why the newest report's rows are not at hand; empty: they are.")
    accounts: list[TieOutAccountOut]


class RestatementsQuery(CompanyQuery):
    basis: Basis | None = Field(None, description="Empty: both.")
    month: str | None = Field(None, max_length=20, description="Only of this month, as 2026-01.")
    since: str | None = Field(None, max_length=40, description="Only those detected after it: a day or a moment.")
    open: bool = Field(False, description="Only those nobody has acknowledged.")
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=1_000_000)


class ChangedCellOut(Schema):
    account: str
    account_number: str
    account_type: str
    metric: str
    before: str
    after: str
    difference: str


class RestatementOut(Schema):
    id: int
    month: str
    basis: str
    detected_at: str
    net_income_before: str
    net_income_after: str
    net_income_difference: str
    revenue_before: str
    revenue_after: str
    presented_in: list[str] = Field(description="Snapshots that show the figures as they were.")
    acknowledged_at: str | None
    acknowledged_by: str
    note: str
    accounts: list[ChangedCellOut]


class RestatementsOut(Schema):
    company: str
    total: int
    next_offset: int | None
    restatements: list[RestatementOut]


class ChangedSinceQuery(SpanQuery):
    basis: Basis = Field(Basis.ACCRUAL, description="accrual or cash.")
    since: str | None = Field(
        None, max_length=40, description="A day or a moment. Empty: since the newest snapshot was frozen."
    )


class ChangedMonthOut(Schema):
    month: str
    accounts: list[ChangedCellOut]
    net_income_difference: str


class ChangedSinceOut(Schema):
    company: str
    basis: str
    since: str
    review: str | None = Field(description="The snapshot that since is from.")
    months: list[ChangedMonthOut]


class AcknowledgeIn(Schema):
    model_config = ConfigDict(
        json_schema_extra={"example": {"ids": [12, 13], "note": "Late vendor bill; agreed with the controller."}}
    )

    ids: list[int] = Field([], max_length=MOST_IDS, description="Restatements; others' ids are passed over.")
    all: bool = Field(False, description="Every open one, instead of ids.")
    note: str = Field("", max_length=500)


class AcknowledgedOut(Schema):
    company: str
    acknowledged: int = Field(description="How many were still open.")


class RereadIn(Schema):
    model_config = ConfigDict(json_schema_extra={"example": {"from_scratch": False, "check": True}})

    from_scratch: bool = Field(False, description="Delete everything derived and read every stored answer.")
    check: bool = Field(False, description="Keep nothing, only tell what would change.")


def in_range(ids: list[int]) -> list[int]:
    """Larger numbers do not fit a column: SQLite would raise instead of finding nothing."""
    return [pk for pk in ids if 0 < pk <= LARGEST_ID]
