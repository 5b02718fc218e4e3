"""A review's content made up from a seed, in the shape that a snapshot keeps."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from metrics.arithmetic import CATEGORY_METRICS, EXPENSE_METRICS, REVENUE_METRICS
from metrics.canonical import text_of
from metrics.derived import Figure, derived
from metrics.exports.review import Review, review_of
from metrics.months import Month

NASTY = "=cmd|' /C calc'!A0 <script>alert(1)</script> *bold* #sys _x_ Ltd & Söhne"
SHA = "0123456789abcdef" * 4


def content(count: int = 6, name: str = "Acme Ltd", *, seed: int = 3, zero: bool = False) -> dict[str, Any]:
    """So many months from January 2025; every figure can be told apart, unless all are zero."""
    chance = random.Random(seed)
    months = [_figures(chance, zero) for _ in range(count)]
    whole: dict[str, Figure] = {
        key: sum((Decimal(month[key] or 0) for month in months), Decimal(0)) for key in months[0] if key != "employees"
    }
    whole["employees"] = months[-1]["employees"]
    first, last = Month(2025, 1), Month(2025, 1).plus(count - 1)
    return {
        "company": {"name": name, "slug": "acme", "currency": "USD"},
        "basis": "accrual",
        "period": {"label": "The period", "text": f"{first}..{last}", "first": str(first), "last": str(last)},
        "created_at": "2026-03-15T12:00:00+00:00",
        "months": [_month(first.plus(place), figures) for place, figures in enumerate(months)],
        "figures": {**_json(whole), "months_missing": [], "is_complete": True},
        "targets": {
            "months": [
                {"kind": "target", "metric": "net_profit", "month": str(first.plus(place)), "amount": "9000.00"}
                for place in range(count)
            ],
            "period": {"target": {"net_profit": f"{9000 * count}.00"}},
        },
        "notes": [{"month": None, "metric": "mrr", "text": "=SUM(A1) *a* #let <b>", "author": "dana"}],
        "action_items": [
            {"text": "=1+1 Renew *the* agreement", "owner": "", "due_on": None, "state": "open"},
            {"text": "Raise the rate", "owner": "Lee", "due_on": "2025-02-01", "state": "overdue"},
        ],
        "cautions": ["Profit and loss was due 2025-03-01 and has not been read since."],
        "unmapped": [{"full_name": '=HYPERLINK("x"):Odd', "account_type": "Income", "amount": "750.00"}],
        "readiness": {"is_ready": False, "reasons": [{"message": "A month has unmapped revenue."}]},
        "mapping": {"number": 3},
    }


def review(count: int = 6, name: str = "Acme Ltd", *, seed: int = 3, zero: bool = False) -> Review:
    """The same, read."""
    return review_of(content(count, name, seed=seed, zero=zero), name="The review", sha256=SHA)


def _figures(chance: random.Random, zero: bool) -> dict[str, Figure]:
    top = 0 if zero else 3_000_000
    found: dict[str, Figure] = {key: Decimal(chance.randint(-top // 20, top)) / 100 for key in CATEGORY_METRICS}
    found["unmapped_revenue"], found["unmapped_expenses"] = Decimal(0 if zero else 50), Decimal(0)
    revenue = sum((Decimal(found[key] or 0) for key in (*REVENUE_METRICS, "unmapped_revenue")), Decimal(0))
    expenses = sum((Decimal(found[key] or 0) for key in EXPENSE_METRICS), Decimal(0))
    found |= {"total_revenue": revenue, "total_expenses": expenses, "net_profit": revenue - expenses}
    found["employees"] = chance.randint(5, 12)
    return found


def _json(figures: dict[str, Figure]) -> dict[str, Any]:
    written = {
        key: text_of(value.quantize(Decimal("0.01")) if isinstance(value, Decimal) else value)
        for key, value in figures.items()
    }
    return {"figures": written, "derived": {key: text_of(value) for key, value in derived(figures).items()}}


def _month(month: Month, figures: dict[str, Figure]) -> dict[str, Any]:
    net = f"{figures['net_profit']:.2f}"
    return {
        "month": str(month),
        **_json(figures),
        "tie_out": {"status": "tied", "quickbooks_net_income": net, "difference": "0.00"},
    }
