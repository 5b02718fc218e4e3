"""The shipped templates on charts of accounts as such businesses keep them, traps included."""

import pytest

from metrics.arithmetic import CATEGORY_METRICS
from metrics.mapping import UNMAPPED, Mapper, compile_rules
from metrics.mappings.rule_templates import DEFAULT_TEMPLATE, TEMPLATES, RuleTemplate, template_of
from metrics.profit_and_loss import Section

Chart = dict[Section, dict[str, str]]

MANAGED_SERVICES: Chart = {
    Section.INCOME: {
        "mrr": "4000 · Managed Services:4010 · Managed IT - Gold | Service Agreements | Per User Support",
        "nrr": "Block Time | Project Labor | Hourly Services Labor | Onboarding",
        "orr": "Microsoft 365 CSP | Cloud Backup | Hosted VoIP | Domain & SSL Renewals",
        "product_sales": "Hardware Sales | Hardware Sales:Hardware Sales - Other | Shipping Charges",
        "misc_revenue": "Sales Discounts | Finance Charges",
    },
    Section.COST_OF_GOODS_SOLD: {
        "product_cogs": "Hardware Costs | Microsoft CSP Cost | Cost of Goods Sold",
        "employee_expense": "Direct Labor | Direct Labor:Direct Labor - Other",
        "other_expenses": "Subcontractors | RMM Tools",
    },
    Section.EXPENSE: {
        "employee_expense": "Payroll Expenses:Payroll Expenses - Other | Salaries & Wages | Payroll Taxes | 401k Match",
        "owner_comp": "Officer Salary | Owner Health Insurance",
        "owner_comp_taxes": "Payroll Taxes:Officer FICA",
        "other_expenses": """6080 - Office General:6080.13 - Internet | Homeowner Association Dues | Rent | Utilities
            Directors & Officers Insurance | Gusto Fees | Training | Payroll Processing""",
    },
    Section.OTHER_INCOME: {"misc_revenue": "Interest Income | Anything"},
    Section.OTHER_EXPENSE: {"other_expenses": "Interest Expense | Depreciation"},
}
MANAGED_SERVICES_UNKNOWN = {
    Section.INCOME: "Sales | Blue Heron",
    Section.EXPENSE: "Loan Principal | Blue Heron | Payments:Payments - Other",
    Section.OTHER_EXPENSE: "Blue Heron",
}
PRODUCT_RESELLER: Chart = {
    Section.INCOME: {
        "product_sales": """Sales | 4000 · Sales:4010 · Computers & Laptops | Hardware Sales | Toner & Supplies
            Copiers | Software Licenses | Parts & Accessories | Networking Equipment | Shipping & Handling
            Extended Warranties | Sales:Sales - Other | Used Equipment | Sales Returns | Web Store Sales""",
        "nrr": "Repair Labor | Installation | Printer Repair | Training | Technical Support | Set-up Fees | Service",
        "mrr": "Maintenance Contracts | Managed Print Services | Cost Per Copy | Overages | Support Agreements",
        "orr": "Microsoft 365 Subscriptions | Software Renewals | Equipment Leases | Cloud Backup | Copier Rentals",
        "misc_revenue": "Vendor Rebates | Spiffs | Finance Charges | Gain on Sale of Equipment | Sales Tax Discount",
        UNMAPPED: "Blue Heron | Uncategorized Income",
    },
    Section.COST_OF_GOODS_SOLD: {
        "product_cogs": "Cost of Goods Sold | COGS:Computers | Freight In | Purchase Discounts | Inventory Shrinkage",
        "employee_expense": "Technician Wages | Bench Labor",
        "other_expenses": "Subcontracted Installers",
    },
    Section.EXPENSE: {
        "employee_expense": "Sales Commissions | Payroll:Warehouse Wages | Health Insurance | Payroll Taxes:State",
        "owner_comp": "Officer Compensation | Shareholder Wages",
        "owner_comp_taxes": "Owner Payroll Tax",
        "other_expenses": """Warehouse Rent | Packaging Supplies | Trade Shows | Property Tax | Taxes - Property
            6080 - Office General:6080.13 - Internet | Homeowner Association Dues | Merchant Fees | Inventory Adjustment
            Alarm & Security | Printing and Reproduction | Vehicle Fuel | Insurance:Insurance - Other""",
        UNMAPPED: "Loan Principal | Blue Heron",
    },
    Section.OTHER_INCOME: {"misc_revenue": "Interest Income | Sublet"},
    Section.OTHER_EXPENSE: {"other_expenses": "Interest Expense", UNMAPPED: "Ask My Accountant"},
}
SMALL_BUSINESS: Chart = {
    Section.INCOME: {
        "product_sales": """Sales | Merchandise Sales | Food Sales | Bar Sales | Retail Products | Materials Income
            Shipping and Delivery Income | Sales:Sales - Other | Gift Cards""",
        "nrr": """Services | Service Sales | Consulting Income | Construction Income | Fee Income | Job Income | Lessons
            Installation & Repair | Commission Income | Landscaping Services | Tax Preparation""",
        "mrr": "Retainers | Membership Fees | Monthly Maintenance | Service Contracts | Subscription Income",
        "orr": "Rental Income | Royalties | Licensing Fees | Equipment Rental",
        "misc_revenue": "Sales Discounts | Refunds | Reimbursed Expenses | Late Fees | Gain on Sale of Van | Markup",
        UNMAPPED: "Blue Heron | Uncategorized Income",
    },
    Section.COST_OF_GOODS_SOLD: {
        "product_cogs": "Cost of Goods Sold | Purchases - Resale Items | Job Materials | Freight | Food Purchases",
        "employee_expense": "Job Labor | Worker's Compensation | Crew Wages",
        "other_expenses": "Subcontractors Expense | Merchant Account Fees | Permits | Blueprints | Small Tools",
    },
    Section.EXPENSE: {
        "employee_expense": "Payroll Expenses:Gross Wages | Payroll Taxes | Worker's Compensation | Employee Benefits",
        "owner_comp": "Officer Salaries | Owner's Draw | Guaranteed Payments",
        "owner_comp_taxes": "Officer Payroll Taxes",
        "other_expenses": """Advertising and Promotion | Automobile Expense | Bank Service Charges | Rent Expense
            Business Licenses and Permits | Continuing Education | Dues and Subscriptions | Uniforms | Utilities
            Computer and Internet Expenses | Landscaping and Groundskeeping | Homeowner Association Dues | Laundry
            6080 - Office General:6080.13 - Internet | Taxes - Property | Cash Over/Short | Telephone Expense
            Meals and Entertainment | Small Tools and Equipment | Printing and Reproduction | Professional Fees""",
        UNMAPPED: "Loan Principal | Blue Heron",
    },
    Section.OTHER_INCOME: {"misc_revenue": "Interest Income | Rent from Upstairs"},
    Section.OTHER_EXPENSE: {"other_expenses": "Depreciation Expense", UNMAPPED: "Suspense"},
}
CHARTS = {
    "managed_services": MANAGED_SERVICES,
    "managed_services_complete": MANAGED_SERVICES,
    "product_reseller": PRODUCT_RESELLER,
    "small_business": SMALL_BUSINESS,
}


