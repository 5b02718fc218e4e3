"""The chart of accounts of a managed-service provider, oddities of real files included."""

import dataclasses

from simulators.records import Account

NAME_LIMIT = 31  # characters per level; QuickBooks cuts the rest


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """One line of the chart; `level` places it below the nearest line above with a smaller level."""

    level: int
    number: str
    name: str
    account_type: str
    special_type: str = ""
    is_active: bool = True


# "Blue Heron Initiative" says nothing about what it is: no default mapping can know it.
_INCOME = (
    (0, "40000", "Managed Services"),
    (1, "40100", "Managed IT Agreements"),
    (1, "40200", "Co-Managed IT Support"),
    (1, "40300", "Compliance & Security"),
    (2, "40310", "HIPAA Compliance Agreements"),
    (2, "40320", "Email Security"),
    (0, "41000", "Cloud Services"),
    (1, "41100", "Microsoft 365 & Azure"),
    (2, "41110", "Microsoft 365 Licenses"),
    (2, "41120", "Azure Subscriptions"),
    (1, "41200", "Hosted Backup & Recovery"),
    (1, "41300", "VoIP  Telephony"),
    (1, "41400", "Data Center Hosting Montréal"),
    (0, "42000", "Project Services"),
    (1, "42100", "Network Cabling"),
    (1, "42200", "Cloud Migrations"),
    (1, "42300", "vCIO Consulting"),
    (0, "43000", "Hourly Labor"),
    (1, "43100", "After Hours Service Calls"),
    (0, "44000", "Hardware Sales"),
    (1, "44100", "Servers & Network"),
    (1, "44200", "Workstations & Laptops"),
    (1, "44300", "Printers & Toner"),
    (0, "45000", "Shipping & Freight Charged"),
    (0, "46000", "Prepaid Block Hours"),
    (0, "46500", "Hardware as a Service Rental"),
    (0, "47000", "Blue Heron Initiative"),
    (0, "48000", "Legacy Web Hosting"),
    (0, "49000", "Sales Discounts"),
    (0, "49100", "Refunds & Allowances"),
)
_COST_OF_GOODS_SOLD = (
    (0, "50000", "Technical Labor"),
    (1, "50100", "Service Desk Wages"),
    (1, "50200", "Field Engineer Wages"),
    (0, "51000", "Cost of Hardware Sold"),
    (0, "52000", "Cloud & Licensing Costs"),
    (1, "52100", "Microsoft CSP Costs"),
    (2, "52110", "Azure Consumption"),
    (1, "52200", "Backup Storage Costs"),
    (1, "52300", "VoIP Carrier Costs"),
    (0, "53000", "RMM & PSA Tools"),
    (0, "54000", "Subcontractors"),
    (0, "55000", "Freight In"),
)
_EXPENSE = (
    (0, "60000", "Payroll Expenses"),
    (1, "60100", "Officer Salary"),
    (1, "60150", "Officer Payroll Taxes"),
    (1, "60200", "Staff Salaries"),
    (2, "60210", "Administrative Wages"),
    (2, "60220", "Sales Commissions"),
    (2, "60230", "Staff Bonuses"),
    (2, "60231", "Staff  Bonuses"),
    (1, "60300", "Employer Payroll Taxes"),
    (1, "60400", "Health & Dental Insurance"),
    (1, "60500", "401k Employer Match"),
    (1, "60600", "Workers Comp Insurance"),
    (0, "61000", "Payroll Processing Fees"),
    (0, "61100", "Recruiting"),
    (0, "62000", "Training & Certification"),
    (1, "62100", "Total Quality Training"),
    (0, "63000", "Rent & Utilities"),
    (1, "63100", "Office Rent"),
    (1, "63200", "Utilities"),
    (1, "63300", "Internet & Phone"),
    (0, "64000", "Automobile Expense"),
    (1, "64100", "Fuel"),
    (1, "64200", "Auto Repairs"),
    (0, "65000", "Insurance"),
    (1, "65100", "Professional Liability Insurance"),
    (1, "65200", "Cyber Insurance"),
    (0, "66000", "Advertising & Marketing"),
    (1, "66100", "Trade Shows"),
    (0, "67000", "Office Expenses"),
    (1, "67100", "Office Supplies"),
    (1, "67200", "Postage"),
    (0, "67500", "Software Subscriptions"),
    (0, "68000", "Professional Fees"),
    (1, "68100", "Legal Fees"),
    (1, "68200", "Accounting"),
    (0, "69000", "Travel & Meals"),
    (1, "69100", "Travel"),
    (1, "69200", "Café & Client Meals"),
    (0, "70000", "Bank & Merchant Fees"),
    (0, "71000", "Repairs & Maintenance"),
    (0, "72000", "Bad Debt"),
    (0, "73000", "Dues & Memberships"),
    (0, "74000", "Charitable Donations"),
    (0, "76000", "Depreciation Expense"),
)
_OTHER_INCOME = (
    (0, "80000", "Interest Income"),
    (0, "81000", "Vendor Rebates & MDF"),
    (0, "82000", "Referral Commissions"),
    (0, "83000", "Gain on Asset Sales"),
)
_OTHER_EXPENSE = (
    (0, "90000", "Interest Expense"),
    (0, "91000", "Penalties & Fines"),
    (0, "92000", "Income Tax Expense"),
    (0, "93000", "Shareholder Distributions"),
    (0, "94000", "Amortization"),
    (0, "95000", "Ask My Accountant"),
)
_BALANCE_SHEET = (
    _Line(0, "10000", "Operating Checking", "Bank"),
    _Line(0, "10100", "Payroll Checking", "Bank"),
    _Line(0, "10200", "Savings", "Bank"),
    _Line(0, "11000", "Accounts Receivable", "AccountsReceivable", "AccountsReceivable"),
    _Line(0, "12000", "Undeposited Funds", "OtherCurrentAsset", "UndepositedFunds"),
    _Line(0, "15000", "Computers & Equipment", "FixedAsset"),
    _Line(1, "15900", "Accumulated Depreciation", "FixedAsset"),
    _Line(0, "18000", "Security Deposits", "OtherAsset"),
    _Line(0, "20000", "Accounts Payable", "AccountsPayable", "AccountsPayable"),
    _Line(0, "21000", "Business Visa", "CreditCard"),
    _Line(0, "24000", "Payroll Liabilities", "OtherCurrentLiability", "PayrollLiabilities"),
    _Line(0, "25500", "Sales Tax Payable", "OtherCurrentLiability", "SalesTaxPayable"),
    _Line(0, "28000", "Vehicle Loan", "LongTermLiability"),
    _Line(0, "30000", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    _Line(0, "31000", "Capital Stock", "Equity"),
    _Line(0, "32000", "Retained Earnings", "Equity", "RetainedEarnings"),
)
_NON_POSTING = (
    _Line(0, "2", "Purchase Orders", "NonPosting", "PurchaseOrders"),
    _Line(0, "4", "Estimates", "NonPosting", "Estimates"),
)
_SPECIAL_TYPES = {"Payroll Expenses": "PayrollExpenses", "Cost of Hardware Sold": "CostOfGoodsSold"}
_INACTIVE = frozenset({"Legacy Web Hosting"})

# Where the accounts of a large chart go: (AccountType, parent, words of the name), dealt out in turn.
_EXTRAS = (
    ("Income", "Hardware Sales", "Hardware Line"),
    ("CostOfGoodsSold", "Cost of Hardware Sold", "Hardware Cost"),
    ("Expense", "Office Expenses", "Office Cost"),
    ("Expense", "Insurance", "Insurance Policy"),
    ("OtherIncome", "Interest Income", "Interest Income Note"),
    ("OtherExpense", "Interest Expense", "Interest Expense Note"),
)


def make_chart(*, uses_account_numbers: bool, extra_accounts: int = 0) -> tuple[Account, ...]:
    """All accounts, parents before children; `extra_accounts` more Profit & Loss accounts on request."""
    accounts: list[Account] = []
    open_parents: list[str] = []
    for index, line in enumerate(_all_lines()):
        del open_parents[line.level :]
        account = _account(index, line, open_parents[-1] if open_parents else "", uses_account_numbers)
        accounts.append(account)
        open_parents.append(account.full_name)
    for index in range(extra_accounts):
        _insert(accounts, _extra_account(index, uses_account_numbers))
    return tuple(accounts)


def _all_lines() -> tuple[_Line, ...]:
    sections = (
        ("Income", _INCOME),
        ("CostOfGoodsSold", _COST_OF_GOODS_SOLD),
        ("Expense", _EXPENSE),
        ("OtherIncome", _OTHER_INCOME),
        ("OtherExpense", _OTHER_EXPENSE),
    )
    lines = [_profit_and_loss_line(row, account_type) for account_type, rows in sections for row in rows]
    return (*_BALANCE_SHEET, *lines, *_NON_POSTING)


def _profit_and_loss_line(row: tuple[int, str, str], account_type: str) -> _Line:
    level, number, name = row
    special_type = _SPECIAL_TYPES.get(name, "")
    return _Line(level, number, name[:NAME_LIMIT], account_type, special_type, name not in _INACTIVE)


def _account(index: int, line: _Line, parent: str, uses_account_numbers: bool) -> Account:
    return Account(
        list_id=list_id(index + 1),
        name=line.name,
        full_name=f"{parent}:{line.name}" if parent else line.name,
        parent=parent,
        number=line.number if uses_account_numbers else "",
        account_type=line.account_type,
        special_type=line.special_type,
        is_active=line.is_active,
        sublevel=line.level,
    )


def _extra_account(index: int, uses_account_numbers: bool) -> Account:
    account_type, parent, words = _EXTRAS[index % len(_EXTRAS)]
    line = _Line(1, f"9{index:05}", f"{words} {index + 1:03}", account_type)
    return _account(0x400 + index, line, parent, uses_account_numbers)


def _insert(accounts: list[Account], extra: Account) -> None:
    """Puts `extra` behind the last account below its parent."""
    family = [n for n, a in enumerate(accounts) if f"{a.full_name}:".startswith(f"{extra.parent}:")]
    accounts.insert(family[-1] + 1, extra)


def list_id(number: int, created: int = 1415022649) -> str:
    """A ListID in QuickBooks' shape: a hexadecimal counter, a hyphen, seconds since 1970."""
    return f"{0x80000000 + number:X}-{created + number * 61}"
