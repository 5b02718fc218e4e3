"""The JSON of the alerts, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

LARGEST_ID = 2**63 - 1


class CompanyQuery(Schema):
    company: str | None = Field(None, max_length=200, description="Slug or name; a key has one company anyway.")


class AlertsQuery(CompanyQuery):
    state: Literal["open", "acknowledged", "ended"] | None = None
    kind: str | None = Field(None, max_length=40, description="untied, unmapped, restated, stale_sync, …")
    updated_since: datetime | None = Field(None, description="Begun, changed, acknowledged or ended at or after it.")
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class AcknowledgedOut(Schema):
    at: str | None
    by: str
    note: str


class AlertOut(Schema):
    id: int
    kind: str
    label: str
    subject: str = Field(description="What it is about, for ever: 2026-05:accrual.")
    fingerprint: str = Field(description="Another one makes it a new thing that is told again.")
    state: str = Field(description="open, acknowledged or ended.")
    tone: str = Field(description="bad or warn.")
    words: str
    change: str = Field(description="What it was before, when it has changed since it began.")
    why: str
    remedy: str
    url: str
    since: str
    opened_at: str
    last_seen_at: str = Field(description="To the hour.")
    updated_at: str
    ended_at: str | None
    times: int = Field(description="How often it has begun.")
    acknowledged: AcknowledgedOut | None
    told_at: str | None


class AlertsOut(Schema):
    company: str
    total: int
    alerts: list[AlertOut]


class AcknowledgeIn(Schema):
    note: str = Field("", max_length=500)
    fingerprint: str | None = Field(None, max_length=200, description="Of the alert as you read it.")


class ProblemOut(Schema):
    error: dict[str, object]
