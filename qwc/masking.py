"""qbXML as the console shows it: personal numbers, cards and passwords masked, one element to a line. Never raises."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "••••"
# Elements whose content is masked whatever it is. AccountNumber is not among them: ledger accounts have it.
_SECRET: Final = re.compile(
    r"<((?:\w{0,40}(?:SSN|SocialSecurity\w{0,20}|CreditCardNumber|CardNumber|CardSecurityCode|CreditCardTxnNumber|"
    r"Password|Passwd|TaxIdent|TaxID|BankNumber|BankAccountNumber|RoutingNumber|BirthDate|DateOfBirth|TrackData)"
    r"|EIN|Magnetic\w{0,20}))((?:\s[^<>]{0,400})?)>([^<]*)",
    re.IGNORECASE,
)
_SSN: Final = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])")


def masked(text: str) -> str:
    """The text with its secrets replaced by dots; doing it twice changes nothing."""
    text = _SECRET.sub(_without_content, text)
    return _CARD.sub(_card, _SSN.sub(MASK, text))


def _without_content(found: re.Match[str]) -> str:
    if found[2].endswith("/") or not found[3].strip():
        return found[0]
    return f"<{found[1]}{found[2]}>{MASK}"


def _card(found: re.Match[str]) -> str:
    """A number that a card could have (Luhn); other long numbers, as ListIDs and amounts, stay."""
    digits = [int(sign) for sign in found[0] if sign.isdigit()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return MASK if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else found[0]
