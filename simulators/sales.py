"""What a simulated company sells in a month: agreements, projects, hours, hardware, refunds, and who pays when."""

import dataclasses
import datetime
import random
from decimal import Decimal

from simulators.ledger import (
    PAYABLE,
    RECEIVABLE,
    Entry,
    MonthBook,
    Settlement,
    dollars,
    moment,
    split_in_two,
)
from simulators.records import Customer, Invoice, InvoiceLine

LONGEST_WAIT_DAYS = 95  # nobody pays later; the lead-in of the books covers it

_MANAGED = "Managed Services"
_CLOUD = "Cloud Services"
_MICROSOFT = f"{_CLOUD}:Microsoft 365 & Azure"
_COMPLIANCE = f"{_MANAGED}:Compliance & Security"
# Recurring lines: account, words, dollars per seat of 2020, chance that a customer takes it.
_RECURRING = (
    (f"{_MANAGED}:Managed IT Agreements", "Managed IT agreement, per seat", (92, 118), 0.72),
    (f"{_MANAGED}:Co-Managed IT Support", "Co-managed support, per seat", (48, 60), 0.22),
    (f"{_COMPLIANCE}:HIPAA Compliance Agreements", "HIPAA compliance, per seat", (9, 13), 0.25),
    (f"{_COMPLIANCE}:Email Security", "Email security, per mailbox", (4, 6), 0.6),
    (f"{_MICROSOFT}:Microsoft 365 Licenses", "Microsoft 365 Business Premium", (20, 24), 0.75),
    (f"{_MICROSOFT}:Azure Subscriptions", "Azure subscription", (6, 16), 0.3),
    (f"{_CLOUD}:Hosted Backup & Recovery", "Hosted backup", (8, 12), 0.45),
    (f"{_CLOUD}:VoIP  Telephony", "VoIP seat", (19, 25), 0.35),
    (f"{_CLOUD}:Data Center Hosting Montréal", "Hosted server", (5, 9), 0.15),
    ("Hardware as a Service Rental", "Workstation rental", (11, 15), 0.12),
)
# Work by the job: account, words, dollars of 2020, mean number of invoices in a month.
_JOBS = (
    ("Project Services", "Project, fixed price", (2200, 9500), 2.4),
    ("Project Services:Network Cabling", "Network cabling", (900, 4200), 0.9),
    ("Project Services:Cloud Migrations", "Cloud migration", (2400, 8200), 0.8),
    ("Project Services:vCIO Consulting", "vCIO consulting", (700, 2600), 0.9),
    ("Hourly Labor", "Technician, hourly", (140, 1400), 6.0),
    ("Hourly Labor:After Hours Service Calls", "After hours call", (190, 900), 1.3),
    ("Prepaid Block Hours", "Block of 20 hours", (2400, 2900), 0.6),
    ("Managed Services", "Onsite day within agreement", (400, 900), 0.8),
    ("Cloud Services", "Cloud setup credit hours", (150, 500), 0.4),
    ("Managed Services:Compliance & Security", "Security review", (600, 1500), 0.35),
    ("Cloud Services:Microsoft 365 & Azure", "Tenant clean-up", (200, 800), 0.3),
)
_HARDWARE = (
    ("Hardware Sales:Servers & Network", "Server", (3800, 9800), 0.7),
    ("Hardware Sales:Workstations & Laptops", "Laptop", (1100, 7200), 2.6),
    ("Hardware Sales:Printers & Toner", "Printer and toner", (140, 900), 0.8),
    ("Hardware Sales", "Cables and parts", (60, 700), 1.5),
)
_AGREEMENTS = 32
_FEWEST_SEATS = 12
_BILLED_QUARTERLY = (12, 14, 15)  # three of the smallest customers, by seats
_PROJECT_SEASON = (0.9, 1.0, 1.1, 1.1, 1.05, 1.15, 0.8, 0.85, 1.1, 1.15, 1.0, 0.8)
_HARDWARE_SEASON = (0.7, 0.8, 1.0, 0.9, 0.9, 1.1, 0.7, 1.0, 1.1, 1.0, 1.2, 1.7)


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """An invoice as written, with its payments; what is paid on a day is for `invoice_on` to say."""

    txn_id: str
    number: int
    customer: Customer
    date: datetime.date
    lines: tuple[InvoiceLine, ...]
    cents: int
    settlements: tuple[Settlement, ...]
    memo: str

    def invoice_on(self, as_of: datetime.date) -> Invoice:
        """The invoice as it stands on that day."""
        settled = [s for s in self.settlements if s.date <= as_of]
        paid = sum(s.cents for s in settled)
        modified = moment(max((s.date for s in settled), default=self.date))
        return Invoice(
            txn_id=self.txn_id,
            txn_number=self.number,
            ref_number=str(self.number),
            customer_list_id=self.customer.list_id,
            customer_full_name=self.customer.full_name,
            date=self.date,
            due_date=self.date + datetime.timedelta(days=30),
            lines=self.lines,
            subtotal=dollars(self.cents),
            applied_amount=dollars(paid),
            balance_remaining=dollars(self.cents - paid),
            is_paid=paid == self.cents,
            memo=self.memo,
            time_created=moment(self.date),
            time_modified=modified,
            edit_sequence=str(int(modified.timestamp())),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Subscription:
    """One recurring line of a customer: so many seats at so many dollars of 2020."""

    account: str
    words: str
    seats: int
    dollars: float


@dataclasses.dataclass(frozen=True, slots=True)
class Agreement:
    """What one customer is billed on the first of the month; a quarterly one every third month."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]
    every_months: int


class SalesMonth:
    """Writes one month's sales of one topic into a MonthBook."""

    def __init__(self, book: MonthBook) -> None:
        """`book` must be fresh: invoice numbers count from its start."""
        self.book = book
        self.sales: list[Sale] = []

    def invoice(
        self, customer: Customer, date: datetime.date, lines: list[tuple[str, str, int, int]], memo: str
    ) -> None:
        """Bills `lines` (account, words, quantity, cents each) and books when and how they are paid."""
        entries = [(account, -quantity * cents) for account, _, quantity, cents in lines]
        txn_id = self.book.open_item(date, memo, RECEIVABLE, entries)
        written = tuple(_line(txn_id, position, line) for position, line in enumerate(lines, start=1))
        self.sales.append(
            Sale(
                txn_id=txn_id,
                number=int(txn_id.split("-")[0], 16),
                customer=customer,
                date=date,
                lines=written,
                cents=-sum(cents for _, cents in entries),
                settlements=self._payments(date, memo, entries),
                memo=memo,
            )
        )

    def _payments(self, date: datetime.date, memo: str, entries: list[Entry]) -> tuple[Settlement, ...]:
        """Most pay in one piece, some in two; one in fifty not at all."""
        rng = self.book.rng
        chance = rng.random()
        if chance < 0.02:
            return ()
        parts = split_in_two(entries) if chance < 0.10 else (entries,)
        waits = sorted(rng.randint(4, LONGEST_WAIT_DAYS - 40 * (chance < 0.8)) for _ in parts)
        return tuple(
            self.book.settle(date + datetime.timedelta(days=wait), f"Payment: {memo}", RECEIVABLE, part)
            for wait, part in zip(waits, parts, strict=True)
        )


def make_agreements(seed: int, customers: tuple[Customer, ...]) -> tuple[Agreement, ...]:
    """The recurring agreements of the customers, the same for a seed on every day.

    A seed deals out who is large and who is small; the seats of all together are always the same.
    """
    billed = [customer for customer in customers if not customer.parent and customer.is_active][:_AGREEMENTS]
    seats = [_FEWEST_SEATS + position for position in range(len(billed))]
    random.Random(f"{seed}/seats").shuffle(seats)
    return tuple(_agreement(seed, customer, count) for customer, count in zip(billed, seats, strict=True))


def _agreement(seed: int, customer: Customer, seats: int) -> Agreement:
    rng = random.Random(f"{seed}/agreement/{customer.list_id}")
    # The first line is always taken, so that no agreement is empty.
    taken = [row for position, row in enumerate(_RECURRING) if rng.random() < row[3] or position == 0]
    subscriptions = tuple(
        Subscription(account, words, max(1, round(seats * rng.uniform(0.7, 1.0))), rng.uniform(*price))
        for account, words, price, _ in taken
    )
    return Agreement(customer, subscriptions, 3 if seats in _BILLED_QUARTERLY else 1)


def sell_agreements(book: MonthBook, agreements: tuple[Agreement, ...]) -> SalesMonth:
    """Bills every agreement that is due this month, on the first."""
    month = SalesMonth(book)
    for position, agreement in enumerate(agreements):
        if (book.month_index + position) % agreement.every_months == 0:
            lines = [
                (line.account, line.words, line.seats * agreement.every_months, round(line.dollars * 100 * book.trend))
                for line in agreement.subscriptions
            ]
            month.invoice(agreement.customer, book.day(1), lines, "Monthly agreement")
    return month


def sell_projects(book: MonthBook, customers: tuple[Customer, ...]) -> SalesMonth:
    """Bills the projects, hours and oddities of one month."""
    month = SalesMonth(book)
    for account, words, price, mean in _JOBS:
        for _ in range(how_many(book, mean * _PROJECT_SEASON[book.month - 1])):
            lines = [(account, words, 1, book.cents(*price))]
            if book.rng.random() < 0.07:
                lines.append(("Sales Discounts", "Loyalty discount", 1, -lines[0][3] // 10))
            month.invoice(book.rng.choice(customers), book.some_day(), lines, words)
    if book.month % 2 == 1:
        line = ("Blue Heron Initiative", "Blue Heron", 1, book.cents(600, 1900))
        month.invoice(customers[0], book.day(12), [line], "Blue Heron")
    if book.month % 3 == 1:
        line = ("Legacy Web Hosting", "Web hosting, old plan", 3, book.cents(18, 30))
        month.invoice(customers[1], book.day(3), [line], "Legacy hosting")
    return month


def sell_hardware(book: MonthBook, customers: tuple[Customer, ...]) -> SalesMonth:
    """Bills hardware with its freight, and the supplier's bills that go with it."""
    month = SalesMonth(book)
    for account, words, price, mean in _HARDWARE:
        for _ in range(how_many(book, mean * _HARDWARE_SEASON[book.month - 1])):
            cents, date = book.cents(*price), book.some_day()
            lines = [(account, words, 1, cents)]
            if book.rng.random() < 0.6:
                lines.append(("Shipping & Freight Charged", "Freight", 1, book.cents(18, 90)))
            month.invoice(book.rng.choice(customers), date, lines, words)
            _buy(book, date, words, cents)
    return month


def _buy(book: MonthBook, date: datetime.date, words: str, price: int) -> None:
    """The supplier's bill for one piece of hardware, paid some weeks later."""
    bill = [("Cost of Hardware Sold", round(price * book.rng.uniform(0.76, 0.86)))]
    if book.rng.random() < 0.4:
        bill.append(("Freight In", book.cents(12, 60)))
    book.open_item(date, f"Purchase: {words}", PAYABLE, bill)
    paid = date + datetime.timedelta(days=book.rng.randint(5, 40))
    book.settle(paid, f"Bill payment: {words}", PAYABLE, bill)


def refund(book: MonthBook) -> None:
    """In two months of five a customer gets money back: contra income, by credit memo and cheque."""
    if book.rng.random() < 0.4:
        date = book.some_day()
        entries = [("Refunds & Allowances", book.cents(80, 700))]
        book.open_item(date, "Credit memo", RECEIVABLE, entries)
        book.settle(date + datetime.timedelta(days=6), "Refund by cheque", RECEIVABLE, entries)


def how_many(book: MonthBook, mean: float) -> int:
    """A small random number with that mean: some months none, which leaves cells of a report empty."""
    whole = int(mean)
    spread = book.rng.randint(-1, 1) if whole >= 2 else 0
    return whole + spread + (book.rng.random() < mean - whole)


def _line(txn_id: str, position: int, line: tuple[str, str, int, int]) -> InvoiceLine:
    account, words, quantity, cents = line
    counter, created = txn_id.split("-")
    return InvoiceLine(
        txn_line_id=f"{int(counter, 16) * 16 + position:X}-{created}",
        item_full_name=words[:31],
        description=words,
        quantity=Decimal(quantity),
        rate=dollars(cents),
        amount=dollars(quantity * cents),
        account_full_name=account,
    )
