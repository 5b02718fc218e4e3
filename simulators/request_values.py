"""Which values the leaves of a request may hold: enumerations, dates, numbers, booleans, lengths."""

import datetime
import re
from decimal import Decimal

from simulators import statuses
from simulators.statuses import Status

_REPORT_DATE_MACROS = (
    "All Today ThisWeek ThisWeekToDate ThisMonth ThisMonthToDate ThisQuarter ThisQuarterToDate ThisYear "
    "ThisYearToDate Yesterday LastWeek LastWeekToDate LastMonth LastMonthToDate LastQuarter LastQuarterToDate "
    "LastYear LastYearToDate NextWeek NextFourWeeks NextMonth NextQuarter NextYear"
)
_TRANSACTION_DATE_MACROS = (
    "All Today ThisWeek ThisWeekToDate ThisMonth ThisMonthToDate ThisCalendarQuarter ThisCalendarQuarterToDate "
    "ThisFiscalQuarter ThisFiscalQuarterToDate ThisCalendarYear ThisCalendarYearToDate ThisFiscalYear "
    "ThisFiscalYearToDate Yesterday LastWeek LastWeekToDate LastMonth LastMonthToDate LastCalendarQuarter "
    "LastCalendarQuarterToDate LastFiscalQuarter LastFiscalQuarterToDate LastCalendarYear LastCalendarYearToDate "
    "LastFiscalYear LastFiscalYearToDate NextWeek NextFourWeeks NextMonth NextCalendarQuarter NextCalendarYear "
    "NextFiscalQuarter NextFiscalYear"
)
_ROWS_OR_COLUMNS = "ActiveOnly NonZero All"

