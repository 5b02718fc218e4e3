"""The form for how a company's figures are read and shown, each setting with what it does."""

from __future__ import annotations

from typing import Any

from django import forms

from metrics.models import Basis
from metrics.months import MONTH_NAMES
from metrics.reporting.settings import FIELDS, Reporting


class ReportingForm(forms.Form):
    """Bound to no model: `metrics.reporting.settings` checks and writes."""

    default_basis = forms.ChoiceField(
        label="Basis shown first",
        choices=Basis.choices,
        help_text="Pages, exports and snapshots start with it; the other one stays a click away when it is read.",
    )
    reads_cash = forms.BooleanField(
        required=False,
        label="Read cash basis too",
        help_text="Asks QuickBooks for a second Profit & Loss at every sync. Off: what was read stays, and ages.",
    )
    reads_budget = forms.BooleanField(
        required=False,
        label="Read QuickBooks' budgets",
        help_text="Once a day, the Profit & Loss budget of the running fiscal year, by account; your mapping turns it "
        "into budgets by metric.",
    )
    counts_owners = forms.BooleanField(
        required=False,
        label="Count owners as employees",
        help_text="EmployeeType Owner. Changes every month at once, frozen ones too: they remember who was what.",
    )
    counts_officers = forms.BooleanField(
        required=False,
        label="Count officers as employees",
        help_text="EmployeeType Officer. Changes every month at once, as above.",
    )
    fiscal_year_first_month = forms.TypedChoiceField(
        required=False,
        label="First month of the fiscal year",
        coerce=int,
        empty_value=None,
        help_text="Quarters, years and year to date follow it.",
    )
    unmapped_threshold_percent = forms.DecimalField(
        label="Unmapped revenue allowed, percent",
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text="A month in which more of the revenue than this is mapped to no metric is not ready to present.",
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_decimal_places", "required"), "Write a number from 0 to 100."
        ),
    )

    def __init__(self, *args: Any, in_force: int = 1, **kwargs: Any) -> None:
        """`in_force`: the fiscal year's first month as it is now."""
        super().__init__(*args, **kwargs)
        choices = [("", f"As QuickBooks says (now {MONTH_NAMES[in_force - 1]})"), *enumerate(MONTH_NAMES, start=1)]
        field = self.fields["fiscal_year_first_month"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    def changes_from(self, before: Reporting) -> dict[str, Any]:
        """Only what is different."""
        return {name: self.cleaned_data[name] for name in FIELDS if self.cleaned_data[name] != getattr(before, name)}


def initial_of(reporting: Reporting) -> dict[str, Any]:
    return {name: getattr(reporting, name) for name in FIELDS}


class HeadCountForm(forms.Form):
    """A person's own count of a month."""

    employees = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "required"), "Write a whole number from 0 to 100,000."
        ),
    )
    note = forms.CharField(required=False, max_length=300)
