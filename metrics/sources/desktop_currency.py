"""Whether a report is in the home currency: a report that says another one is refused, never converted.

QuickBooks prints reports in the home currency and says nothing about it. A CurrencyRef, or a column title that is a
currency, says that this report is of another kind. Names as in QuickBooks' currency list.
"""

from __future__ import annotations

from metrics.profit_and_loss import UnreadableReport
from qbwc.qbxml.reports import Report

_NAMES_BY_CODE = {
    "AUD": "Australian Dollar",
    "BRL": "Brazilian Real",
    "CAD": "Canadian Dollar",
    "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan Renminbi",
    "CZK": "Czech Koruna",
    "DKK": "Danish Krone",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "HKD": "Hong Kong Dollar",
    "HUF": "Hungarian Forint",
    "ILS": "Israeli Shekel",
    "INR": "Indian Rupee",
    "JPY": "Japanese Yen",
    "KRW": "South Korean Won",
    "MXN": "Mexican Peso",
    "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar",
    "PHP": "Philippine Peso",
    "PLN": "Polish Zloty",
    "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar",
    "THB": "Thai Baht",
    "TWD": "Taiwan Dollar",
    "USD": "US Dollar",
    "ZAR": "South African Rand",
}
_CODES = {name.casefold(): code for code, name in _NAMES_BY_CODE.items()} | {
    code.casefold(): code for code in _NAMES_BY_CODE
}
_FOREIGN = "foreign"  # "Foreign Amount": QuickBooks' own word for another currency


def refuse_foreign_currency(report: Report, home_currency: str) -> None:
    """UnreadableReport when the report names a currency that is not known to be the home currency."""
    for where, text in _mentions(report):
        if code_of(text) != code_of(home_currency):
            home = f"the home currency is {home_currency}" if home_currency else "the home currency is not known here"
            raise UnreadableReport(
                f"{where} says “{text}”, but {home}: amounts in another currency are not added up. In QuickBooks, show "
                "the report in the home currency (Customise Report, Display), or let the next update read the "
                "company's preferences; then ask again."
            )


def code_of(text: str) -> str:
    """The ISO code of "US Dollar", "usd" or "(USD)"; any other text as it is, in lower case."""
    plain = text.strip(" ()[]").casefold()
    return _CODES.get(plain, plain)


def _mentions(report: Report) -> list[tuple[str, str]]:
    found = [("The report's CurrencyRef", report.currency)] if report.currency else []
    found += [
        (f"Column {column.col_id}'s title", title)
        for column in report.columns
        for title in column.titles
        if _is_currency(title)
    ]
    return found


def _is_currency(title: str) -> bool:
    plain = title.strip(" ()[]").casefold()
    return plain in _CODES or plain.startswith(f"{_FOREIGN} ") or plain == _FOREIGN
