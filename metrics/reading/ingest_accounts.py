"""The chart of accounts into ledger accounts."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import Company
from metrics.models import LedgerAccount, SyncHistory
from metrics.reading.reread import reread_unresolved
from metrics.reading.sync_record import READ_ALREADY, Reading, Refused, is_superseded, moment_of, response_in
from qbwc.purposes import Delivered
from qbwc.qbxml.responses import AccountRet, MalformedAnswer, read_accounts

# What resolves a report's rows; when none of it changed, no stored report can read differently.
_RESOLVING = ("list_id", "name", "full_name", "number", "account_type", "special_type", "is_active")
_COLUMNS = (*_RESOLVING[1:], "updated_at")


def parse(delivered: Delivered) -> tuple[AccountRet, ...]:
    """Raises Refused."""
    try:
        return read_accounts(response_in(delivered.text, "AccountQueryRs"))
    except MalformedAnswer as problem:
        raise Refused(f"The chart of accounts cannot be read: {problem}") from problem


def write(accounts: tuple[AccountRet, ...], delivered: Delivered, company: Company) -> Reading:
    """Upsert all; an account that is missing was deleted in QuickBooks (all were asked for) and turns inactive."""
    if is_superseded(delivered, SyncHistory.SyncType.ACCOUNTS):
        return Reading(READ_ALREADY)
    rows = [_row(company, account, delivered) for account in accounts]
    before = _resolving(company)
    _upsert(rows)
    _note_new_names(company, rows, before, delivered)
    gone = _deactivate_missing(company, {row.list_id for row in rows})
    if _resolving(company) != before:
        reread_unresolved(company, delivered.now)
    return Reading(
        f"Read {len(rows)} accounts.", {"accounts": len(rows), "new": _new(rows, before), "deleted_in_quickbooks": gone}
    )


def _row(company: Company, account: AccountRet, delivered: Delivered) -> LedgerAccount:
    return LedgerAccount(
        company=company,
        list_id=account.list_id,
        name=account.name,
        full_name=account.full_name,
        number=account.number,
        account_type=account.account_type,
        special_type=account.special_type,
        is_active=account.is_active,
        updated_at=moment_of(delivered),
        first_seen_at=moment_of(delivered),
    )


def _note_new_names(
    company: Company, rows: Sequence[LedgerAccount], before: dict[str, tuple[object, ...]], delivered: Delivered
) -> None:
    """Keep the old full name of accounts that were renamed or moved: rules that go by the name may miss them now."""
    place = _RESOLVING.index("full_name")
    for row in rows:
        former = before[row.list_id][place] if row.list_id in before else row.full_name
        if former != row.full_name:
            LedgerAccount.objects.filter(company=company, list_id=row.list_id).update(
                former_full_name=former, renamed_at=moment_of(delivered)
            )


def _resolving(company: Company) -> dict[str, tuple[object, ...]]:
    """ListID → all that the reading of a report depends on."""
    rows = LedgerAccount.objects.filter(company=company).order_by("pk").values_list(*_RESOLVING)
    return {row[0]: row for row in rows}


def _new(rows: Sequence[LedgerAccount], before: dict[str, tuple[object, ...]]) -> int:
    return sum(row.list_id not in before for row in rows)


def _upsert(rows: Sequence[LedgerAccount]) -> None:
    LedgerAccount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["company", "list_id"], update_fields=list(_COLUMNS)
    )


def _deactivate_missing(company: Company, seen: set[str]) -> int:
    missing = LedgerAccount.objects.filter(company=company, is_active=True).exclude(list_id__in=seen)
    return missing.update(is_active=False)
