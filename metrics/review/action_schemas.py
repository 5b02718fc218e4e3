"""The JSON of action items, in and out."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Schema
from pydantic import Field

from metrics.api_schemas import CompanyQuery
from metrics.models import ActionItem
from metrics.months import Month
from metrics.review.action_items import LONGEST_OWNER, LONGEST_TEXT, version_of
from metrics.review.answers import moment

QUARTER = "A quarter (2026-Q1), or any month of it (2026-02); by the company's fiscal year."


class ActionItemsQuery(CompanyQuery):
    quarter: str | None = Field(None, max_length=20, description=f"{QUARTER} Empty: all.")
    open: bool = Field(False, description="Only what is neither done nor carried on to a later quarter.")


class ActionItemIn(Schema):
    quarter: str = Field(max_length=20, description=QUARTER, examples=["2026-Q1"])
    text: str = Field(max_length=LONGEST_TEXT)
    owner: str = Field("", max_length=LONGEST_OWNER)
    due_on: date | None = None


class ActionItemPatch(Schema):
    text: str | None = Field(None, max_length=LONGEST_TEXT)
    owner: str | None = Field(None, max_length=LONGEST_OWNER)
    due_on: date | None = None
    done: bool | None = None
    version: str | None = Field(
        None, max_length=100, description="As it was read: 409 when somebody has changed it since. Empty: any."
    )


class CarryIn(Schema):
    quarter: str = Field(max_length=20, description=f"Where to. {QUARTER}", examples=["2026-Q2"])


class ActionItemOut(Schema):
    id: int
    quarter_first_month: str
    text: str
    owner: str
    due_on: str | None
    done_at: str | None
    version: str = Field(description="Changes whenever text, owner or date do; send it back with a change.")
    carried_from: int | None
    created_by: str
    created_at: str


class ActionItemsOut(Schema):
    company: str
    action_items: list[ActionItemOut]


def item_json(item: ActionItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "quarter_first_month": str(Month.of(item.quarter_first_month)),
        "text": item.text,
        "owner": item.owner,
        "due_on": item.due_on.isoformat() if item.due_on else None,
        "done_at": moment(item.done_at) if item.done_at else None,
        "version": version_of(item),
        "carried_from": item.carried_from_id,
        "created_by": item.created_by,
        "created_at": moment(item.created_at),
    }
