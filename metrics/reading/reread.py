"""Reading stored answers again, without QuickBooks: after the chart of accounts told more than it did before."""

from __future__ import annotations

import logging
from datetime import datetime

from accounts.models import Company
from metrics.columns import UNRESOLVED
from metrics.models import LedgerAccount, MonthlyAmount, SyncHistory
from metrics.reading import ingest_profit_and_loss
from metrics.reading.sync_record import Refused, record
from qbwc.models import Exchange
from qbwc.payloads import text_of
from qbwc.purposes import Delivered

logger = logging.getLogger(__name__)


def reread_unresolved(company: Company, now: datetime) -> int:
    """Read the reports again whose accounts were unknown, or of another type, when they were read; how many.

    Needs the company's lock. So it does not matter whether the chart or the report was read first.
    """
    wanted = _exchanges_that_would_read_differently(company)
    exchanges = Exchange.objects.filter(pk__in=wanted, response_payload__isnull=False).order_by("pk")
    for exchange in exchanges.select_related("job__company_file__company", "request_payload", "response_payload"):
        _reread(exchange, company, now)
    return len(wanted)


def _exchanges_that_would_read_differently(company: Company) -> set[int]:
    types = dict(LedgerAccount.objects.filter(company=company).values_list("list_id", "account_type"))
    rows = (
        MonthlyAmount.objects.filter(company=company, exchange__isnull=False)
        .order_by()
        .values_list("exchange_id", "account_key", "account_type")
        .distinct()
    )
    return {
        exchange_id
        for exchange_id, key, account_type in rows
        if exchange_id is not None and (key.startswith(UNRESOLVED) or types.get(key, account_type) != account_type)
    }


def _reread(exchange: Exchange, company: Company, now: datetime) -> None:
    assert exchange.response_payload is not None
    delivered = Delivered(exchange.job, exchange, text_of(exchange.response_payload), "", now)
    try:
        reading = ingest_profit_and_loss.write(ingest_profit_and_loss.parse(delivered), delivered, company)
    except Refused as problem:
        logger.warning("exchange %s cannot be read again, its figures stay: %s", exchange.pk, problem)
        return
    record(delivered, SyncHistory.SyncType.PROFIT_LOSS, reading, success=True)
