"""What the REST interface of the set-up tools gives."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field


class FindingOut(Schema):
    rule: str
    severity: str = Field(description="error, warning or note")
    line: int | None
    element: str
    what: str
    why: str = Field(description="With the QBWC code that the Web Connector shows, where there is one.")
    fix: str
    who: str


class LintOut(Schema):
    ok: bool = Field(description="No finding is an error.")
    findings: list[FindingOut]
    facts: dict[str, str] = Field(description="What was read, by element; without secrets.")


class VerdictOut(Schema):
    tone: str = Field(description="good, warn or bad")
    words: str
    who: str


class CauseOut(Schema):
    id: str
    what: str
    why: str
    fix: str
    who: str
    tone: str


class CallOut(Schema):
    name: str
    line: int
    started_at: datetime | None
    seconds: int | None
    result: str
    progress: int | None
    tone: str


class LogSessionOut(Schema):
    outcome: str
    application: str
    address: str
    company_file: str
    started_at: datetime | None
    ended_at: datetime | None
    seconds: int | None
    progress: int | None
    said: str
    first_line: int
    last_line: int
    causes: list[CauseOut] = Field(description="The one that explains most comes first.")
    calls: list[CallOut]
    calls_left_out: int


class LogOut(Schema):
    verdict: VerdictOut
    counts: dict[str, int]
    lines: int
    is_cut: bool
    sessions: list[LogSessionOut]


class StepOut(Schema):
    key: str
    title: str
    state: str = Field(description="done, failed, next or waiting")
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    failed_at: datetime | None
    failure: str
    remedy: str = Field(description="What to do; empty when it is done.")
    who: str = Field(description="Who does that.")
    detail: str
    codes: list[str] = Field(description="What the Web Connector shows when it fails here; empty when it is done.")


class HandedOutOut(Schema):
    was_downloaded: bool
    has_changed: bool = Field(description="The .qwc is another one today than when it was last downloaded.")
    needs_readding: bool
    because: str


class SetUpOut(Schema):
    company: str
    is_complete: bool
    done: int
    steps: list[StepOut]
    document: HandedOutOut
