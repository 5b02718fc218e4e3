"""The form of an account mapping, with the same checks as the API."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from metrics.mappings.rows import ACCOUNT_TYPES, METRIC_KEYS, PRIORITIES, problems_of, values_of
from metrics.mappings.words import METRIC_LABELS, TYPE_LABELS
from metrics.models import AccountMapping
from metrics.months import Month

if TYPE_CHECKING:
    _MappingForm = forms.ModelForm[AccountMapping]
else:
    _MappingForm = forms.ModelForm  # generic in django-stubs only

METRIC_CHOICES = [(key, f"{METRIC_LABELS[key]} ({key})") for key in METRIC_KEYS]


class MonthField(forms.Field):
    """A month as 2026-01; the database keeps its first day."""

    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-01"})

    def prepare_value(self, value: Any) -> Any:
        return str(Month.of(value)) if isinstance(value, datetime.date) else value

    def to_python(self, value: Any) -> datetime.date | None:
        """ValidationError for what is not a month."""
        if value in self.empty_values:
            return None
        try:
            return Month.parse(str(value).strip()).first_day
        except ValueError as problem:
            raise forms.ValidationError("This is not a month: write it as 2026-01.") from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class AccountMappingForm(_MappingForm):
    """A whole rule."""

    qbr_metric_key = forms.ChoiceField(label="Metric", choices=METRIC_CHOICES, widget=UnfoldAdminSelectWidget)
    account_types = forms.MultipleChoiceField(
        label="Account types",
        choices=[(name, TYPE_LABELS[name].capitalize()) for name in ACCOUNT_TYPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None chosen: every profit and loss account.",
    )
    effective_from = MonthField(label="First month", required=False, help_text="Empty: always.")
    effective_to = MonthField(label="Last month", required=False, help_text="Included. Empty: for good.")

    class Meta:
        model = AccountMapping
        labels = {"is_active": "Active", "match_type": "Match"}
        fields = [
            "company",
            "match_type",
            "pattern",
            "list_id",
            "account_types",
            "account_numbers",
            "qbr_metric_key",
            "priority",
            "is_active",
            "effective_from",
            "effective_to",
            "note",
        ]

    def clean(self) -> dict[str, Any]:
        """What each field's own check let pass, judged together: a pattern depends on the match type."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            fields = {name: value for name, value in cleaned.items() if name != "company"}
            for field, problem in problems_of(values_of(AccountMapping(**fields))).items():
                self.add_error(field, problem)
        return cleaned


class MappingInListForm(_MappingForm):
    """The columns that can be changed in the list."""

    def clean_priority(self) -> int:
        priority: int = self.cleaned_data["priority"]
        if priority not in PRIORITIES:
            raise forms.ValidationError(f"Give a number from 0 to {PRIORITIES.stop - 1}.")
        return priority
