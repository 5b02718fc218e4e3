"""A calendar month as a value: ordered, hashable, counted in whole months."""

from __future__ import annotations

import datetime
import re
from calendar import monthrange
from dataclasses import dataclass

_TEXT = re.compile(r"(\d{4})-(\d{2})")
# English, as QuickBooks writes them; not the operating system's language.
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, order=True)
class Month:
    """One month of one year; a ValueError when there is no such month."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1 <= self.year <= 9999):
            raise ValueError(f"{self.year}-{self.month} is not a month.")

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2026-01"; ValueError for anything else."""
        found = _TEXT.fullmatch(text) if text.isascii() else None
        if found is None:
            raise ValueError(f"{text!r} is not a month: write it as 2026-01.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, date: datetime.date) -> Month:
        """The month a date (or datetime) lies in."""
        return cls(date.year, date.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def label(self) -> str:
        """For people: "Jan 2026"."""
        return f"{MONTH_NAMES[self.month - 1][:3]} {self.year}"

    @property
    def first_day(self) -> datetime.date:
        """The first day."""
        return datetime.date(self.year, self.month, 1)

    @property
    def last_day(self) -> datetime.date:
        """The last day, leap years included."""
        return datetime.date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, count: int) -> Month:
        """The month `count` months later; earlier when negative."""
        year, month = divmod(self.year * 12 + self.month - 1 + count, 12)
        return Month(year, month + 1)


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from first to last, both included; empty when last lies before first."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(first.plus(step) for step in range(count))
