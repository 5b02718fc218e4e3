"""One cell of a mappings file: the value it names, however people or spreadsheets write it, and back.

Each reader raises CellError with what was seen and what would be right.
"""

from __future__ import annotations

import re
from decimal import Decimal

from metrics.arithmetic import CATEGORY_METRICS, METRICS, UNMAPPED
from metrics.mapping import MatchType
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.spreadsheets import Cell, Percent
from metrics.targets.cells import month_in
from metrics.targets.rules import TargetError

MOST_LETTERS = 500
MOST_PRIORITY = 1_000_000


class CellError(ValueError):
    """A cell that cannot be used."""


def plain_text(text: str) -> str:
    """As a file can hold it: one line, without control characters and outer blanks."""
    return _UNWRITABLE.sub(" ", text).strip()


def text_in(cell: Cell) -> str:
    """The cell as text; a number as it was typed."""
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{int(cell)}" if cell == cell.to_integral_value() else f"{cell:f}"
        case Percent(value):
            return f"{value:f}%"
        case str():
            return _checked(cell[1:] if _GUARDED_TWICE.match(cell) else cell)
        case _:
            return str(cell)


def text_out(text: str) -> str:
    """What to write so that text_in reads it again: text that looks like a guarded formula is guarded once more."""
    plain = plain_text(text)
    return f"'{plain}" if _GUARDED.match(plain) else plain


def priority_in(cell: Cell, default: int | None) -> int:
    """A whole number; the default, if there is one, for an empty cell."""
    text = text_in(cell)
    if not text and default is not None:
        return default
    if not _WHOLE.fullmatch(text) or int(text) > MOST_PRIORITY:
        raise CellError(f"“{text}” is no priority: give a whole number from 0 to {MOST_PRIORITY:,}; lower comes first.")
    return int(text)


def match_type_in(cell: Cell) -> str:
    """By its value or its name."""
    found = _MATCH_TYPES.get(_letters(text_in(cell)))
    if found is None:
        known = ", ".join(one.value for one in MatchType)
        raise CellError(f"“{text_in(cell)}” is no match type: write one of {known}.")
    return found.value


def metric_in(cell: Cell) -> str:
    """A category by key or label, or unmapped."""
    found = _METRICS.get(_letters(text_in(cell)))
    if found is None:
        known = ", ".join((*CATEGORY_METRICS, UNMAPPED))
        raise CellError(f"“{text_in(cell)}” is no metric that accounts can be mapped to: write one of {known}.")
    return found


def account_types_in(cell: Cell) -> tuple[str, ...]:
    """QuickBooks' AccountTypes between semicolons, in printed order; "" means all."""
    names = [name for name in re.split(r"[;,|/\r\n]", text_in(cell)) if name.strip()]
    unknown = [name.strip() for name in names if _letters(name) not in _SECTIONS]
    if unknown:
        known = "; ".join(section.value for section in Section)
        raise CellError(f"“{unknown[0]}” is no profit and loss account type: write some of {known}, or nothing.")
    wanted = {_SECTIONS[_letters(name)] for name in names}
    return tuple(section.value for section in Section if section in wanted)


def active_in(cell: Cell) -> bool:
    """Yes or no; an empty cell means yes."""
    found = _ANSWERS.get(text_in(cell).casefold())
    if found is None:
        raise CellError(f"“{text_in(cell)}” is neither yes nor no.")
    return found


def effective_month_in(cell: Cell) -> Month | None:
    """2026-01 or what a spreadsheet makes of it; None for an empty cell."""
    if cell is None or cell == "":
        return None
    try:
        return month_in(cell)
    except (TargetError, ValueError) as problem:
        raise CellError(f"“{text_in(cell)}” is no month: write it as 2026-01.") from problem


def _checked(text: str) -> str:
    if len(text) > MOST_LETTERS:
        raise CellError(f"The cell has {len(text):,} characters; at most {MOST_LETTERS} are kept.")
    return plain_text(text)


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


# Control characters, line and paragraph separators, halves of surrogate pairs, and what XML cannot hold.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_GUARDED = re.compile("'+[=+@-]")
_GUARDED_TWICE = re.compile("''+[=+@-]")
_WHOLE = re.compile(r"[0-9]{1,9}")
_ANSWERS = {
    **dict.fromkeys(("", "yes", "y", "true", "1", "x", "on", "active"), True),
    **dict.fromkeys(("no", "n", "false", "0", "off", "inactive"), False),
}
_SECTIONS = {_letters(section.value): section for section in Section} | {"cogs": Section.COST_OF_GOODS_SOLD}
_METRICS = {
    **{_letters(metric.label): metric.key for metric in METRICS if metric.key in CATEGORY_METRICS},
    **{_letters(key): key for key in (*CATEGORY_METRICS, UNMAPPED)},
}
_MATCH_TYPES = {_letters(one.value): one for one in MatchType} | {
    "is": MatchType.EXACT,
    "fullnameis": MatchType.EXACT,
    "exactfullname": MatchType.EXACT,
    "beginswith": MatchType.STARTS_WITH,
    "fullnamestartswith": MatchType.STARTS_WITH,
    "fullnamecontains": MatchType.CONTAINS,
    "fullnamematcheswithand": MatchType.WILDCARD,
    "wildcards": MatchType.WILDCARD,
    "regularexpression": MatchType.REGEX,
    "ledgeraccount": MatchType.ACCOUNT,
    "listid": MatchType.ACCOUNT,
}