# qbXML sheet, sections 3 to 5. A value must stand there exactly, white space included (sheet 1.1).
ENUMERATIONS = {
    name: frozenset(values.split())
    for name, values in {
        "ActiveStatus": "ActiveOnly InactiveOnly All",
        "AccountType": "AccountsPayable AccountsReceivable Bank CostOfGoodsSold CreditCard Equity Expense FixedAsset "
        "Income LongTermLiability NonPosting OtherAsset OtherCurrentAsset OtherCurrentLiability OtherExpense "
        "OtherIncome",
        "MatchCriterion": "StartsWith Contains EndsWith",
        "Operator": "LessThan LessThanEqual Equal GreaterThan GreaterThanEqual",
        "PaidStatus": "All PaidOnly NotPaidOnly",
        "DateMacro": _TRANSACTION_DATE_MACROS,
        "ReportDateMacro": _REPORT_DATE_MACROS,
        "ReportModifiedDateRangeMacro": _REPORT_DATE_MACROS,
        "GeneralSummaryReportType": "BalanceSheetByClass BalanceSheetPrevYearComp BalanceSheetStandard "
        "BalanceSheetSummary CustomerBalanceSummary ExpenseByVendorSummary IncomeByCustomerSummary "
        "InventoryStockStatusByItem InventoryStockStatusByVendor IncomeTaxSummary InventoryValuationSummary "
        "InventoryValuationSummaryBySite LotNumberInStockBySite PhysicalInventoryWorksheet ProfitAndLossByClass "
        "ProfitAndLossByJob ProfitAndLossPrevYearComp ProfitAndLossStandard ProfitAndLossYTDComp "
        "PurchaseByItemSummary PurchaseByVendorSummary SalesByCustomerSummary SalesByItemSummary SalesByRepSummary "
        "SalesTaxLiability SalesTaxRevenueSummary SerialNumberInStockBySite TrialBalance VendorBalanceSummary",
        "SummarizeColumnsBy": "Account BalanceSheet Class Customer CustomerType Day Employee FourWeek HalfMonth "
        "IncomeStatement ItemDetail ItemType Month Payee PaymentMethod PayrollItemDetail PayrollYtdDetail Quarter "
        "SalesRep SalesTaxCode ShipMethod Terms TotalOnly TwoWeek Vendor VendorType Week Year",
        "ReportCalendar": "CalendarYear FiscalYear TaxYear",
        "ReturnRows": _ROWS_OR_COLUMNS,
        "ReturnColumns": _ROWS_OR_COLUMNS,
        "ReportBasis": "Accrual Cash None",
        "ReportDetailLevelFilter": "All AllExceptSummary SummaryOnly",
        "ReportPostingStatusFilter": "Either NonPosting Posting",
        "AccountTypeFilter": "AccountsPayable AccountsReceivable AllowedFor1099 APAndSalesTax APOrCreditCard ARAndAP "
        "Asset BalanceSheet Bank BankAndARAndAPAndUF BankAndUF CostOfSales CreditCard CurrentAsset "
        "CurrentAssetAndExpense CurrentLiability Equity EquityAndIncomeAndExpense ExpenseAndOtherExpense FixedAsset "
        "IncomeAndExpense IncomeAndOtherIncome Liability LiabilityAndEquity LongTermLiability NonPosting "
        "OrdinaryExpense OrdinaryIncome OrdinaryIncomeAndCOGS OrdinaryIncomeAndExpense OtherAsset OtherCurrentAsset "
        "OtherCurrentLiability OtherExpense OtherIncome OtherIncomeOrExpense",
        "EntityTypeFilter": "Customer Employee OtherName Vendor",
        "ItemTypeFilter": "AllExceptFixedAsset Assembly Discount FixedAsset Inventory InventoryAndAssembly "
        "NonInventory OtherCharge Payment Sales SalesTax Service",
        "TxnTypeFilter": "All ARRefundCreditCard Bill BillPaymentCheck BillPaymentCreditCard BuildAssembly Charge "
        "Check CreditCardCharge CreditCardCredit CreditMemo Deposit Estimate InventoryAdjustment Invoice ItemReceipt "
        "JournalEntry LiabilityAdjustment Paycheck PayrollLiabilityCheck PurchaseOrder ReceivePayment SalesOrder "
        "SalesReceipt SalesTaxPaymentCheck Transfer VendorCredit YTDAdjustment",
        "BudgetSummaryReportType": "BalanceSheetBudgetOverview BalanceSheetBudgetVsActual ProfitAndLossBudgetOverview "
        "ProfitAndLossBudgetPerformance ProfitAndLossBudgetVsActual",
        "BudgetCriterion": "Accounts AccountsAndClasses AccountsAndCustomers",
        "SummarizeBudgetColumnsBy": "Class Customer Date",
        "SummarizeBudgetRowsBy": "Account Class Customer",
        "SalesTaxCountry": "Australia Canada UK US",
        "JobStatus": "Awarded Closed InProgress None NotAwarded Pending",
        "DeliveryMethod": "Email Fax Print",
        "PreferredDeliveryMethod": "None Email Fax",
        "OptionForPriceRuleConflict": "Zero BasePrice",
        "BillableStatus": "Billable NotBillable HasBeenBilled",
    }.items()
}
DATES = frozenset(
    [
        "FromReportDate",
        "ToReportDate",
        "FromReportModifiedDate",
        "ToReportModifiedDate",
        "FromTxnDate",
        "ToTxnDate",
        "TxnDate",
        "DueDate",
        "ShipDate",
        "ServiceDate",
        "OpenBalanceDate",
        "JobStartDate",
        "JobProjectedEndDate",
        "JobEndDate",
    ]
)
DATE_TIMES = frozenset(("FromModifiedDate", "ToModifiedDate"))
INTEGERS = frozenset(("MaxReturned", "FiscalYear", "ExpirationMonth", "ExpirationYear"))

