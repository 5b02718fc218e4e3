"""The default rules of a managed service provider, in the order they are tried (see mapping.py for the words).

A rule exists where an account's name says what the account is. There is no "anything else" for income and
expense: an account no rule knows is shown as unmapped and counted in the totals, never guessed. Specific words
come before general ones: work on a thing before the thing ("Cloud Migration" is project work), the thing before
the contract form ("Backup Agreements" is resold backup). Other templates (rule_templates.py) are made from these parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.arithmetic import UNMAPPED
from metrics.mappings.rule import MatchType
from metrics.profit_and_loss import Section


@dataclass(frozen=True)
class DefaultRule:
    """One rule of a template; its place in the template is its priority. No sections: every section.

    is_review: it places what no other rule knows, so that a person looks at it later; its note says so.
    """

    match_type: MatchType
    pattern: str
    sections: frozenset[Section]
    metric_key: str
    note: str
    is_review: bool = False


EVERY: frozenset[Section] = frozenset()
INCOME = frozenset({Section.INCOME})
ANY_INCOME = frozenset({Section.INCOME, Section.OTHER_INCOME})
OTHER_INCOME = frozenset({Section.OTHER_INCOME})
COGS = frozenset({Section.COST_OF_GOODS_SOLD})
EXPENSE = frozenset({Section.EXPENSE})
COGS_OR_EXPENSE = COGS | EXPENSE
ANY_EXPENSE = frozenset({Section.EXPENSE, Section.OTHER_EXPENSE})
ANY_COST = ANY_EXPENSE | COGS


def near(first: str, second: str) -> str:
    """Both, in either order, at most 30 characters apart."""
    return f"(?:{first}).{{0,30}}?(?:{second})|(?:{second}).{{0,30}}?(?:{first})"


# "Owner" alone says nothing (Homeowner Association Dues): a second word has to stand near. Patterns are kept
# under 500 characters, which is what the database and a person's patience hold.
_OWNERS = r"\b(?:owner|officer|(?:share|stock)holder|partner)s?\b"
_MEMBERS = r"(?<!team )(?<!staff )(?<!family )\bmembers?\b"  # of an LLC
_PRINCIPALS = r"\bprincipals?\b"
_PAYROLL_TAX = r"\b(?:tax(?:es)?|fica|medicare|futa|suta|social security)\b"
_PAID = r"(?<!workers )comp(?:ensation)?|salar\w+|wages?|bonus(?:es)?|draws?"
_PAID_OR_PERK = rf"{_PAID}|pay(?:roll)?|health|medical|dental|401\w*|retirement|auto(?:mobile)?|life insurance"


def regex_rule(sections: frozenset[Section], metric_key: str, pattern: str, note: str = "") -> DefaultRule:
    return DefaultRule(MatchType.REGEX, pattern, sections, metric_key, note)


FIRST_RULES = (
    regex_rule(
        EVERY,
        UNMAPPED,
        r"ask my accountant|suspense|uncategori[sz]ed|reconciliation discrepanc",
        "QuickBooks' own parking places: somebody has to say what is in them.",
    ),
    regex_rule(
        ANY_COST,
        "owner_comp_taxes",
        near(f"{_OWNERS}|{_MEMBERS}|{_PRINCIPALS}", _PAYROLL_TAX),
        "Payroll taxes on what owners and officers are paid.",
    ),
    regex_rule(
        ANY_COST,
        "owner_comp",
        near(_OWNERS, rf"\b(?:{_PAID_OR_PERK})\b"),
        "Pay and perks of owners and officers.",
    ),
    regex_rule(
        ANY_COST,
        "owner_comp",
        near(f"{_MEMBERS}|{_PRINCIPALS}", rf"\b(?:{_PAID})\b") + r"|\bguaranteed payments?\b",
        "Fewer words than for owners: a loan's principal is paid too, and clubs have members.",
    ),
    regex_rule(
        ANY_EXPENSE,
        "owner_comp",
        near(f"{_OWNERS}|{_MEMBERS}", r"\bdistributions?\b") + r"|\bdividends?\b",
        "Choice: distributions booked as an expense count as owner compensation, not as a cost of the business.",
    ),
)

INCOME_RULES = (
    regex_rule(
        INCOME,
        "nrr",
        r"\bblock (?:of )?(?:time|hours?)\b|\bpre ?paid (?:time|hours?|support)\b",
        "Choice: prepaid hours are sold once, so they are not recurring.",
    ),
    regex_rule(
        INCOME,
        "mrr",
        r"\bmanaged (?:services?|it|support|networks?|servers?|desktops?|workstations?)\b|\bmsas?\b|"
        r"\bper (?:seat|user|device|endpoint)\b|\ball ?in\b|\bsupport plans?\b|"
        r"\b(?:maintenance|service|support) contracts?\b",
    ),
    regex_rule(INCOME, "nrr", r"\bnon ?recurring\b|\bone ?time\b"),
    regex_rule(
        INCOME,
        "nrr",
        r"(?<!microsoft )\bprojects?\b|professional services?|implementation|migration|\bon ?boarding\b|"
        r"\binstall(?:s|ed|ation|ations)?\b|\bcabling\b|\bvcio\b|\bconsult|(?<!awareness )\btraining\b",
        "Work on a thing, whatever the thing.",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"^(?!.*(?:\bleas|\brental|\bhaas\b|as a service|recurring|monthly|support|maintenance|labou?r|\bgain\b))"
        r".*\b(?:hardware|handsets?|equipment)\b",
        "Hardware sold, also for telephony or backup; not leased or maintained.",
    ),
    regex_rule(
        INCOME,
        "orr",
        r"microsoft|\bm ?365\b|\bo ?365\b|office ?365|\bazure\b|\bcsp\b|google workspace|\bg suite\b",
    ),
    regex_rule(
        INCOME,
        "orr",
        r"\bclouds?\b|\bhosting\b|\bhosted\b|\biaas\b|\bcolo\b|\bco ?location\b|data ?cent(?:er|re)|online services?",
    ),
    regex_rule(INCOME, "orr", r"\bback ?ups?\b|\bbc?dr\b|disaster recovery|business continuity|\bcontinuity\b"),
    regex_rule(
        INCOME,
        "orr",
        r"\bvoip\b|\btelephon(?!\w* support)|\bsip\b|\binternet\b(?! support)|\bconnectivity\b|\bcircuits?\b",
    ),
    regex_rule(
        INCOME,
        "orr",
        r"\b(?:e ?mail|dns|endpoint|web|network) (?:security|filter|protection)|\bcyber ?security\b|"
        r"\b[emx]dr\b|\bsoc\b|\bsiem\b|anti ?virus|security awareness",
    ),
    regex_rule(INCOME, "orr", r"\blicen[sc]|\bsubscriptions?\b|\bsaas\b|\brenewals?\b|\bssl\b|\bdomains?\b"),
    regex_rule(INCOME, "orr", r"\bhaas\b|hardware as a service|\bleas(?:e|es|ed|ing)\b|\brentals?\b"),
    regex_rule(INCOME, "mrr", r"\brecurring\b|\bmonthly\b|\bagreements?\b"),
    regex_rule(
        INCOME,
        "nrr",
        r"\bhourly\b|\blabou?r\b|\bbreak ?fix\b|\bt m\b|\btime (?:and )?materials?\b|\bon ?site\b|remote support|"
        r"\bemergency\b|\bafter ?hours\b|\bservice calls?\b|\brepairs?\b",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\bhardware\b|(?<!sale of )\bequipment\b|\bproducts?\b(?! support)|\bresale\b|\bparts\b|"
        r"\bperipherals?\b|\bprinters?\b|\btoners?\b|\bsoftware sales\b",
    ),
    regex_rule(
        INCOME,
        "product_sales",
        r"\bshipping\b|\bfreight\b|(?<!service )\bdelivery\b",
        "Charged to customers with what they bought.",
    ),
    regex_rule(
        INCOME,
        "misc_revenue",
        r"\bdiscounts?\b|\brefunds?\b|\bcredits?\b|\ballowances?\b|\breturns?\b",
        "Contra income: usually negative.",
    ),
    regex_rule(
        ANY_INCOME,
        "misc_revenue",
        r"finance charges?|\blate fees?\b|\binterest\b|\breimburs|\brebates?\b|\bmdf\b|\bspiffs?\b|\breferrals?\b|"
        r"\bcommissions?\b|\bgrants?\b|\bforgiveness\b|\bgains?\b|\bmisc",
    ),
    DefaultRule(MatchType.WILDCARD, "*", OTHER_INCOME, "misc_revenue", "Other income is not what the business sells."),
)

COST_RULES = (
    regex_rule(
        COGS_OR_EXPENSE,
        "other_expenses",
        r"\bsub ?contract|\bcontract(?:ed)? (?:labou?r|services?|staff|technicians?)\b|\boutsourc|\b1099\b|"
        r"\boffshore\b",
        "Choice: people who are not employees are not employee expense.",
    ),
    regex_rule(
        COGS,
        "employee_expense",
        r"\blabou?r\b|\bwages?\b|\bsalar|\bpayroll\b|\btechnicians?\b|\bengineers?\b|\bbenefits?\b",
        "Employees whose pay is booked as cost of goods sold.",
    ),
    regex_rule(
        COGS_OR_EXPENSE,
        "other_expenses",
        r"\brmm\b|\bpsa\b|\bnoc\b|\bsoc\b|\bhelp ?desk\b|\btools?\b|\bstack\b",
        "Choice: the tools behind the service are a cost of running it, not of products resold.",
    ),
    regex_rule(
        COGS,
        "product_cogs",
        r"\bhardware\b|\bproducts?\b|\bequipment\b|\bsoftware\b|\blicen[sc]|\bcsp\b|microsoft|\bcloud\b|\bhosting\b|"
        r"\bvoip\b|\bback ?up\b|\bfreight\b|\bmerchandise\b",
    ),
    DefaultRule(MatchType.WILDCARD, "*", COGS, "product_cogs", "Cost of goods sold is what was resold, unless named."),
)

EXPENSE_RULES = (
    regex_rule(
        ANY_EXPENSE,
        "other_expenses",
        r"\bdepreciation\b|\bamorti[sz]ation\b|\binterest\b|\b(?:income|franchise|property|excise|sales) tax|"
        r"\bexchange (?:gain|loss)|\bpenalt|\bloss on\b",
    ),
    regex_rule(
        EXPENSE,
        "other_expenses",
        r"\bpayroll\b.{0,20}?\b(?:processing|services?|providers?|fees?)\b|\b(?:adp|gusto|paychex)\b|\brecruit",
        "What a payroll provider charges, not the payroll.",
    ),
    regex_rule(
        EXPENSE,
        "employee_expense",
        r"\bpayroll tax|\bfica\b|\bmedicare\b|social security|\bfuta\b|\bsuta\b|\bunemployment\b|\bemployer tax",
    ),
    regex_rule(
        EXPENSE,
        "employee_expense",
        "|".join(
            (
                near(r"\b(?:health|dental|vision|life|disability|medical)\b", r"\binsurance\b"),
                r"\bemployee benefits?\b|\b401|\bretirement\b|\bsimple ira\b|\bhsa\b|\bworkers? comp",
            )
        ),
    ),
    regex_rule(
        EXPENSE,
        "employee_expense",
        r"\bsalar(?:y|ies)\b|\bwages?\b|\bgross pay\b|\bpayroll\b|\bbonus(?:es)?\b|\bcommissions?\b|\bovertime\b|"
        r"\bpto\b|\bvacation\b|\bseverance\b",
    ),
    regex_rule(
        EXPENSE,
        "other_expenses",
        r"\btrainings?\b|\bcertif|\beducation\b|\bseminars?\b|\bconferences?\b",
        "Choice: training is a cost of the business, not pay.",
    ),
    regex_rule(
        EXPENSE,
        "other_expenses",
        r"\brent\b|\bleas(?:e|es|ing)\b|\butilit|\binternet\b|\b(?:tele|cell ?)?phones?\b|\binsurance\b|\badvert|"
        r"\bmarketing\b|\boffice\b|\bsoftware\b|\bsubscriptions?\b|\bdues\b|\bprofessional\b|\blegal\b|\baccounting\b",
        "Premises, communication, insurance, marketing, advice.",
    ),
    regex_rule(
        EXPENSE,
        "other_expenses",
        r"\btravel\b|\bmeals?\b|\bentertainment\b|\bvehicles?\b|\bauto(?:mobile)?s?\b|\bfuel\b|\bmileage\b|\bparking\b|"
        r"\bbank\b|\bmerchant\b|\bcredit card|\bpostage\b|\brepairs?\b|\bbad debts?\b|\bdonations?\b|"
        r"\bcharitable\b|\blicen[sc]es?\b|\bpermits?\b|\bsupplies\b|\bcomputers?\b|\bmisc",
        "Travel, vehicles, banking, upkeep, permits.",
    ),
    regex_rule(
        EXPENSE, "other_expenses", r"\bshipping\b|\bfreight\b|\bhosting\b|\bwebsite\b|\bjanitorial\b|\bcleaning\b"
    ),
    regex_rule(frozenset({Section.OTHER_EXPENSE}), "other_expenses", r"\bmisc"),
)

DEFAULT_RULES: tuple[DefaultRule, ...] = FIRST_RULES + INCOME_RULES + COST_RULES + EXPENSE_RULES
