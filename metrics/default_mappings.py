"""The default rules of a managed service provider, in the order they are tried (see mapping.py for the words).

A rule exists where an account's name says what the account is. There is no "anything else" for income and
expense: an account no rule knows is shown as unmapped and counted in the totals, never guessed. Specific words
come before general ones: work on a thing before the thing ("Cloud Migration" is project work), the thing before
the contract form ("Backup Agreements" is resold backup).
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.mapping import UNMAPPED, MatchType
from metrics.profit_and_loss import Section


@dataclass(frozen=True)
class DefaultRule:
    """One default rule; its place in DEFAULT_RULES is its priority. No sections: every section."""

    match_type: MatchType
    pattern: str
    sections: frozenset[Section]
    metric_key: str
    note: str


_EVERY: frozenset[Section] = frozenset()
_INCOME = frozenset({Section.INCOME})
_ANY_INCOME = frozenset({Section.INCOME, Section.OTHER_INCOME})
_OTHER_INCOME = frozenset({Section.OTHER_INCOME})
_COGS = frozenset({Section.COST_OF_GOODS_SOLD})
_EXPENSE = frozenset({Section.EXPENSE})
_COGS_OR_EXPENSE = _COGS | _EXPENSE
_ANY_EXPENSE = frozenset({Section.EXPENSE, Section.OTHER_EXPENSE})
_ANY_COST = _ANY_EXPENSE | _COGS


def _near(first: str, second: str) -> str:
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


def _rule(sections: frozenset[Section], metric_key: str, pattern: str, note: str = "") -> DefaultRule:
    return DefaultRule(MatchType.REGEX, pattern, sections, metric_key, note)


_FIRST = (
    _rule(
        _EVERY,
        UNMAPPED,
        r"ask my accountant|suspense|uncategori[sz]ed|reconciliation discrepanc",
        "QuickBooks' own parking places: somebody has to say what is in them.",
    ),
    _rule(
        _ANY_COST,
        "owner_comp_taxes",
        _near(f"{_OWNERS}|{_MEMBERS}|{_PRINCIPALS}", _PAYROLL_TAX),
        "Payroll taxes on what owners and officers are paid.",
    ),
    _rule(
        _ANY_COST,
        "owner_comp",
        _near(_OWNERS, rf"\b(?:{_PAID_OR_PERK})\b"),
        "Pay and perks of owners and officers.",
    ),
    _rule(
        _ANY_COST,
        "owner_comp",
        _near(f"{_MEMBERS}|{_PRINCIPALS}", rf"\b(?:{_PAID})\b") + r"|\bguaranteed payments?\b",
        "Fewer words than for owners: a loan's principal is paid too, and clubs have members.",
    ),
    _rule(
        _ANY_EXPENSE,
        "owner_comp",
        _near(f"{_OWNERS}|{_MEMBERS}", r"\bdistributions?\b") + r"|\bdividends?\b",
        "Choice: distributions booked as an expense count as owner compensation, not as a cost of the business.",
    ),
)

_INCOME_RULES = (
    _rule(
        _INCOME,
        "nrr",
        r"\bblock (?:of )?(?:time|hours?)\b|\bpre ?paid (?:time|hours?|support)\b",
        "Choice: prepaid hours are sold once, so they are not recurring.",
    ),
    _rule(
        _INCOME,
        "mrr",
        r"\bmanaged (?:services?|it|support|networks?|servers?|desktops?|workstations?)\b|\bmsas?\b|"
        r"\bper (?:seat|user|device|endpoint)\b|\ball ?in\b|\bsupport plans?\b|"
        r"\b(?:maintenance|service|support) contracts?\b",
    ),
    _rule(_INCOME, "nrr", r"\bnon ?recurring\b|\bone ?time\b"),
    _rule(
        _INCOME,
        "nrr",
        r"(?<!microsoft )\bprojects?\b|professional services?|implementation|migration|\bon ?boarding\b|"
        r"\binstall(?:s|ed|ation|ations)?\b|\bcabling\b|\bvcio\b|\bconsult|(?<!awareness )\btraining\b",
        "Work on a thing, whatever the thing.",
    ),
    _rule(
        _INCOME,
        "product_sales",
        r"^(?!.*(?:\bleas|\brental|\bhaas\b|as a service|recurring|monthly|support|maintenance|labou?r|\bgain\b))"
        r".*\b(?:hardware|handsets?|equipment)\b",
        "Hardware sold, also for telephony or backup; not leased or maintained.",
    ),
    _rule(
        _INCOME,
        "orr",
        r"microsoft|\bm ?365\b|\bo ?365\b|office ?365|\bazure\b|\bcsp\b|google workspace|\bg suite\b",
    ),
    _rule(
        _INCOME,
        "orr",
        r"\bclouds?\b|\bhosting\b|\bhosted\b|\biaas\b|\bcolo\b|\bco ?location\b|data ?cent(?:er|re)|online services?",
    ),
    _rule(_INCOME, "orr", r"\bback ?ups?\b|\bbc?dr\b|disaster recovery|business continuity|\bcontinuity\b"),
    _rule(
        _INCOME,
        "orr",
        r"\bvoip\b|\btelephon(?!\w* support)|\bsip\b|\binternet\b(?! support)|\bconnectivity\b|\bcircuits?\b",
    ),
    _rule(
        _INCOME,
        "orr",
        r"\b(?:e ?mail|dns|endpoint|web|network) (?:security|filter|protection)|\bcyber ?security\b|"
        r"\b[emx]dr\b|\bsoc\b|\bsiem\b|anti ?virus|security awareness",
    ),
    _rule(_INCOME, "orr", r"\blicen[sc]|\bsubscriptions?\b|\bsaas\b|\brenewals?\b|\bssl\b|\bdomains?\b"),
    _rule(_INCOME, "orr", r"\bhaas\b|hardware as a service|\bleas(?:e|es|ed|ing)\b|\brentals?\b"),
    _rule(_INCOME, "mrr", r"\brecurring\b|\bmonthly\b|\bagreements?\b"),
    _rule(
        _INCOME,
        "nrr",
        r"\bhourly\b|\blabou?r\b|\bbreak ?fix\b|\bt m\b|\btime (?:and )?materials?\b|\bon ?site\b|remote support|"
        r"\bemergency\b|\bafter ?hours\b|\bservice calls?\b|\brepairs?\b",
    ),
    _rule(
        _INCOME,
        "product_sales",
        r"\bhardware\b|(?<!sale of )\bequipment\b|\bproducts?\b(?! support)|\bresale\b|\bparts\b|"
        r"\bperipherals?\b|\bprinters?\b|\btoners?\b|\bsoftware sales\b",
    ),
    _rule(
        _INCOME,
        "product_sales",
        r"\bshipping\b|\bfreight\b|(?<!service )\bdelivery\b",
        "Charged to customers with what they bought.",
    ),
    _rule(
        _INCOME,
        "misc_revenue",
        r"\bdiscounts?\b|\brefunds?\b|\bcredits?\b|\ballowances?\b|\breturns?\b",
        "Contra income: usually negative.",
    ),
    _rule(
        _ANY_INCOME,
        "misc_revenue",
        r"finance charges?|\blate fees?\b|\binterest\b|\breimburs|\brebates?\b|\bmdf\b|\bspiffs?\b|\breferrals?\b|"
        r"\bcommissions?\b|\bgrants?\b|\bforgiveness\b|\bgains?\b|\bmisc",
    ),
    DefaultRule(MatchType.WILDCARD, "*", _OTHER_INCOME, "misc_revenue", "Other income is not what the business sells."),
)

_COST_RULES = (
    _rule(
        _COGS_OR_EXPENSE,
        "other_expenses",
        r"\bsub ?contract|\bcontract(?:ed)? (?:labou?r|services?|staff|technicians?)\b|\boutsourc|\b1099\b|"
        r"\boffshore\b",
        "Choice: people who are not employees are not employee expense.",
    ),
    _rule(
        _COGS,
        "employee_expense",
        r"\blabou?r\b|\bwages?\b|\bsalar|\bpayroll\b|\btechnicians?\b|\bengineers?\b|\bbenefits?\b",
        "Employees whose pay is booked as cost of goods sold.",
    ),
    _rule(
        _COGS_OR_EXPENSE,
        "other_expenses",
        r"\brmm\b|\bpsa\b|\bnoc\b|\bsoc\b|\bhelp ?desk\b|\btools?\b|\bstack\b",
        "Choice: the tools behind the service are a cost of running it, not of products resold.",
    ),
    _rule(
        _COGS,
        "product_cogs",
        r"\bhardware\b|\bproducts?\b|\bequipment\b|\bsoftware\b|\blicen[sc]|\bcsp\b|microsoft|\bcloud\b|\bhosting\b|"
        r"\bvoip\b|\bback ?up\b|\bfreight\b|\bmerchandise\b",
    ),
    DefaultRule(MatchType.WILDCARD, "*", _COGS, "product_cogs", "Cost of goods sold is what was resold, unless named."),
)

_EXPENSE_RULES = (
    _rule(
        _ANY_EXPENSE,
        "other_expenses",
        r"\bdepreciation\b|\bamorti[sz]ation\b|\binterest\b|\b(?:income|franchise|property|excise|sales) tax|"
        r"\bexchange (?:gain|loss)|\bpenalt|\bloss on\b",
    ),
    _rule(
        _EXPENSE,
        "other_expenses",
        r"\bpayroll\b.{0,20}?\b(?:processing|services?|providers?|fees?)\b|\b(?:adp|gusto|paychex)\b|\brecruit",
        "What a payroll provider charges, not the payroll.",
    ),
    _rule(
        _EXPENSE,
        "employee_expense",
        r"\bpayroll tax|\bfica\b|\bmedicare\b|social security|\bfuta\b|\bsuta\b|\bunemployment\b|\bemployer tax",
    ),
    _rule(
        _EXPENSE,
        "employee_expense",
        "|".join(
            (
                _near(r"\b(?:health|dental|vision|life|disability|medical)\b", r"\binsurance\b"),
                r"\bemployee benefits?\b|\b401|\bretirement\b|\bsimple ira\b|\bhsa\b|\bworkers? comp",
            )
        ),
    ),
    _rule(
        _EXPENSE,
        "employee_expense",
        r"\bsalar(?:y|ies)\b|\bwages?\b|\bgross pay\b|\bpayroll\b|\bbonus(?:es)?\b|\bcommissions?\b|\bovertime\b|"
        r"\bpto\b|\bvacation\b|\bseverance\b",
    ),
    _rule(
        _EXPENSE,
        "other_expenses",
        r"\btrainings?\b|\bcertif|\beducation\b|\bseminars?\b|\bconferences?\b",
        "Choice: training is a cost of the business, not pay.",
    ),
    _rule(
        _EXPENSE,
        "other_expenses",
        r"\brent\b|\bleas(?:e|es|ing)\b|\butilit|\binternet\b|\b(?:tele|cell ?)?phones?\b|\binsurance\b|\badvert|"
        r"\bmarketing\b|\boffice\b|\bsoftware\b|\bsubscriptions?\b|\bdues\b|\bprofessional\b|\blegal\b|\baccounting\b",
        "Premises, communication, insurance, marketing, advice.",
    ),
    _rule(
        _EXPENSE,
        "other_expenses",
        r"\btravel\b|\bmeals?\b|\bentertainment\b|\bvehicles?\b|\bauto(?:mobile)?s?\b|\bfuel\b|\bmileage\b|\bparking\b|"
        r"\bbank\b|\bmerchant\b|\bcredit card|\bpostage\b|\brepairs?\b|\bbad debts?\b|\bdonations?\b|"
        r"\bcharitable\b|\blicen[sc]es?\b|\bpermits?\b|\bsupplies\b|\bcomputers?\b|\bmisc",
        "Travel, vehicles, banking, upkeep, permits.",
    ),
    _rule(_EXPENSE, "other_expenses", r"\bshipping\b|\bfreight\b|\bhosting\b|\bwebsite\b|\bjanitorial\b|\bcleaning\b"),
    _rule(frozenset({Section.OTHER_EXPENSE}), "other_expenses", r"\bmisc"),
)

DEFAULT_RULES: tuple[DefaultRule, ...] = _FIRST + _INCOME_RULES + _COST_RULES + _EXPENSE_RULES
