"""What a company file says of itself: fiscal year, currencies, name; from a CompanyQuery or an HCP answer."""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from qbwc.qbxml import values
from qbwc.qbxml.responses import parse_answer

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBER: Final = re.compile(r"0?[1-9]|1[0-2]")


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What was said: None and "" for what was not, or could not be read.

    first_fiscal_month is 1 to 12. home_currency is QuickBooks' name, "US Dollar"; it is told only where several
    currencies are used, so that "" with is_multi_currency False means: the one currency of the file.
    """

    first_fiscal_month: int | None
    is_multi_currency: bool | None
    home_currency: str
    company_name: str


def read_company_facts(text: str) -> CompanyFacts:
    """The facts in an answer to company and preferences queries, alone or together, or in an HCP answer.

    Raises MalformedAnswer for a text that is no QBXML answer. A refused query says nothing: no error here.
    """
    elements = [response.element for response in parse_answer(text).responses]
    company = _found(elements, "CompanyRet")
    currencies = _found(elements, "PreferencesRet/MultiCurrencyPreferences")
    return CompanyFacts(
        first_fiscal_month=first_fiscal_month(_text(company, "FirstMonthFiscalYear")),
        is_multi_currency=_switch(_text(currencies, "IsMultiCurrencyOn")),
        home_currency=_text(currencies, "HomeCurrencyRef/FullName"),
        company_name=_text(company, "CompanyName"),
    )


def first_fiscal_month(text: str) -> int | None:
    """1 to 12 from "July", "Jul" or "7"; None for anything else."""
    word = text.strip().casefold()
    if _NUMBER.fullmatch(word):
        return int(word)
    found = [number for number, name in enumerate(_MONTHS, 1) if len(word) >= 3 and name.startswith(word)]
    return found[0] if found else None


def _found(elements: list[etree._Element], path: str) -> etree._Element | None:
    return next((found for element in elements if (found := element.find(path)) is not None), None)


def _text(element: etree._Element | None, path: str) -> str:
    return "" if element is None else element.findtext(path, "").strip()


def _switch(text: str) -> bool | None:
    try:
        return values.boolean(text)
    except values.BadValue:
        return None
