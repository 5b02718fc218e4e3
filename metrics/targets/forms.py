"""Forms beside the grid of targets: spread a year's amount, copy last year, import a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from metrics.arithmetic import DERIVED, METRICS, Unit
from metrics.spreadsheets import MOST_BYTES
from metrics.targets.cells import amount_in
from metrics.targets.rules import TargetError

METRIC_CHOICES = [
    ("Metrics", [(metric.key, metric.label) for metric in METRICS]),
    ("Worked out", [(metric.key, metric.label) for metric in DERIVED]),
]


class SpreadForm(forms.Form):
    """A year's amount over its months."""

    metric = forms.ChoiceField(choices=METRIC_CHOICES)
    annual = forms.CharField(
        label="For the whole year",
        max_length=30,
        help_text="Money is spread. A margin, a ratio or a head count becomes the target of every month.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    how = forms.ChoiceField(
        label="Spread",
        choices=[("equal", "Equally"), ("season", "As last year's months went")],
        help_text="Last year's months need figures for that, none of them below zero.",
    )

    def clean_annual(self) -> Decimal:
        """Any amount a spreadsheet would take: 120,000 or 35.5%."""
        typed = str(self.cleaned_data["annual"])
        is_percent = "%" in typed
        try:
            amount = amount_in(typed, Unit.PERCENT if is_percent else Unit.MONEY)
        except TargetError as problem:
            raise forms.ValidationError(str(problem)) from problem
        if amount is None:
            raise forms.ValidationError("Write an amount, such as 120,000.")
        return amount


class CopyForm(forms.Form):
    """Last year and a percentage more."""

    of = forms.ChoiceField(
        label="From last year's",
        choices=[("figures", "figures (what was)"), ("targets", "targets (what was aimed for)")],
    )
    percent = forms.DecimalField(
        label="Change, percent",
        min_value=Decimal(-100),
        max_value=Decimal(1000),
        decimal_places=2,
        initial=Decimal(5),
        help_text="Added to money and head counts; margins, shares and ratios are copied as they are.",
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_decimal_places"), "Write a number from -100 to 1000."
        ),
    )


class ImportForm(forms.Form):
    """A file from a spreadsheet."""

    file = forms.FileField(
        label="CSV or Excel file (.xlsx)",
        help_text="Metrics down and months across, or one line per month, metric and amount.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    replace = forms.BooleanField(
        required=False,
        label="Delete what the file's months have and the file has not",
    )

    def clean_file(self) -> Any:
        """Read no more than a sheet of figures can be."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file has {file.size:,} bytes; at most {MOST_BYTES:,} are read.")
        return file
