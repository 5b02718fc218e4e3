"""What came of reading stored answers again: for a person month by month, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from metrics.derived_rows import Difference
from metrics.reading.rebuild import Outcome

_MOST = 20  # lines of one kind; the JSON has all
_TABLES = {
    "LedgerAccount": "ledger accounts",
    "MonthlyAmount": "amounts",
    "AmountChange": "recorded changes",
    "Restatement": "restatements",
    "MonthReading": "readings",
    "MonthlyMetric": "figures",
    "EmployeeRecord": "employee records",
    "MonthlyHeadCount": "frozen head counts",
}
_BY_MONTH = frozenset(("MonthlyAmount", "AmountChange", "Restatement", "MonthReading", "MonthlyMetric"))


def in_words(outcome: Outcome) -> list[str]:
    """Lines for the terminal."""
    lines = [f"{outcome.company.name}: {outcome.answers_read} stored answers read again."]
    lines += [f"  Not read again. {gap}" for gap in outcome.gaps[:_MOST]]
    if len(outcome.gaps) > _MOST:
        lines.append(f"  … and {len(outcome.gaps) - _MOST} more.")
    lines += [f"  {line}" for line in _by_month(outcome.differences)]
    lines.append(f"  {_verdict(outcome)}")
    return lines


def as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "company": outcome.company.slug,
        "answers_read": outcome.answers_read,
        "identical": outcome.is_identical,
        "kept": outcome.is_kept,
        "gaps": list(outcome.gaps),
        "differences": differences_json(outcome.differences),
    }


def differences_json(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    return [
        {
            "table": one.table,
            "key": [str(part) for part in one.key],
            "column": one.column,
            "before": None if one.before is None else str(one.before),
            "after": None if one.after is None else str(one.after),
        }
        for one in differences
    ]


def _verdict(outcome: Outcome) -> str:
    if outcome.gaps and not outcome.is_kept:
        return "Nothing was changed, because the rebuild would have gaps."
    if not outcome.differences:
        return "Identical: every figure comes out as it was."
    rows = len({(one.table, one.key) for one in outcome.differences})
    verb = "now differ" if outcome.is_kept else "would differ; nothing was changed"
    return f"{rows} rows {verb}."


def _by_month(found: Sequence[Difference]) -> Iterator[str]:
    """ "2026-01 accrual: net_profit 750.25 → 760.25; 2 amounts", then what belongs to no month."""
    months = sorted({one.key[:2] for one in found if one.table in _BY_MONTH}, key=str)
    for basis, month in months[:_MOST]:
        here = [one for one in found if one.table in _BY_MONTH and one.key[:2] == (basis, month)]
        yield f"{month:%Y-%m} {basis}: {'; '.join(_month(here))}"
    if len(months) > _MOST:
        yield f"… and {len(months) - _MOST} more months."
    elsewhere = Counter(table for table, _ in {(one.table, one.key) for one in found if one.table not in _BY_MONTH})
    yield from (f"{count} {_TABLES[table]}" for table, count in elsewhere.items())


def _month(here: Sequence[Difference]) -> Iterator[str]:
    figures = [one for one in here if one.table == "MonthlyMetric"]
    yield from (f"{one.column} {one.before} → {one.after}" if one.column else _row(one) for one in figures[:_MOST])
    others = Counter(table for table, _ in {(one.table, one.key) for one in here if one.table != "MonthlyMetric"})
    yield from (f"{count} {_TABLES[table]}" for table, count in others.items())


def _row(one: Difference) -> str:
    return "the month is gone" if one.after is None else "the month is new"
