"""One cell of a targets file: the metric, month, kind or amount it names, however a spreadsheet turned it over.

Each raises TargetError with what was seen and what would be right.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from metrics.arithmetic import LINES, Unit
from metrics.months import MONTH_NAMES, Month
from metrics.spreadsheets import Cell, Percent
from metrics.targets.rules import TargetError, TargetKind

_KEYS = {line.label.casefold(): key for key, line in LINES.items()} | {key: key for key in LINES}
_NAMED_MONTH = re.compile(r"([a-z]{3,9})[ -](20\d\d|\d\d)", re.ASCII)
_NUMBER = re.compile(r"(-?)[$€£]? *((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?|\.\d+) *(%?)", re.ASCII)


def heading_in(cell: Cell) -> str:
    """The cell as a heading: small letters, "" when empty."""
    return "" if cell is None else str(cell).strip().casefold()


def metric_in(cell: Cell) -> str:
    """By key or by name."""
    key = _KEYS.get(heading_in(cell))
    if key is None:
        raise TargetError(f"{_quoted(cell)} is not a metric. Write a key like mrr, net_margin or total_revenue.")
    return key


def kind_in(cell: Cell, default: TargetKind) -> TargetKind:
    """target or budget; the default for an empty cell."""
    try:
        return TargetKind(heading_in(cell) or default)
    except ValueError as problem:
        raise TargetError(f"{_quoted(cell)} is not a kind: write target or budget.") from problem


def month_in(cell: Cell) -> Month:
    """As we write it, as a date, or as spreadsheets turn it over: 2026-01, 2026-01-01, Jan 2026, Jan-26."""
    if isinstance(cell, datetime.date):
        return Month.of(cell)
    text = heading_in(cell)
    if named := _NAMED_MONTH.fullmatch(text):
        for number, name in enumerate(MONTH_NAMES, 1):
            if name.casefold().startswith(named[1]):
                return Month(int(named[2][-2:]) + 2000, number)
    try:
        return Month.parse(text.removesuffix("-01") if len(text) == 10 else text)
    except ValueError as problem:
        raise TargetError(f"{_quoted(cell)} is not a month: write it as 2026-01.") from problem


def amount_in(cell: Cell, unit: Unit) -> Decimal | None:
    """None for an empty cell or a dash. A percentage is written 35.5 or 35.5%."""
    if isinstance(cell, str):
        cell = _number(cell)
    if cell is None:
        return None
    if isinstance(cell, Percent) and unit is Unit.PERCENT:
        return _sane(cell.value)
    if not isinstance(cell, Decimal):
        raise TargetError(f"{_quoted(cell)} is not an amount for this metric: write a number like 1234.56.")
    if unit is Unit.PERCENT and 0 < abs(cell) < 1:
        raise TargetError(f"{cell} could be {cell}% or {cell:.0%}: write the percent sign.")
    return _sane(cell)


def _sane(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount.adjusted() > 12:
        raise TargetError("The amount is too large.")
    return amount


def _number(text: str) -> Decimal | Percent | None:
    """ "1,234.56", "(1,234.56)", "−5", "$ 10", "35.5%"; None for an empty cell or a dash."""
    if text.startswith("="):
        raise TargetError("This is a formula without its result: open the file, save it, or put the number there.")
    bare = text.strip().replace("−", "-").replace("\u00a0", " ")
    if bare in ("", "-", "–", "—"):
        return None
    is_bracketed = bare.startswith("(") and bare.endswith(")")
    found = _NUMBER.fullmatch(bare[1:-1] if is_bracketed else bare)
    if found is None:
        raise TargetError(f"{_quoted(text)} is not a number: write it as 1234.56, without other signs.")
    amount = Decimal(found[1] + found[2].replace(",", ""))
    if is_bracketed:
        amount = -abs(amount)
    return Percent(amount) if found[3] else amount


def _quoted(cell: Cell) -> str:
    text = str(cell.value) + "%" if isinstance(cell, Percent) else str(cell or "")
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
