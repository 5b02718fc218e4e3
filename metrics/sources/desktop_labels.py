"""Account numbers in labels and RowData: "60200 · Automobile Expense" (and "60200.Automobile" in Intuit's guide)."""

from __future__ import annotations

import re

# At most 7 characters (schema of AccountNumber); a name cannot hold the middle dot and spaces by accident.
_NUMBERED = re.compile(r"([0-9A-Za-z.\-]{1,10}) · (.+)", re.DOTALL)
OTHER = " - Other"


def split_number(text: str) -> tuple[str, str]:
    """Account number ("" without one) and name."""
    found = _NUMBERED.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)


def own_name(label: str, groups: tuple[str, ...]) -> str:
    """The account's name by its label; "" for "X - Other" under X, which stands for X itself."""
    number, name = split_number(label)
    if groups and name.endswith(OTHER):
        parent_number, parent = split_number(groups[-1])
        if name.removesuffix(OTHER) == parent and number in ("", parent_number):
            return ""
    return name
