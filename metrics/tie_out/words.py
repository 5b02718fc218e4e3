"""What a tie-out means, in words for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from metrics.derived import Unit
from metrics.figure_words import written
from metrics.months import Month

TIED_MESSAGE = "Every total that QuickBooks printed equals the sum of its rows, Net Income included."

MORE = "more"  # of the last discrepancy kept: how many there were beyond those that are kept


def totals_off(kept: Sequence[Mapping[str, str]]) -> int:
    """How many totals are off, from the discrepancies that a row keeps of them."""
    return len(kept) + int(kept[-1].get(MORE, "0")) if kept else 0


def untied_message(
    month: Month, quickbooks_net_income: Decimal, difference: Decimal, totals_off: int, *, figures_are_from_untied: bool
) -> str:
    """Why a month is untied, which figures are shown meanwhile, and what to do."""
    return (
        f"{_reason(month, quickbooks_net_income, difference, totals_off)} {_shown(figures_are_from_untied)} {_REMEDY}"
    )


_REMEDY = (
    "If the next reading does not tie out either, verify the company file in QuickBooks (File, Utilities, Verify Data)."
)


def _reason(month: Month, net_income: Decimal, difference: Decimal, totals_off: int) -> str:
    if difference == 0:
        return (
            f"QuickBooks' report for {month.label} has {_totals(totals_off)} that its own rows do not add up to;"
            " Net Income agrees."
        )
    return (
        f"QuickBooks prints a Net Income of {written(net_income, Unit.MONEY)} for {month.label}, but its own rows"
        f" add up to {written(net_income + difference, Unit.MONEY)}: a difference of {written(difference, Unit.MONEY)}."
    )


def _totals(count: int) -> str:
    return "1 total" if count == 1 else f"{count} totals"


def _shown(figures_are_from_untied: bool) -> str:
    if figures_are_from_untied:
        return "No reading of this month has tied out yet; the figures shown are this reading's."
    return "The figures shown are the last ones that tied out."
