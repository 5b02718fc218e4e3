"""A company's fiscal year, and periods of whole months as values: named, written in an address, compared."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from metrics.months import MONTH_NAMES, Month, months_between

FIRST_YEAR, LAST_YEAR = 1980, 2199
MOST_MONTHS = 120

_HOW = (
    "Write a month (2026-01), a quarter (2026-Q1), a fiscal year (fy:2026), a year to date (ytd:2026-03),"
    " twelve months (ttm:2026-03), or from and to (2025-01..2025-06)."
)


class PeriodError(ValueError):
    """No such period; the message says what would be right."""


class PeriodKind(enum.Enum):
    """What sort of span it is: the period before it is of the same sort."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "ytd"
    TRAILING_YEAR = "ttm"
    YEAR = "fy"
    CUSTOM = "custom"


@dataclass(frozen=True)
class FiscalCalendar:
    """Years that begin in `first_month` (1 to 12). A fiscal year has the number of the year in which it ends."""

    first_month: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.first_month <= 12:
            raise PeriodError(f"A fiscal year begins in a month from 1 to 12, not in {self.first_month}.")

    @classmethod
    def named(cls, month: str) -> FiscalCalendar:
        """From FirstMonthFiscalYear of CompanyRet, or QuickBooks Online's: "October"."""
        name = month.strip().capitalize()
        if name not in MONTH_NAMES:
            raise PeriodError(f"{month[:40]!r} is not the name of a month: January to December.")
        return cls(MONTH_NAMES.index(name) + 1)

    @property
    def is_calendar_year(self) -> bool:
        return self.first_month == 1

    def fiscal_year_of(self, month: Month) -> int:
        """Begun in July: Jul 2025 to Jun 2026 are 2026."""
        return month.year + (not self.is_calendar_year and month.month >= self.first_month)

    def quarter_of(self, month: Month) -> int:
        """1 to 4, counted from the first month of the fiscal year."""
        return (month.month - self.first_month) % 12 // 3 + 1

    def first_month_of(self, year: int, quarter: int = 1) -> Month:
        """The month in which the fiscal year, or one of its quarters, begins."""
        return Month(year if self.is_calendar_year else year - 1, self.first_month).plus(3 * (quarter - 1))

    def last_month_of(self, year: int) -> Month:
        """The month in which the fiscal year ends."""
        return self.first_month_of(year).plus(11)

    def year_label(self, year: int) -> str:
        """ "2026" when it is the calendar's, else "FY2026"."""
        return f"{year}" if self.is_calendar_year else f"FY{year}"


CALENDAR_YEAR = FiscalCalendar()


def calendar_of(chosen: int | None, said: str | None) -> FiscalCalendar:
    """What a person chose (1 to 12), else what QuickBooks said ("October"), else the calendar year.

    A word that QuickBooks has never used stands for the calendar year until a person chooses.
    """
    if chosen is not None:
        return FiscalCalendar(chosen)
    try:
        return FiscalCalendar.named(said) if said else CALENDAR_YEAR
    except PeriodError:
        return CALENDAR_YEAR


