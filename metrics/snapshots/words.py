"""What differs between a snapshot and today, in words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metrics.months import MONTH_NAMES

MOST_SHOWN = 160
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


def note_words(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What became of the notes: one sentence each. Snapshots of the first format know no ids: words are compared."""
    key = "id" if all("id" in one for one in then) else "text"
    before, after = {one[key]: one for one in then}, {one[key]: one for one in now}
    words = [f"Deleted since: {_note(one)}" for name, one in before.items() if name not in after]
    words += [f"Written since: {_note(one)}" for name, one in after.items() if name not in before]
    words += [
        f"Changed since: {_note(before[name])}, now “{_cut(one['text'])}”"
        for name, one in after.items()
        if name in before and before[name]["text"] != one["text"]
    ]
    return tuple(words)


def action_words(then: Sequence[Mapping[str, Any]] | None, now: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What became of the action items. None: the snapshot was made before it kept them."""
    if then is None:
        return ()
    before, after = {one["id"]: one for one in then}, {one["id"]: one for one in now}
    words = [f"Deleted since: {_quoted(one)}" for name, one in before.items() if name not in after]
    words += [f"Agreed since: {_quoted(one)}" for name, one in after.items() if name not in before]
    for name, one in after.items():
        said = _item_changes(before[name], one) if name in before else ""
        if said:
            words.append(f"{_quoted(before[name])}: {said}")
    return tuple(words)


def _item_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    states = {"open": "open", "overdue": "overdue", "done": "done", "carried": "carried on"}
    parts = [f"{states[then['state']]} then, {states[now['state']]} now"] if then["state"] != now["state"] else []
    if then["text"] != now["text"]:
        parts.append(f"now “{_cut(now['text'])}”")
    for key, word in (("owner", "who"), ("due_on", "due")):
        if then[key] != now[key]:
            parts.append(f"{word} {then[key] or 'not said'} then, {now[key] or 'not said'} now")
    return "; ".join(parts)


def _note(one: Mapping[str, Any]) -> str:
    month = f" ({one['month']})" if one.get("month") else ""
    return f"{_quoted(one)} by {one['author'] or 'a program'}{month}"


def _quoted(one: Mapping[str, Any]) -> str:
    return f"“{_cut(one['text'])}”"


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 1].rstrip()}…"


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
