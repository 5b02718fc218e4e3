"""An explanation as JSON values and as rows of a spreadsheet. Money is a string with two decimals."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from metrics.derived import Figure
from metrics.explain.explained import AccountLine, Explanation, RuleMark
from metrics.fiscal import Period
from metrics.months import Month
from metrics.spreadsheets import Row, write_csv

_HEAD = (
    "Month", "Account", "Number", "Section", "Metric", "Printed by QuickBooks", "Counts as", "Rule", "Match",
    "Priority", "Note", "Since mapping version", "Changed by", "Exchange", "Row", "Answered", "SHA-256",
    "Checksum holds", "Row as it crossed",
)  # fmt: skip
_NO_RULE = "no rule knows it"


def explanation_answer(explained: Explanation) -> dict[str, Any]:
    """The very values of the explanation, field by field."""
    found = _plain(explained)
    assert isinstance(found, dict)
    return {**found, "is_one_month": explained.is_one_month, "is_known": explained.is_known}


def explanation_csv(explained: Explanation) -> bytes:
    """One row per ledger account and month; of a figure made of other figures, one row per input."""
    return write_csv(_rows(explained))


def file_name(explained: Explanation, ending: str) -> str:
    """ "cascadia-mrr-2026-01-accrual.csv"; a period's colons and dots are no part of a file's name."""
    period = str(explained.period).replace(":", "-").replace("..", "-to-")
    return f"{explained.slug}-{explained.metric_key}-{period}-{explained.basis}.{ending}"


def _plain(value: object) -> object:
    """A dataclass as JSON values."""
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case Period():
            return {"key": str(value), "label": value.label, "first": str(value.first), "last": str(value.last)}
        case Month() | date():
            return str(value)
        case enum.Enum():
            return value.value
        case tuple() | list():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value


def _rows(explained: Explanation) -> Iterator[Row]:
    yield ("Metric", explained.label)
    yield ("Company", explained.company)
    yield ("Period", explained.period.label)
    yield ("Basis", explained.basis)
    if explained.moment is not None:
        yield ("As known on", _moment(explained.moment))
    yield ("Value", _number(explained.value), explained.unit.value, explained.currency)
    yield ("Formula", explained.formula)
    yield ("In numbers", explained.in_numbers)
    yield from ((f"Note ({notice.tone})", notice.words) for notice in explained.notices)
    yield ()
    if explained.inputs:
        yield ("Made of", "Value", "Role")
        yield from ((one.label, _number(one.value), one.role) for one in explained.inputs)
        yield ()
    if explained.lines:
        yield _HEAD
        for line in explained.lines:
            yield from _line(explained, line)


def _line(explained: Explanation, line: AccountLine) -> Iterator[Row]:
    rule = line.rules[-1] if line.rules else None
    for part in line.parts:
        source = None if part.exchange_id is None else explained.source(part.exchange_id)
        yield (
            str(part.month),
            line.full_name,
            line.number,
            line.section.value,
            line.metric_key,
            part.printed,
            part.contribution,
            *_rule(rule),
            _text(part.exchange_id),
            _text(part.row_number),
            "" if source is None else _moment(source.answered_at),
            "" if source is None else source.sha256,
            "" if source is None or source.is_intact is None else "yes" if source.is_intact else "NO",
            "" if line.evidence is None else line.evidence.text or "",
        )


def _rule(rule: RuleMark | None) -> tuple[str, ...]:
    if rule is None:
        return (_NO_RULE, "", "", "", "", "")
    came_in = rule.came_in
    version, actor = ("", "") if came_in is None else (str(came_in.version), came_in.actor)
    return (rule.pattern, rule.match_words, str(rule.priority), rule.note, version, actor)


def _number(value: Figure) -> Decimal | None:
    return None if value is None else Decimal(value)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
