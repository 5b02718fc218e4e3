"""The host, company and preferences answers, alone and as the Web Connector collects them (HCP)."""

import dataclasses
from collections.abc import Sequence

from lxml import etree

from simulators.answer_text import Fields, Value, element, only
from simulators.company import Company
from simulators.lists import truth
from simulators.options import Options
from simulators.selections import texts


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """A private value that an application has written into the company file, FileID above all."""

    owner_id: str
    name: str
    value: str


def host(query: etree._Element, options: Options, country: str) -> list[str]:
    """The HostRet."""
    has_capacities = query.findtext("IncludeListMetaData/IncludeMaxCapacity", "").strip() in ("true", "1")
    fields: Fields = [
        ("ProductName", options.product_name),
        ("MajorVersion", str(options.major_version)),
        ("MinorVersion", "0"),
        ("Country", country),
        *(("SupportedQBXMLVersion", version) for version in options.versions),
        ("IsAutomaticLogin", truth(options.is_automatic_login)),
        ("QBFileMode", options.file_mode),
        ("ListMetaData", _capacities() if has_capacities else None),
    ]
    return element("HostRet", only(fields, texts(query, "IncludeRetElement")))


def _capacities() -> Fields:
    """The list limits of QuickBooks Pro and Premier, in the schema's order."""
    small = [
        "BillingRate",
        "Class",
        "CustomerMsg",
        "CustomerType",
        "Entity",
        "Item",
        "JobType",
        "PaymentMethod",
        "PayrollItem",
        "PriceLevel",
        "SalesRep",
        "SalesTaxCode",
        "ShipMethod",
        "Template",
        "Terms",
        "ToDo",
        "Vehicle",
        "VendorType",
    ]
    return [
        (f"{name}MetaData", [("MaxCapacity", "14500" if name in _LONG else "10000")]) for name in ["Account", *small]
    ]


_LONG = frozenset(("Entity", "Item"))


def company_information(query: etree._Element, company: Company, stamps: Sequence[Stamp]) -> list[str]:
    """The CompanyRet; private values only under an OwnerID that is asked for."""
    fields: Fields = [
        ("IsSampleCompany", "false"),
        ("CompanyName", company.name),
        ("LegalCompanyName", company.legal_name),
        ("Address", _address(company)),
        ("LegalAddress", _address(company)),
        ("Phone", company.phone),
        ("Email", company.email),
        ("FirstMonthFiscalYear", company.first_month_fiscal_year),
        ("FirstMonthIncomeTaxYear", company.first_month_income_tax_year),
        ("CompanyType", "InformationTechnologyComputersSoftware"),
        ("EIN", "12-3456789"),
        ("TaxForm", "Form1120S"),
        ("SubscribedServices", [("Service", _service("QuickBooks Online Banking", "banking.qb"))]),
        ("AccountantCopy", [("AccountantCopyExists", "false")]),
    ]
    owners = {owner.casefold() for owner in texts(query, "OwnerID")}
    private: Fields = [("DataExtRet", _data_ext(stamp)) for stamp in stamps if stamp.owner_id.casefold() in owners]
    return element("CompanyRet", [*only(fields, texts(query, "IncludeRetElement")), *private])


def _address(company: Company) -> Fields:
    lines: Fields = [(f"Addr{number}", text) for number, text in enumerate(company.address, start=1)]
    return [
        *lines,
        ("City", company.city),
        ("State", company.state),
        ("PostalCode", company.postal_code),
        ("Country", company.country),
    ]


def _service(name: str, domain: str) -> Fields:
    return [("Name", name), ("Domain", domain), ("ServiceStatus", "Never")]


def _data_ext(stamp: Stamp) -> Fields:
    return [
        ("OwnerID", stamp.owner_id),
        ("DataExtName", stamp.name),
        ("DataExtType", "STR255TYPE"),
        ("DataExtValue", stamp.value),
    ]


def preferences(query: etree._Element, company: Company, options: Options) -> list[str]:
    """The PreferencesRet."""
    closing_date = company.closing_date.isoformat() if company.closing_date else None
    fields: Fields = [
        (
            "AccountingPreferences",
            [
                ("IsUsingAccountNumbers", truth(company.uses_account_numbers)),
                *_flags(IsRequiringAccounts=True, IsUsingClassTracking=False),
                *_flags(IsUsingAuditTrail=True, IsAssigningJournalEntryNumbers=True),
                ("ClosingDate", closing_date),
            ],
        ),
        ("JobsAndEstimatesPreferences", _flags(**dict.fromkeys(_JOB_FLAGS, False))),
        ("MultiCurrencyPreferences", _flags(IsMultiCurrencyOn=False)),
        (
            "PurchasesAndVendorsPreferences",
            [
                *_flags(IsUsingInventory=False),
                ("DaysBillsAreDue", "10"),
                *_flags(IsAutomaticallyUsingDiscounts=False),
            ],
        ),
        (
            "ReportsPreferences",
            [("AgingReportBasis", "AgeFromDueDate"), ("SummaryReportBasis", company.summary_report_basis)],
        ),
        (
            "SalesAndCustomersPreferences",
            _flags(IsTrackingReimbursedExpensesAsIncome=False, IsAutoApplyingPayments=True),
        ),
        ("TimeTrackingPreferences", [("FirstDayOfWeek", "Monday")]),
        (
            "CurrentAppAccessRights",
            _flags(
                IsAutomaticLoginAllowed=options.is_automatic_login,
                IsPersonalDataAccessAllowed=options.is_personal_data_allowed,
            ),
        ),
    ]
    return element("PreferencesRet", only(fields, texts(query, "IncludeRetElement")))


_JOB_FLAGS = ("IsUsingEstimates", "IsUsingProgressInvoicing", "IsPrintingItemsWithZeroAmounts")


def _flags(**flags: bool) -> list[tuple[str, Value]]:
    return [(name, truth(value)) for name, value in flags.items()]
