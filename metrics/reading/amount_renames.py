"""The history of an account that was known by name only goes on under its ListID, once the chart tells which it is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Count, QuerySet

from accounts.models import Company
from metrics.columns import UNRESOLVED
from metrics.models import AmountChange, Restatement
from metrics.profit_and_loss import ZERO


def rename(company: Company, basis: str, keys: Mapping[str, str]) -> None:
    """Put the changes of each former key under its new one. Needs the company's lock; nothing to rename, no query.

    A report that was read before the chart that knows an account's new name seems to drop one account and to bring
    another: where one reading says both, it is one account whose amount changed, or that changed its name only.
    """
    if not keys:
        return
    rows = AmountChange.objects.filter(company=company, basis=basis).order_by("pk")
    for former in rows.filter(account_key__startswith=UNRESOLVED):
        if former.account_key in keys:
            _rename(former, rows, keys[former.account_key])


def _rename(row: AmountChange, rows: QuerySet[AmountChange], key: str) -> None:
    twin = rows.filter(month=row.month, exchange_id=row.exchange_id, account_key=key).first()
    if twin is None:
        row.account_key = key
        row.save(update_fields=["account_key"])
    elif _are_halves(twin, row):
        _join(twin, row)


def _are_halves(one: AmountChange, other: AmountChange) -> bool:
    """Whether at no time both had an amount; otherwise they are two accounts, whatever their names say."""
    return None in (one.before, other.before) and None in (one.after, other.after)


def _join(kept: AmountChange, other: AmountChange) -> None:
    if kept.after is None:
        kept.full_name, kept.label, kept.number = other.full_name, other.label, other.number
        kept.account_type = other.account_type
        kept.after, kept.row_after = other.after, other.row_after
    if kept.before is None:
        kept.before, kept.row_before = other.before, other.row_before
    other.delete()
    if _amount(kept.before) == _amount(kept.after):
        kept.delete()
    else:
        kept.save()
    if kept.restatement_id is not None:
        _recount(kept.restatement_id)


def _amount(value: Decimal | None) -> Decimal:
    return ZERO if value is None else value


def _recount(restatement_id: int) -> None:
    """A restatement of which nothing is left was none."""
    for row in Restatement.objects.filter(pk=restatement_id).annotate(left=Count("changes")):
        if row.left:
            row.cells = row.left
            row.save(update_fields=["cells"])
        else:
            row.delete()
