"""The rules of a product reseller: hardware, software and supplies are what it sells, work on them comes second.

Costs are those of the managed service template, with what warehouses and shops have besides.
"""

from __future__ import annotations

from metrics.mappings.default_mappings import (
    ANY_INCOME,
    COST_RULES,
    EXPENSE,
    EXPENSE_RULES,
    FIRST_RULES,
    INCOME,
    OTHER_INCOME,
    DefaultRule,
    near,
    regex_rule,
)
from metrics.mappings.rule import MatchType

MISC_INCOME_RULE = regex_rule(
    ANY_INCOME,
    "misc_revenue",
    r"finance charges?|\blate fees?\b|\binterest\b|\breimburs|\brebates?\b|\bmdf\b|\bspiffs?\b|\breferrals?\b|"
    r"\bgrants?\b|\bforgiveness\b|\bgains?\b|\bmisc|\bsales tax\b|\bvendor commissions?\b",
    "Money in that is not for goods or work.",
)
OTHER_INCOME_RULE = DefaultRule(
    MatchType.WILDCARD, "*", OTHER_INCOME, "misc_revenue", "Other income is not what the business sells."
)

_INCOME_RULES = (
    MISC_INCOME_RULE,
    regex_rule(
        INCOME,
        "product_sales",
        r"\bdiscounts?\b|\brefunds?\b|\breturns?\b|\ballowances?\b",
        "Choice: what customers send back lowers the product sales it came from.",
    ),
    regex_rule(
        INCOME,
        "mrr",
        r"\bmanaged (?:services?|it|print|support)\b|"
        r"\b(?:maintenance|service|support) (?:contracts?|agreements?|plans?)\b|"
        r"\bretainers?\b|\b(?:cost )?per (?:copy|page|print|click|seat|user)\b|\bcopy charges?\b|\bovera?ges\b",
        "Contracts that are billed every month.",
    ),
    regex_rule(
        INCOME,
        "nrr",
        r"\binstall(?:s|ed|ation|ations)?\b|\brepairs?\b|\blabou?r\b|\bservice calls?\b|\bconsult|\btraining\b|"
        r"\bset ?up\b|"
        r"\bconfigur|\bprojects?\b|professional services?|\bimplementation|\bcabling\b|\bonsite\b|\bon site\b|"
        r"\b(?:tech(?:nical)?|remote) support\b|\bmigrations?\b",
        "Work, whatever it is done on.",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\b(?:extended )?warrant(?:y|ies)\b|\bused\b|\brefurbished\b",
        "Sold once with the goods.",
    ),
    regex_rule(
        INCOME,
        "orr",
        r"\bsubscriptions?\b|\brenewals?\b|\bsaas\b|\bclouds?\b|\bhost(?:ing|ed)\b|\bcsp\b|\bazure\b|\bm ?365\b|"
        r"\bo ?365\b|"
        r"(?:office|microsoft) ?365|google workspace|\bback ?ups?\b|\bvoip\b|\bleas(?:e|es|ed|ing)\b|"
        r"\brentals?\b|\bhaas\b|"
        r"\brecurring\b|\bmonthly\b|\bdomains?\b",
        "Resold every month or year.",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\bhardware\b|\bequipment\b|\bproducts?\b|\bmerchandise\b|\bcomputers?\b|\bworkstations?\b|"
        r"\b(?:lap|desk)tops?\b|"
        r"\bservers?\b|\bprinters?\b|\bcopiers?\b|\btoners?\b|\bsuppl(?:y|ies)\b|\bparts\b|"
        r"\baccessor|\bperipherals?\b|"
        r"\bsoftware\b|\blicen[sc]|\bnetworking\b|\bcables?\b|\b(?:hand ?sets?|phones?)\b|\bmonitors?\b|"
        r"\bstorage\b|"
        r"\bresale\b|\bretail\b|\bwholesale\b|\bweb ?store\b|\be ?commerce\b",
        "Goods, and software sold once.",
    ),
    regex_rule(
        INCOME, "product_sales", r"\bshipping\b|\bfreight\b|\bdelivery\b|\bhandling\b", "Charged with the goods."
    ),
    regex_rule(INCOME, "nrr", r"\bservices?\b", "Service without a contract is work by the hour or job."),
    regex_rule(INCOME, "product_sales", r"\bsales\b", "A reseller's sales are goods unless the name says otherwise."),
    OTHER_INCOME_RULE,
)

SHOP_EXPENSE_RULES = (
    regex_rule(
        EXPENSE,
        "other_expenses",
        near(r"\btax(?:es)?\b", r"\b(?:property|sales|use|real estate|business|franchise)\b"),
        "Taxes that are not on pay; state and local ones may be.",
    ),
    regex_rule(
        EXPENSE,
        "other_expenses",
        r"\bwarehouse\b|\binventory\b|\bshrinkage\b|\bpackag|\bshow ?room\b|\btrade shows?\b|"
        r"\bcash (?:over|short)|\bstorage\b|"
        r"\bfloor ?plan\b|\bprinting\b|\buniforms?\b|\blaundry\b|\btools\b|\blandscap|\bsecurity\b|\balarm\b|"
        r"\bgifts?\b|"
        r"\bwaste\b|\btrash\b|\bmoving\b|\bdelivery\b|\bequipment rental\b|\bcontractors?\b|\bpromotion",
        "What shops, warehouses and workshops have besides.",
    ),
)

RESELLER_RULES: tuple[DefaultRule, ...] = FIRST_RULES + _INCOME_RULES + COST_RULES + EXPENSE_RULES + SHOP_EXPENSE_RULES
