"""QuickBooks' texts as values: amounts, dates, switches, and the characters it can hold (qbxml.md 1.4, 4.4)."""

import re
import unicodedata
from datetime import date as Date
from decimal import Decimal
from typing import Final

# Shared with qbwc.soap, which needs them for bytes: what XML 1.0 forbids, raw and as a reference.
ILLEGAL_CHARACTER: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
_DECIMALS: Final = (
    r"[0-8]|1[124-9]|2[0-9]|3[01]|6553[45]"
    r"|5529[6-9]|55[3-9][0-9]{2}|56[0-9]{3}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]"  # half of a surrogate pair
)
_HEXADECIMALS: Final = r"[0-8bBcCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]"
ILLEGAL_REFERENCE: Final = rf"&#(?:0*(?:{_DECIMALS})|x0*(?:{_HEXADECIMALS}));"

LARGEST_AMOUNT: Final = Decimal("999999999999.99")


class BadValue(ValueError):
    """A text is not what QuickBooks writes for this kind of value."""


_AMOUNT: Final = re.compile(r"(-)?(\()?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.([0-9]*))?(\))?")


def amount(text: str) -> Decimal:
    """An amount with 2 places; an empty text is 0.00, as a missing cell is.

    QuickBooks writes "-21719.29". Commas between thousands and accounting parentheses are understood as well.
    Raises BadValue for anything else, for a fraction of a cent, and beyond ±999,999,999,999.99.
    """
    text = text.strip()
    if not text:
        return Decimal("0.00")
    whole, cents, is_negative = _amount_parts(text)
    value = Decimal(f"{'-' if is_negative else ''}{whole or '0'}.{cents}")
    if value.copy_abs() > LARGEST_AMOUNT:  # abs() would round to the caller's decimal context
        raise BadValue(f"{text[:40]!r} is larger than any amount QuickBooks can hold.")
    return value if value else Decimal("0.00")


def _amount_parts(text: str) -> tuple[str, str, bool]:
    found = _AMOUNT.fullmatch(text)
    if not found or len(text) > 40:
        raise BadValue(f"{text[:40]!r} is not an amount.")
    minus, opening, whole, fraction, closing = found.groups(default="")
    if bool(opening) != bool(closing) or (minus and opening) or not (whole or fraction):
        raise BadValue(f"{text!r} is not an amount.")
    if fraction[2:].strip("0"):
        raise BadValue(f"{text!r} has a fraction of a cent.")
    return whole.replace(",", ""), fraction[:2].ljust(2, "0"), bool(minus or opening)


_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP: Final = re.compile(r"([0-9-]{10})(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?")


def date(text: str) -> Date:
    """YYYY-MM-DD. Raises BadValue."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise BadValue(f"{text[:40]!r} is not a date like 2026-01-31.")
    try:
        return Date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise BadValue(f"{text!r} is not a day of the calendar.") from error


def date_of_timestamp(text: str) -> Date:
    """The day in "2023-12-16T00:06:45-05:00" as the people at that QuickBooks saw it. Raises BadValue.

    The offset is not used: QuickBooks writes the winter offset all year (qbxml.md 1.2), the local time is right.
    """
    found = _TIMESTAMP.fullmatch(text.strip())
    if not found:
        raise BadValue(f"{text[:40]!r} is not a time like 2026-01-31T09:00:00-05:00.")
    return date(found[1])


_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


def boolean(text: str) -> bool:
    """true or false, in any case, or 1 or 0. Raises BadValue."""
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise BadValue(f"{text[:40]!r} is neither true nor false.")
    return value


_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def storable(text: str) -> str:
    """The text as QuickBooks can keep it: it stores Windows-1252, and turns everything else into "?" for good.

    Letters that Windows-1252 lacks lose their accents; what is left over becomes "?". Control characters go.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_stored_character(character) for character in _UNSTORABLE.sub("", text))


def _stored_character(character: str) -> str:
    if _is_windows_1252(character):
        return character
    folded = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in folded if not unicodedata.combining(part))
    return kept if kept and all(map(_is_windows_1252, kept)) else "" if unicodedata.combining(character) else "?"


def _is_windows_1252(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def to_ascii(text: str) -> str:
    """Element text for a request in pure ASCII: storable, escaped, and everything above 127 as `&#n;`."""
    text = storable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


_ODD_CHARACTER: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL_REFERENCE: Final = re.compile(ILLEGAL_REFERENCE)
_C1_REFERENCE: Final = re.compile(r"&#(?:0*(12[89]|1[345][0-9])|x0*([89][0-9a-fA-F]));")


def clean(text: str) -> str:
    """An answer made safe to parse: forbidden characters and references are dropped, and those of 128-159, which
    QuickBooks means as Windows-1252 (`&#146;` is an apostrophe), become what was meant. Keep the original."""
    text = _ODD_CHARACTER.sub(lambda found: _meant(ord(found[0])), text)
    if "&#" not in text:
        return text
    text = _ILLEGAL_REFERENCE.sub("", text)
    return _C1_REFERENCE.sub(lambda found: _meant(int(found[1]) if found[1] else int(found[2], 16)), text)


def _meant(number: int) -> str:
    """What a forbidden or C1 code stands for: a Windows-1252 character, or nothing."""
    return bytes((number,)).decode("cp1252", "ignore") if 0x80 <= number <= 0x9F else ""
