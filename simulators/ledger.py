"""The journal of one month: randomness keyed by month and topic, transactions that balance in both bases."""

import calendar
import dataclasses
import datetime
import itertools
import random
from collections.abc import Iterable
from decimal import Decimal

from simulators.people import PACIFIC
from simulators.records import BOTH, ONLY_ACCRUAL, ONLY_CASH, Posting

BANK = "Operating Checking"
RECEIVABLE = "Accounts Receivable"
PAYABLE = "Accounts Payable"
CARD = "Business Visa"

# An amount on an account: cents, a debit when positive.
Entry = tuple[str, int]

_BASE_MONTH = 2020 * 12
_FIRST_MONTH = 1990 * 12  # TxnIDs count from here, to stay as short as real ones
_TOPICS = ("opening", "agreements", "projects", "hardware", "refunds", "costs", "payroll", "journal", "steady")
_TXNS_PER_MONTH = 20_000
_TXNS_PER_TOPIC = 2_000


def dollars(cents: int) -> Decimal:
    """Cents as dollars with exactly two places."""
    return Decimal(cents).scaleb(-2)


@dataclasses.dataclass(frozen=True, slots=True)
class Settlement:
    """The payment of (a part of) an open item: the transaction, its day, and the cents paid."""

    txn_id: str
    date: datetime.date
    cents: int


class MonthBook:
    """One topic of one month. The same seed, month and topic always give the same transactions."""

    def __init__(self, seed: int, month_index: int, topic: str) -> None:
        """`month_index` counts months from year 0: year * 12 + month - 1."""
        self.seed = seed
        self.month_index = month_index
        self.year, self.month = month_index // 12, month_index % 12 + 1
        self.rng = random.Random(f"{seed}/{month_index}/{topic}")
        self.postings: list[Posting] = []
        first = (month_index - _FIRST_MONTH) * _TXNS_PER_MONTH + _TOPICS.index(topic) * _TXNS_PER_TOPIC
        self._numbers = itertools.count(first)

    @property
    def trend(self) -> float:
        """Slow growth by calendar month, 1.0 in January 2020, never below a half."""
        return max(0.5, 1 + 0.004 * (self.month_index - _BASE_MONTH))

    @property
    def last_day(self) -> int:
        """The number of days of this month."""
        return calendar.monthrange(self.year, self.month)[1]

    def day(self, day: int) -> datetime.date:
        """That day of this month, or the month's last day when it is shorter."""
        return datetime.date(self.year, self.month, min(day, self.last_day))

    def some_day(self) -> datetime.date:
        """Any day of this month."""
        return self.day(self.rng.randint(1, self.last_day))

    def cents(self, low: float, high: float) -> int:
        """A random amount between two amounts in dollars of 2020, grown by the trend, in cents."""
        return round(self.rng.uniform(low, high) * 100 * self.trend)

    def post(self, date: datetime.date, memo: str, entries: Iterable[Entry], basis: frozenset[str] = BOTH) -> str:
        """One transaction; the entries must sum to zero. Gives back its TxnID."""
        txn_id = self.new_txn_id(date)
        self._add(txn_id, date, memo, entries, basis)
        return txn_id

    def open_item(self, date: datetime.date, memo: str, control: str, entries: list[Entry]) -> str:
        """An invoice, bill or credit memo: accrual only, against `control` (receivable or payable)."""
        total = sum(cents for _, cents in entries)
        return self.post(date, memo, [*entries, (control, -total)], ONLY_ACCRUAL)

    def settle(self, date: datetime.date, memo: str, control: str, entries: list[Entry]) -> Settlement:
        """Pays an open item's `entries` from the bank: the cash basis sees them on this day."""
        total = sum(cents for _, cents in entries)
        txn_id = self.new_txn_id(date)
        self._add(txn_id, date, memo, [(BANK, -total)], BOTH)
        self._add(txn_id, date, memo, [(control, total)], ONLY_ACCRUAL)
        self._add(txn_id, date, memo, entries, ONLY_CASH)
        return Settlement(txn_id, date, abs(total))

    def new_txn_id(self, date: datetime.date) -> str:
        """A TxnID in QuickBooks' shape, of this month and topic only: "4E2F1A-1718222400"."""
        return f"{next(self._numbers):X}-{int(moment(date).timestamp())}"

    def _add(
        self, txn_id: str, date: datetime.date, memo: str, entries: Iterable[Entry], basis: frozenset[str]
    ) -> None:
        self.postings.extend(
            Posting(date, name, dollars(cents), basis, txn_id, memo) for name, cents in entries if cents
        )


def moment(date: datetime.date) -> datetime.datetime:
    """When a transaction of that day was entered."""
    return datetime.datetime(date.year, date.month, date.day, 10, 15, tzinfo=PACIFIC)


def split_in_two(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Two parts that add up to `entries` to the cent, line by line."""
    first = [(name, int(cents / 2)) for name, cents in entries]
    return first, [(name, cents - half) for (name, cents), (_, half) in zip(entries, first, strict=True)]