@dataclass(frozen=True)
class Period:
    """Whole months from first to last, both included; `str()` is how it is written in an address."""

    label: str
    first: Month
    last: Month
    kind: PeriodKind = PeriodKind.CUSTOM
    calendar: FiscalCalendar = CALENDAR_YEAR

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodError(f"{self.first}..{self.last} ends before it begins: write {self.last}..{self.first}.")
        if self.first.year < FIRST_YEAR or self.last.year > LAST_YEAR:
            raise PeriodError(f"Choose months between {FIRST_YEAR}-01 and {LAST_YEAR}-12.")
        if len(self) > MOST_MONTHS:
            raise PeriodError(f"{self.first}..{self.last} is {len(self)} months; at most {MOST_MONTHS} are shown.")

    def __len__(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    @property
    def months(self) -> tuple[Month, ...]:
        """Every month of it, oldest first."""
        return months_between(self.first, self.last)

    @classmethod
    def month(cls, month: Month) -> Period:
        """One month."""
        return cls(month.label, month, month, PeriodKind.MONTH)

    @classmethod
    def quarter(cls, month: Month, calendar: FiscalCalendar = CALENDAR_YEAR) -> Period:
        """The fiscal quarter in which the month lies: "Q1 2026", or "Q1 FY2026"."""
        year, number = calendar.fiscal_year_of(month), calendar.quarter_of(month)
        first = calendar.first_month_of(year, number)
        label = f"Q{number} {calendar.year_label(year)}"
        return cls(label, first, first.plus(2), PeriodKind.QUARTER, calendar)

    @classmethod
    def year(cls, month: Month, calendar: FiscalCalendar = CALENDAR_YEAR) -> Period:
        """The fiscal year in which the month lies."""
        number = calendar.fiscal_year_of(month)
        first = calendar.first_month_of(number)
        return cls(calendar.year_label(number), first, first.plus(11), PeriodKind.YEAR, calendar)

    @classmethod
    def ytd(cls, last: Month, calendar: FiscalCalendar = CALENDAR_YEAR) -> Period:
        """The fiscal year so far, up to and with `last`."""
        first = calendar.first_month_of(calendar.fiscal_year_of(last))
        return cls(f"Year to date, {last.label}", first, last, PeriodKind.YEAR_TO_DATE, calendar)

    @classmethod
    def ttm(cls, last: Month) -> Period:
        """The twelve months up to and with `last`."""
        return cls(f"12 months to {last.label}", last.plus(-11), last, PeriodKind.TRAILING_YEAR)

    @classmethod
    def custom(cls, first: Month, last: Month) -> Period:
        """Any months from first to last."""
        start = first.label.split()[0] if first.year == last.year else first.label
        return cls(first.label if first == last else f"{start} – {last.label}", first, last)

    def __str__(self) -> str:
        match self.kind:
            case PeriodKind.MONTH:
                return str(self.last)
            case PeriodKind.QUARTER:
                return f"{self.calendar.fiscal_year_of(self.last)}-Q{self.calendar.quarter_of(self.last)}"
            case PeriodKind.YEAR:
                return f"fy:{self.calendar.fiscal_year_of(self.last)}"
            case PeriodKind.CUSTOM:
                return f"{self.first}..{self.last}"
            case _:
                return f"{self.kind.value}:{self.last}"

    @classmethod
    def parse(cls, text: str, calendar: FiscalCalendar = CALENDAR_YEAR) -> Period:
        """Read what `str()` writes; PeriodError for anything else."""
        if quarter := _QUARTER.fullmatch(text):
            return cls.quarter(calendar.first_month_of(_year(quarter[1]), int(quarter[2])), calendar)
        if year := _YEAR.fullmatch(text):
            return cls.year(calendar.last_month_of(_year(year[1])), calendar)
        if span := _SPAN.fullmatch(text):
            return cls.custom(_month(span[1], text), _month(span[2], text))
        kind, _, month = text.rpartition(":")
        match kind:
            case "ytd":
                return cls.ytd(_month(month, text), calendar)
            case "ttm":
                return cls.ttm(_month(month, text))
            case _:
                return cls.month(_month(text, text))


_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])", re.ASCII)
_YEAR = re.compile(r"fy:(\d{4})", re.ASCII)
_SPAN = re.compile(r"(\d{4}-\d{2})\.\.(\d{4}-\d{2})", re.ASCII)


def _month(text: str, whole: str) -> Month:
    try:
        month = Month.parse(text)
    except ValueError as problem:
        raise PeriodError(f"{whole[:40]!r} is not a period. {_HOW}") from problem
    _year(text[:4])
    return month


def _year(text: str) -> int:
    if not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise PeriodError(f"Choose months between {FIRST_YEAR}-01 and {LAST_YEAR}-12.")
    return int(text)
