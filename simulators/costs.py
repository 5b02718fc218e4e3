"""What a simulated company spends in a month: bills, card charges, payroll, month-end journals."""

import dataclasses
import datetime
import enum
import random

from simulators.ledger import BANK, CARD, PAYABLE, RECEIVABLE, Entry, MonthBook

_PAYROLL = "Payroll Expenses"
_STAFF = f"{_PAYROLL}:Staff Salaries"
_CSP = "Cloud & Licensing Costs:Microsoft CSP Costs"
_LOSS_EVERY_MONTHS = 36


class How(enum.Enum):
    """How a cost is paid: a bill paid weeks later, the card, or straight from the bank."""

    BILL = "bill"
    CARD = "card"
    BANK = "bank"


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """A cost that may arise once a month: dollars of 2020, day (0 = any), chance, and the months it falls in."""

    account: str
    words: str
    low: float
    high: float
    how: How
    day: int = 0
    chance: float = 1.0
    months: tuple[int, ...] = tuple(range(1, 13))


_QUARTER_STARTS = (1, 4, 7, 10)
_QUARTER_ENDS = (3, 6, 9, 12)
_COSTS = (
    Cost("Cloud & Licensing Costs", "Distributor licensing", 300, 900, How.BILL, 8, 0.6),
    Cost(_CSP, "Microsoft CSP invoice", 5200, 6800, How.BILL, 6),
    Cost(f"{_CSP}:Azure Consumption", "Azure consumption", 1100, 2400, How.BILL, 6),
    Cost("Cloud & Licensing Costs:Backup Storage Costs", "Backup storage", 1300, 1800, How.BILL, 9),
    Cost("Cloud & Licensing Costs:VoIP Carrier Costs", "Carrier", 1500, 2300, How.BILL, 11),
    Cost("RMM & PSA Tools", "RMM and PSA", 4100, 4700, How.CARD, 2),
    Cost("Subcontractors", "Subcontractor", 700, 4200, How.BILL, 0, 0.55),
    Cost("Payroll Processing Fees", "Payroll service", 190, 260, How.BANK, 16),
    Cost("Recruiting", "Job board", 250, 2800, How.CARD, 0, 0.15),
    Cost("Training & Certification", "Course", 150, 1400, How.CARD, 0, 0.35),
    Cost("Training & Certification:Total Quality Training", "Quality workshop", 500, 1600, How.BILL, 20, 0.3),
    Cost("Rent & Utilities:Office Rent", "Rent", 4800, 4800, How.BANK, 1),
    Cost("Rent & Utilities:Utilities", "Electricity", 240, 520, How.BILL, 14),
    Cost("Rent & Utilities:Internet & Phone", "Internet", 410, 470, How.CARD, 18),
    Cost("Rent & Utilities", "Common area charges", 350, 600, How.BILL, 22, 1.0, _QUARTER_ENDS),
    Cost("Automobile Expense:Fuel", "Fuel", 180, 460, How.CARD),
    Cost("Automobile Expense:Auto Repairs", "Garage", 150, 1400, How.CARD, 0, 0.2),
    Cost("Automobile Expense", "Parking and tolls", 40, 180, How.CARD),
    Cost(
        "Insurance:Professional Liability Insuranc", "Liability premium", 2100, 2300, How.BILL, 5, 1.0, _QUARTER_STARTS
    ),
    Cost("Insurance:Cyber Insurance", "Cyber premium", 390, 450, How.BANK, 5),
    Cost("Insurance", "Package policy", 1200, 1500, How.BILL, 9, 1.0, (2, 8)),
    Cost("Advertising & Marketing", "Advertising", 600, 2600, How.CARD),
    Cost("Advertising & Marketing:Trade Shows", "Trade show", 1800, 4200, How.BILL, 0, 1.0, (3, 9)),
    Cost("Office Expenses", "Cleaning", 220, 340, How.BILL, 25),
    Cost("Office Expenses:Office Supplies", "Supplies", 60, 520, How.CARD),
    Cost("Office Expenses:Postage", "Postage", 15, 80, How.CARD, 0, 0.6),
    Cost("Software Subscriptions", "Own software", 950, 1250, How.CARD, 4),
    Cost("Professional Fees", "Adviser", 400, 1500, How.BILL, 0, 0.2),
    Cost("Professional Fees:Legal Fees", "Counsel", 300, 1800, How.BILL, 0, 0.25),
    Cost("Professional Fees:Accounting", "Bookkeeper", 750, 900, How.BILL, 28),
    Cost("Travel & Meals:Travel", "Flight and hotel", 300, 1900, How.CARD, 0, 0.4),
    Cost("Travel & Meals:Café & Client Meals", "Client lunch", 80, 420, How.CARD),
    Cost("Travel & Meals", "Per diem", 60, 300, How.BANK, 0, 0.25),
    Cost("Bank & Merchant Fees", "Merchant fees", 280, 620, How.BANK, 31),
    Cost("Repairs & Maintenance", "Repair", 90, 900, How.BILL, 0, 0.3),
    Cost("Dues & Memberships", "Peer group dues", 850, 950, How.CARD, 10, 1.0, _QUARTER_STARTS),
    Cost("Charitable Donations", "Donation", 100, 1500, How.BANK, 0, 0.15),
    Cost("Penalties & Fines", "Late filing", 25, 180, How.BANK, 0, 0.08),
    Cost("Income Tax Expense", "Tax estimate", 1500, 2200, How.BANK, 15, 1.0, (4, 6, 9, 1)),
    Cost("Shareholder Distributions", "Distribution", 2000, 3500, How.BANK, 28, 1.0, _QUARTER_ENDS),
    Cost(f"{_PAYROLL}:Health & Dental Insurance", "Health plan", 5600, 6100, How.BANK, 1),
    Cost(f"{_PAYROLL}:Workers Comp Insurance", "Workers comp premium", 310, 380, How.BILL, 12),
)
# What each of the two pay days of a month books: account, dollars of 2020, chance.
_WAGES = (
    ("Technical Labor:Service Desk Wages", (9200, 9900), 1.0),
    ("Technical Labor:Field Engineer Wages", (6200, 6900), 1.0),
    ("Technical Labor", (200, 900), 0.35),
    (f"{_PAYROLL}:Officer Salary", (7000, 7000), 1.0),
    (_STAFF, (3500, 3800), 1.0),
    (f"{_STAFF}:Administrative Wages", (3000, 3300), 1.0),
    (f"{_STAFF}:Sales Commissions", (500, 1700), 0.5),
    (_PAYROLL, (40, 300), 0.4),
)
_BANK_LINES = (
    ("Interest Income", -18.0, -64.0, 31, 1.0, tuple(range(1, 13))),
    ("Vendor Rebates & MDF", -600.0, -1800.0, 20, 1.0, _QUARTER_STARTS),
    ("Referral Commissions", -80.0, -700.0, 17, 0.4, tuple(range(1, 13))),
    ("Gain on Asset Sales", -200.0, -900.0, 23, 1.0, (5,)),
)


