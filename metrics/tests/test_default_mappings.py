"""The default rules on account names as managed service providers have them, section by section."""

import pytest

from metrics.arithmetic import CATEGORY_METRICS
from metrics.mapping import UNMAPPED, Mapper, Rule, compile_rules
from metrics.mappings.default_mappings import DEFAULT_RULES
from metrics.profit_and_loss import Section

INCOME = {
    "mrr": """Managed Services | Managed Services:Blue Team | Recurring Services:Managed Services Agreements
        Managed IT Support | Co-Managed IT | 40100 · Service Agreements | MSA Revenue | Per Seat Billing
        All-In Seat Price | Monthly Recurring Revenue | Maintenance Contracts | Support Plans""",
    "nrr": """Block Time | Prepaid Hours | Block Hour Agreements:Prepaid Support | Professional Services
        Project Labor | Cloud Migration | Microsoft 365 Migration Projects | VoIP Installation | Network Cabling
        vCIO Consulting | Onboarding Fees | Hourly / Break-Fix Labor | T&M Services | After-Hours Support
        Emergency Service Calls | Remote Support | Computer Repair | Non-Recurring Services | Domain Upgrade Project""",
    "orr": """Microsoft 365 | O365 Licenses | Managed Services:Microsoft 365 | Azure | CSP Revenue | Google Workspace
        Cloud & Backup Services | Web Hosting | Colocation | Data Centre Fees | Online Services | BDR | Hosted PBX
        Backup Agreements | Disaster Recovery | VoIP  Telephony | SIP Trunks | Internet Connectivity
        Email Security | DNS Filtering | EDR | SOC & SIEM | Security Awareness Training | Software Licensing
        Antivirus Subscriptions | SSL Certificates & Domains | HaaS | Hardware as a Service | Equipment Rental""",
    "product_sales": """Hardware Sales | Hardware & Software Sales | Professional Services:Hardware | VoIP Handsets
        Product Resale | Parts | Printers & Toner | Shipping Charged | Freight Income | Hardware Sales:Servers""",
    "misc_revenue": """Sales Discounts | Refunds & Allowances | Customer Credits | Finance Charges | Late Fees
        Vendor Rebates & MDF | Referral Income | Miscellaneous Income | Reimbursed Expenses | PPP Loan Forgiveness
        Gain on Sale of Equipment""",
    UNMAPPED: "Sales | Services | Blue Heron Initiative | Uncategorized Income | Ask My Accountant",
}
COST_OF_GOODS_SOLD = {
    "employee_expense": """Direct Labor - Technicians | Technical Labor:Service Desk | Field Engineer Wages
        COGS Payroll | Technician Benefits | Direct Labour:West""",
    "owner_comp": "Direct Labor:Officer Salaries",
    "other_expenses": "Subcontractors | Contract Labor | 1099 Staff | Outsourced NOC | RMM & PSA Tools | Help Desk",
    "product_cogs": """Software Licensing | Hardware Costs | Microsoft CSP Costs | VoIP Wholesale | Cost of Goods Sold
        Cloud & Licensing Costs:Azure Consumption | Freight In | Backup Storage | Blue Heron | Purchase Discounts""",
    UNMAPPED: "Uncategorized Costs",
}
EXPENSE = {
    "owner_comp_taxes": """Payroll Taxes:Officer FICA | Officer Payroll Taxes | Payroll Expenses:Taxes - Owner
        Officer Compensation:Payroll Taxes | Shareholder Medicare | Partner FUTA""",
    "owner_comp": """Payroll Expenses:Officer Salary | Officer Compensation | Owner's Draw | Owner Health Insurance
        Officers:Salaries | Officer Life Insurance | Shareholder Wages | Guaranteed Payments | Owner 401(k)
        Salaries - Officers | Partner Distributions | LLC Members Compensation | Owner Auto | Dividends Paid
        Principal's Salary""",
    "employee_expense": """Payroll Expenses | Payroll Expenses:Salaries & Wages | Payroll Expenses:Lump Sum
        Payroll Taxes | Payroll Expenses:FICA | State Unemployment | Employer Taxes | Overtime | Staff Bonuses
        Sales Commissions | PTO | Severance | Employee Benefits - Health | Employee Benefits:Dental
        Health & Dental Insurance | Insurance:Workers' Comp | 401(k) Match | Simple IRA | HSA Contributions
        Team Member Bonuses | Vacation Pay""",
    "other_expenses": """Payroll Processing Fees | Payroll Expenses:Fees | Gusto | Recruiting | Subcontractors
        Training & Certification | Payroll Expenses:Training | Total Quality Training | Rent | Office Expense
        Homeowner Association Dues | Directors & Officers Insurance | Insurance:Cyber & E&O Insurance
        Business Licenses & Permits | Software Subscriptions | Advertising & Marketing | Professional Fees
        Legal | Accounting | Travel & Meals | Automobile Expense:Fuel | Bank & Merchant Fees | Postage
        Repairs & Maintenance | Bad Debt | Charitable Donations | Utilities & Internet | Telephone | Dues
        Depreciation Expense | Bonus Depreciation | Amortization | Interest Expense | Income Tax | RMM Tools
        Payroll Tax Penalties | Café & Client Meals | Office Supplies | Miscellaneous Expense""",
    UNMAPPED: "Blue Heron | Owner Relations | Loan Principal Payments | Suspense | Reconciliation Discrepancies",
}
OTHER_INCOME = {
    "misc_revenue": "Interest Income | Vendor Rebates | Gain on Asset Sales | Blue Heron | Other Income:Anything",
    UNMAPPED: "Uncategorized Other Income",
}
OTHER_EXPENSE = {
    "owner_comp": "Shareholder Distributions | Owner Distribution | Dividends",
    "other_expenses": """Interest Expense | Depreciation Expense | Amortisation | Income Tax Expense | Penalties
        Exchange Gain or Loss | Loss on Disposal""",
    UNMAPPED: "Blue Heron | Ask My Accountant",
}
TABLES = {
    Section.INCOME: INCOME,
    Section.COST_OF_GOODS_SOLD: COST_OF_GOODS_SOLD,
    Section.EXPENSE: EXPENSE,
    Section.OTHER_INCOME: OTHER_INCOME,
    Section.OTHER_EXPENSE: OTHER_EXPENSE,
}
CASES = [
    (section, name.strip(), metric_key)
    for section, table in TABLES.items()
    for metric_key, names in table.items()
    for name in names.replace("\n", "|").split("|")
]


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return compile_rules(
        Rule(None, one.match_type, one.pattern, one.sections, one.metric_key, place)
        for place, one in enumerate(DEFAULT_RULES)
    )


@pytest.mark.parametrize(("section", "name", "metric_key"), CASES)
def test_a_realistic_account_goes_where_an_accountant_expects(
    mapper: Mapper, section: Section, name: str, metric_key: str
) -> None:
    assert mapper.match(name, section).metric_key == metric_key


def test_there_are_enough_rules_and_each_fits_the_database() -> None:
    assert len(DEFAULT_RULES) >= 33
    assert max(len(one.pattern) for one in DEFAULT_RULES) <= 500
    assert max(len(one.note) for one in DEFAULT_RULES) <= 300
    assert {one.metric_key for one in DEFAULT_RULES} == {*CATEGORY_METRICS, UNMAPPED}


def test_nothing_is_guessed_for_income_and_expense() -> None:
    catch_alls = [one for one in DEFAULT_RULES if one.pattern == "*"]
    assert [one.sections for one in catch_alls] == [
        frozenset({Section.OTHER_INCOME}),
        frozenset({Section.COST_OF_GOODS_SOLD}),
    ]
