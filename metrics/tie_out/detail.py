"""One month's tie-out, ledger account by ledger account: what is shown, and what the newest stored report says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.cells import Cell, cells
from metrics.profit_and_loss import ZERO, AccountAmount, Section, SectionCheck
from metrics.reading.amount_rows import StoredMonths
from metrics.reading.ingest_profit_and_loss import chart_of, parse
from metrics.reading.sync_record import Refused
from metrics.sources.desktop import UnreadableReport
from metrics.sources.desktop import read_profit_and_loss as read_report
from metrics.tie_out.report import TieOutMonth
from qbwc.models import Exchange
from qbwc.purposes import Delivered

GONE = "The newest report's text is no longer stored, so its rows cannot be shown. Its totals are kept, and compared."
# A total of the report → the section whose accounts make it.
SECTION_OF = {
    "income": Section.INCOME,
    "cost_of_goods_sold": Section.COST_OF_GOODS_SOLD,
    "expense": Section.EXPENSE,
    "other_income": Section.OTHER_INCOME,
    "other_expense": Section.OTHER_EXPENSE,
}


@dataclass(frozen=True)
class AccountPair:
    """A ledger account: the amount that is shown, and that of the newest report; None where it has no row."""

    full_name: str
    number: str
    shown: Decimal | None
    newest: Decimal | None
    newest_row: int | None

    @property
    def difference(self) -> Decimal:
        """Shown less newest."""
        return (self.shown or ZERO) - (self.newest or ZERO)


@dataclass(frozen=True)
class SectionDetail:
    """A section: our total against the printed one, the sum of the newest report's own rows, and its accounts."""

    check: SectionCheck
    newest_rows: Decimal | None
    accounts: tuple[AccountPair, ...]

    @property
    def is_off(self) -> bool:
        """The total shown is not the one printed, or the report's own rows are not."""
        return not self.check.is_tied or self.own_difference != 0

    @property
    def own_difference(self) -> Decimal:
        """The report's rows less its printed total."""
        return ZERO if self.newest_rows is None else self.newest_rows - (self.check.printed or ZERO)

    @property
    def changed(self) -> tuple[AccountPair, ...]:
        return tuple(pair for pair in self.accounts if pair.difference)

    @property
    def same(self) -> tuple[AccountPair, ...]:
        return tuple(pair for pair in self.accounts if not pair.difference)


@dataclass(frozen=True)
class MonthDetail:
    """`problem` says why the newest report could not be read again; then `newest` amounts are unknown."""

    month: TieOutMonth
    sections: tuple[SectionDetail, ...]
    answered_at: datetime | None
    job_id: int | None
    sha256: str
    problem: str


def month_detail(company: Company, basis: str, month: TieOutMonth) -> MonthDetail:
    """Reads the newest stored report again, on demand; writes nothing. Five queries, and the mapping of accounts."""
    shown = cells(company, basis, month.month, month.month)
    exchange = _exchange(company, month.exchange_id)
    newest, problem = _newest(company, month, exchange)
    payload = None if exchange is None else exchange.response_payload
    return MonthDetail(
        month=month,
        sections=tuple(_sections(month, shown, newest)),
        answered_at=None if exchange is None else exchange.answered_at,
        job_id=None if exchange is None else exchange.job_id,
        sha256="" if payload is None else payload.sha256,
        problem=problem,
    )


def _exchange(company: Company, exchange_id: int | None) -> Exchange | None:
    rows = Exchange.objects.filter(pk=exchange_id or 0, job__company_file__company=company)
    return rows.select_related("job__company_file__company", "request_payload", "response_payload").first()


def _newest(
    company: Company, month: TieOutMonth, exchange: Exchange | None
) -> tuple[tuple[AccountAmount, ...] | None, str]:
    """The newest report's rows of the month, or why there are none."""
    if exchange is None or exchange.response_payload is None or exchange.request_payload is None:
        return None, GONE
    try:
        asked = parse(Delivered(exchange.job, exchange, None, "", exchange.answered_at or exchange.sent_at))
        window = asked.window
        chart = chart_of(company, StoredMonths.load(company, window.basis, window.months))
        report = read_report(asked.report, window.months, chart, window.basis, company.currency)
    except (Refused, UnreadableReport) as problem:
        return None, str(problem)
    return (report.amounts_in(month.month), "") if month.month in window.months else (None, GONE)


def _sections(
    month: TieOutMonth, shown: Sequence[Cell], newest: Sequence[AccountAmount] | None
) -> Iterator[SectionDetail]:
    for key, section in SECTION_OF.items():
        check = month.check(key)
        if check is None:
            continue
        ours = [cell for cell in shown if cell.section is section]
        theirs = None if newest is None else [one for one in newest if one.section is section]
        yield SectionDetail(
            check,
            None if theirs is None else sum((one.amount for one in theirs), ZERO),
            tuple(_pairs(ours, theirs)),
        )


def _pairs(ours: Sequence[Cell], theirs: Sequence[AccountAmount] | None) -> list[AccountPair]:
    """Biggest difference first, then biggest amount."""
    left = {one.account_key: one for one in theirs or ()}
    found = []
    for cell in ours:
        other = left.pop(cell.account_key, None)
        amount = cell.amount if theirs is None else None if other is None else other.amount
        row = None if other is None else other.row_number
        found.append(AccountPair(cell.full_name, cell.number, cell.amount, amount, row))
    found += [AccountPair(one.full_name, one.number, None, one.amount, one.row_number) for one in left.values()]
    return sorted(
        found, key=lambda pair: (-abs(pair.difference), -abs(pair.shown or pair.newest or ZERO), pair.full_name)
    )