def names_in(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", "|").split("|")]


CASES = [
    (key, section, name, metric_key)
    for key, chart in CHARTS.items()
    for section, table in chart.items()
    for metric_key, names in table.items()
    for name in names_in(names)
]
UNKNOWN = [(section, name) for section, names in MANAGED_SERVICES_UNKNOWN.items() for name in names_in(names)]


@pytest.fixture(scope="module")
def mappers() -> dict[str, Mapper]:
    return {template.key: compile_rules(template.as_rules()) for template in TEMPLATES}


@pytest.mark.parametrize(("key", "section", "name", "metric_key"), CASES)
def test_a_realistic_account_goes_where_its_business_expects(
    mappers: dict[str, Mapper], key: str, section: Section, name: str, metric_key: str
) -> None:
    assert mappers[key].match(name, section).metric_key == metric_key


@pytest.mark.parametrize("key", CHARTS)
def test_each_chart_is_as_long_as_a_small_companys(key: str) -> None:
    assert sum(case[0] == key for case in CASES) >= 30


@pytest.mark.parametrize(("section", "name"), UNKNOWN)
def test_the_default_guesses_nothing_and_the_complete_one_places_everything_for_review(
    mappers: dict[str, Mapper], section: Section, name: str
) -> None:
    assert mappers["managed_services"].match(name, section).rule is None
    placed = mappers["managed_services_complete"].match(name, section)
    assert placed.metric_key == ("misc_revenue" if section is Section.INCOME else "other_expenses")
    assert placed.is_catch_all


@pytest.mark.parametrize("name", ["Ask My Accountant", "Suspense", "Uncategorized Expense"])
def test_quickbooks_parking_places_stay_unmapped_in_every_template(mappers: dict[str, Mapper], name: str) -> None:
    assert {mapper.match(name, Section.EXPENSE).metric_key for mapper in mappers.values()} == {UNMAPPED}


def test_the_catch_alls_of_the_complete_template_are_marked_for_review() -> None:
    complete = template_of("managed_services_complete").rules
    added = complete[len(DEFAULT_TEMPLATE.rules) :]
    assert complete[: len(DEFAULT_TEMPLATE.rules)] == DEFAULT_TEMPLATE.rules
    assert [(rule.is_review, rule.note.startswith("Review:")) for rule in added] == [(True, True), (True, True)]
    assert not any(rule.is_review for rule in DEFAULT_TEMPLATE.rules)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_each_template_fits_the_database_and_fills_every_metric(template: RuleTemplate) -> None:
    rules = template.rules
    assert max(len(rule.pattern) for rule in rules) <= 500
    assert max(len(rule.note) for rule in rules) <= 300
    assert {rule.metric_key for rule in rules} == {*CATEGORY_METRICS, UNMAPPED}


def test_the_default_template_is_the_first_and_keys_are_unique() -> None:
    assert DEFAULT_TEMPLATE.key == "managed_services"
    assert len({template.key for template in TEMPLATES}) == len(TEMPLATES) == 4