def buy(book: MonthBook) -> None:
    """Books every cost of the table that falls in this month."""
    for cost in _COSTS:
        if book.month in cost.months and book.rng.random() < cost.chance:
            _spend(book, cost)


def _spend(book: MonthBook, cost: Cost) -> None:
    date = book.day(cost.day) if cost.day else book.some_day()
    entries: list[Entry] = [(cost.account, book.cents(cost.low, cost.high))]
    if cost.how is How.BILL:
        book.open_item(date, cost.words, PAYABLE, entries)
        paid = date + datetime.timedelta(days=book.rng.randint(7, 45))
        book.settle(paid, f"Bill payment: {cost.words}", PAYABLE, entries)
    else:
        source = CARD if cost.how is How.CARD else BANK
        book.post(date, cost.words, [*entries, (source, -entries[0][1])])


def pay_staff(book: MonthBook) -> None:
    """Pay days on the 15th and the last day, tax deposits, the year-end bonus in two accounts."""
    for day in (15, 31):
        wages = [(name, book.cents(*pay)) for name, pay, chance in _WAGES if book.rng.random() < chance]
        if book.month == 12 and day == 15:
            wages += [
                (f"{_STAFF}:Staff Bonuses", book.cents(2000, 3000)),
                (f"{_STAFF}:Staff  Bonuses", book.cents(300, 600)),
            ]
        _pay(book, book.day(day), wages)


