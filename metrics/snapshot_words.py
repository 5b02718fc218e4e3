"""What differs between a snapshot and today, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.months import MONTH_NAMES

_SETTINGS = {
    "default_basis": "Basis shown first",
    "reads_cash": "Cash basis is read",
    "reads_budget": "QuickBooks' budgets are read",
    "counts_owners": "Owners count as employees",
    "counts_officers": "Officers count as employees",
    "fiscal_year_first_month": "First month of the fiscal year",
    "unmapped_threshold_percent": "Unmapped revenue allowed, percent",
}
_MATCHES = {
    "exact": "full name is",
    "starts_with": "name starts with",
    "contains": "name contains",
    "wildcard": "name matches",
    "regex": "expression",
    "account": "this account:",
}


def describe_rule(rule: Mapping[str, Any]) -> str:
    """One rule of a mapping version: name contains “managed services” → mrr."""
    parts = [f"{_MATCHES.get(rule['match_type'], rule['match_type'])} “{rule['pattern']}” → {rule['qbr_metric_key']}"]
    if rule.get("account_numbers"):
        parts.append(f"numbers {rule['account_numbers']}")
    if rule.get("effective_from") or rule.get("effective_to"):
        parts.append(f"from {rule.get('effective_from') or 'always'} to {rule.get('effective_to') or 'for good'}")
    if not rule.get("is_active", True):
        parts.append("switched off")
    return ", ".join(parts)


def settings_words(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """One sentence for each setting that is not what it was."""
    return tuple(
        f"{label}: {_shown(key, then.get(key))} then, {_shown(key, now.get(key))} now"
        for key, label in _SETTINGS.items()
        if then.get(key) != now.get(key)
    )


def head_count_words(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    """Why a head count is another one."""
    entered_then, entered_now = (then or {}).get("entered"), (now or {}).get("entered")
    if entered_then != entered_now:
        return f"A person's own count was {_change(entered_then, entered_now)} since"
    if then is None and now is not None:
        return "The month was frozen since, from the first employee list after its end"
    if then is not None and now is not None and then["counts"] != now["counts"]:
        return "The month was frozen again, from another employee list"
    if then is not None:
        return "Other settings say who counts"
    return "Counted from a newer employee list, or by other settings"


def _change(then: int | None, now: int | None) -> str:
    if then is None:
        return f"entered ({now})"
    return f"taken back ({then})" if now is None else f"changed from {then} to {now}"


def _shown(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "fiscal_year_first_month" and isinstance(value, int):
        return MONTH_NAMES[value - 1]
    return str(value)