# Leaves whose values fail with a statusCode of their own, not with the whole call (qbXML sheet 6).
_BOOLEANS = frozenset(
    [
        "IncludeLineItems",
        "IncludeLinkedTxns",
        "DisplayReport",
        "IncludeSubcolumns",
        "IncludeMaxCapacity",
        "IsActive",
        "IsPending",
        "IsFinanceCharge",
        "IsToBePrinted",
        "IsToBeEmailed",
        "IsTaxIncluded",
        "IsTaxable",
        "IsAdjustment",
        "IsHomeCurrencyAdjustment",
        "IsAmountsEnteredInHomeCurrency",
        "IsStatementWithParent",
        "DefaultShipTo",
        "Override",
    ]
)
_AMOUNTS = frozenset(("Amount", "TaxAmount", "OpenBalance", "CreditLimit", "AppliedAmount"))
_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?")
_PATTERNS = (
    (_BOOLEANS, re.compile(r"true|false|1|0"), 3010, "boolean"),
    (_AMOUNTS, re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{2})?"), 3040, "amount"),
    (frozenset(("Rate",)), _NUMBER, 3045, "price"),
    (frozenset(("RatePercent",)), _NUMBER, 3050, "percent"),
    (frozenset(("Quantity",)), _NUMBER, 3060, "quantity"),
    (
        frozenset(("ExternalGUID", "OwnerID")),
        re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"),
        3065,
        "GUID",
    ),
)
_MEMO = 4095
LENGTHS = {
    "CustomerAdd/Name": 41,
    "CustomerAdd/CompanyName": 41,
    "CustomerAdd/FirstName": 25,
    "CustomerAdd/LastName": 25,
    "CustomerAdd/Phone": 21,
    "CustomerAdd/Email": 1023,
    "CustomerAdd/AccountNumber": 99,
    "CustomerAdd/Notes": _MEMO,
    "BillAddress/Addr1": 41,
    "BillAddress/Addr2": 41,
    "BillAddress/City": 31,
    "BillAddress/State": 21,
    "BillAddress/PostalCode": 13,
    "BillAddress/Country": 31,
    "InvoiceAdd/RefNumber": 11,
    "InvoiceAdd/PONumber": 25,
    "InvoiceAdd/Memo": _MEMO,
    "InvoiceLineAdd/Desc": _MEMO,
    "JournalEntryAdd/RefNumber": 11,
    "JournalDebitLine/Memo": _MEMO,
    "JournalCreditLine/Memo": _MEMO,
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:T([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})([+-][0-9]{1,2}:[0-9]{2})?)?)?)?"
)
# QuickBooks keeps the standard-time offset all year (qbXML sheet 1.2); the simulated office is in Seattle.
OFFICE_TIME = datetime.timezone(datetime.timedelta(hours=-8))
_DAY_END = (23, 59, 59)


def grammar_violation(name: str, text: str) -> str:
    """Why this leaf makes the whole call fail with 0x80040400; "" when it does not."""
    value = text.strip()
    if name in ENUMERATIONS and text not in ENUMERATIONS[name]:
        return f"{name} does not know the value {text!r}"
    if name in DATES and value and read_date(value) is None:
        return f"{name} is not a date: {text!r}"
    if name in DATE_TIMES and value and read_date_time(value) is None:
        return f"{name} is not a date and time: {text!r}"
    if name in INTEGERS and not re.fullmatch(r"[0-9]+", value):
        return f"{name} is not a whole number: {text!r}"
    return "MaxReturned must be at least 1" if name == "MaxReturned" and int(value) < 1 else ""


def value_violation(parent: str, name: str, text: str) -> Status | None:
    """The status with which one leaf fails its own request only; None when the value is good."""
    for names, pattern, code, kind in _PATTERNS:
        if name in names and text.strip() and not pattern.fullmatch(text.strip()):
            return statuses.bad_value(code, kind, text, name)
    limit = LENGTHS.get(f"{parent}/{name}")
    return statuses.too_long(name, limit) if limit is not None and len(text) > limit else None


def read_date(text: str) -> datetime.date | None:
    """YYYY-MM-DD as a date; None when it is anything else."""
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def read_date_time(text: str, *, is_end: bool = False) -> datetime.datetime | None:
    """YYYY-MM-DD[THH[:MM[:SS[+HH:MM]]]], office time without an offset; a bare date as an end means its last second."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    given = [int(part) for part in match.group(4, 5, 6) if part is not None]
    missing = _DAY_END[len(given) :] if is_end else (0, 0, 0)[len(given) :]
    hour, minute, second = (*given, *missing)
    try:
        return datetime.datetime(year, month, day, hour, minute, second, tzinfo=_zone(match.group(7)))
    except ValueError:
        return None


def read_boolean(text: str | None, *, default: bool = False) -> bool:
    """true or 1, false or 0; the default when the element is missing or empty."""
    value = (text or "").strip()
    return value in ("true", "1") if value else default


def read_amount(text: str | None) -> Decimal | None:
    """An amount, price or quantity that has passed `value_violation`; None when missing or empty."""
    value = (text or "").strip()
    return Decimal(value) if value else None


def _zone(offset: str | None) -> datetime.timezone:
    if offset is None:
        return OFFICE_TIME
    hours, minutes = offset[1:].split(":")
    delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return datetime.timezone(-delta if offset[0] == "-" else delta)