def _pay(book: MonthBook, date: datetime.date, wages: list[Entry]) -> None:
    gross = sum(cents for _, cents in wages)
    officer = sum(cents for name, cents in wages if name.endswith(":Officer Salary"))
    taxes: list[Entry] = [
        (f"{_PAYROLL}:Officer Payroll Taxes", officer * 765 // 10_000),
        (f"{_PAYROLL}:Employer Payroll Taxes", (gross - officer) * 815 // 10_000),
        (f"{_PAYROLL}:401k Employer Match", (gross - officer) * 3 // 100),
    ]
    withheld = sum(cents for _, cents in taxes) + gross * 22 // 100
    net = gross + sum(cents for _, cents in taxes) - withheld
    book.post(date, "Payroll", [*wages, *taxes, ("Payroll Liabilities", -withheld), ("Payroll Checking", -net)])
    deposit = date + datetime.timedelta(days=3)
    book.post(deposit, "Tax deposit", [("Payroll Liabilities", withheld), (BANK, -withheld)])
    book.post(date, "Transfer for payroll", [("Payroll Checking", net), (BANK, -net)])


def close_month(book: MonthBook) -> None:
    """Month-end journals: depreciation, amortization, loan, bank lines, the card, and now and then a disaster."""
    end = book.day(31)
    _journal(book, end, "Depreciation Expense", book.cents(780, 820), "Computers & Equipment:Accumulated Depreciation")
    if book.month in _QUARTER_ENDS:
        _journal(book, end, "Amortization", book.cents(240, 240), "Security Deposits")
    interest, principal = book.cents(95, 140), book.cents(420, 430)
    entries = [("Interest Expense", interest), ("Vehicle Loan", principal), (BANK, -interest - principal)]
    book.post(book.day(10), "Vehicle loan", entries)
    for account, low, high, day, chance, months in _BANK_LINES:
        if book.month in months and book.rng.random() < chance:
            _journal(book, book.day(day), account, book.cents(high, low), BANK)
    card = book.cents(8500, 9500)
    book.post(book.day(27), "Card payment", [(CARD, card), (BANK, -card)])
    if is_loss_month(book.seed, book.month_index):
        _book_disaster(book)


def is_loss_month(seed: int, month_index: int) -> bool:
    """One month in every 36 ends in a loss, whichever 36 are looked at."""
    return month_index % _LOSS_EVERY_MONTHS == random.Random(f"{seed}/loss").randrange(_LOSS_EVERY_MONTHS)


def _book_disaster(book: MonthBook) -> None:
    """A lawsuit settled and a large customer's debt written off."""
    bill: list[Entry] = [("Professional Fees:Legal Fees", book.cents(88_000, 96_000))]
    book.open_item(book.day(20), "Settlement of lawsuit", PAYABLE, bill)
    book.settle(book.day(24), "Settlement paid", PAYABLE, bill)
    debt = book.cents(21_000, 26_000)
    book.open_item(book.day(21), "Debt written off", RECEIVABLE, [("Bad Debt", debt)])


def _journal(book: MonthBook, date: datetime.date, account: str, cents: int, other: str) -> None:
    book.post(date, account, [(account, cents), (other, -cents)])


def keep_busy(book: MonthBook, accounts: dict[str, int]) -> None:
    """One posting on every account (full name -> +1 expense, -1 income): no idle cell in a large report."""
    entries: list[Entry] = [(name, sign * book.cents(20, 400)) for name, sign in accounts.items()]
    book.post(book.day(2), "Steady business", [*entries, (BANK, -sum(cents for _, cents in entries))])
