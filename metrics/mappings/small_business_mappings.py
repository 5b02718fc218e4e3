"""The rules of a plain small business (shop, trade, practice, agency) for the ten metrics of a review.

Recurring is what customers pay without ordering again; work and goods are told apart by their names.
"""

from __future__ import annotations

from metrics.mappings.default_mappings import (
    COGS,
    COST_RULES,
    EXPENSE_RULES,
    FIRST_RULES,
    INCOME,
    DefaultRule,
    regex_rule,
)
from metrics.mappings.reseller_mappings import MISC_INCOME_RULE, OTHER_INCOME_RULE, SHOP_EXPENSE_RULES

_INCOME_RULES = (
    MISC_INCOME_RULE,
    regex_rule(
        INCOME,
        "misc_revenue",
        r"\bdiscounts?\b|\brefunds?\b|\bcredits?\b|\breturns?\b|\ballowances?\b|\bdonations?\b|\bmark ?up\b|"
        r"\bbad checks?\b|"
        r"\bnsf\b",
        "Contra income and gifts.",
    ),
    regex_rule(
        INCOME,
        "mrr",
        r"\bretainers?\b|\bmember(?:ship)?s?\b(?=.{0,12}?\b(?:fees?|dues|income|revenue|sales)\b)|\bmemberships?\b|"
        r"\bsubscriptions?\b|\brecurring\b|\bmonthly\b|"
        r"\b(?:maintenance|service|care) (?:plans?|contracts?|agreements?)\b",
        "Paid every month or year without ordering again.",
    ),
    regex_rule(
        INCOME,
        "orr",
        r"\brent(?:s|al|als)?\b|\bleas(?:e|es|ed|ing)\b|\broyalt|\blicens(?:e|ing) (?:fees?|income|revenue)\b|"
        r"\bhosting\b",
        "Choice: rents and royalties recur, but are not a service contract.",
    ),
    regex_rule(
        INCOME,
        "nrr",
        r"(?<!food )(?<!food and beverage )\bservices?\b|\bconsult|\blabou?r\b|\binstall|\brepairs?\b|"
        r"\bdesign\b|\bconstruction\b|"
        r"\bremodel|\blandscap|\bjobs?\b|\bprojects?\b|\bhourly\b|\btraining\b|\bclasses\b|\blessons?\b|"
        r"\bevents?\b|"
        r"\bcleaning\b|\binspection|\bmaintenance\b|\bprofessional\b|\blegal\b|\baccounting\b|\btax prep",
        "Work sold by the hour or the job.",
    ),
    regex_rule(
        INCOME,
        "nrr",
        r"\bfees?\b|\bcommissions?\b|\bcontract(?:s|ing)? (?:income|revenue)\b",
        "Choice: fees and commissions in ordinary income are what the business is paid for its work.",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\bproducts?\b|\bmerchandise\b|\bretail\b|\bwholesale\b|\bfood\b|\bbeverages?\b|\bbar\b|\bcatering\b|"
        r"\bmaterials?\b|"
        r"\bparts\b|\bequipment\b|\bhardware\b|\bgift cards?\b|\bonline store\b|\bweb ?store\b|\bresale\b|"
        r"\bshipping\b|"
        r"\bfreight\b|\bdelivery\b",
        "Goods, with what customers pay to have them sent.",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\bsales\b",
        "Choice: sales are goods unless the name says otherwise. Change it if you sell only work.",
    ),
    OTHER_INCOME_RULE,
)

_JOB_COST_RULES = (
    regex_rule(
        COGS,
        "employee_expense",
        r"\bworkers? comp|\bpayroll tax|\bcrew\b|\btips\b",
        "Pay and what hangs on it, booked to jobs.",
    ),
    regex_rule(
        COGS,
        "other_expenses",
        r"\bmerchant\b|\b(?:credit card|bank|processing) fees?\b|\bpermits?\b|\bbonds?\b|\bblueprints?\b|"
        r"\binsurance\b|"
        r"\bfuel\b|\btravel\b|\bsamples?\b|\bcommissions?\b",
        "Costs of doing the job, not of goods resold.",
    ),
)

SMALL_BUSINESS_RULES: tuple[DefaultRule, ...] = (
    FIRST_RULES + _INCOME_RULES + _JOB_COST_RULES + COST_RULES + EXPENSE_RULES + SHOP_EXPENSE_RULES
)
