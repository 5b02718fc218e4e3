"""The form of an account mapping, with the same checks as the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from metrics.arithmetic import METRICS, UNMAPPED
from metrics.mapping_rows import ACCOUNT_TYPES, METRIC_KEYS, PRIORITIES, problems_of, values_of
from metrics.models import AccountMapping

if TYPE_CHECKING:
    _MappingForm = forms.ModelForm[AccountMapping]
else:
    _MappingForm = forms.ModelForm  # generic in django-stubs only

_LABELS = {metric.key: metric.label for metric in METRICS} | {UNMAPPED: "Unmapped: ask a person"}
_METRIC_CHOICES = [(key, f"{_LABELS[key]} ({key})") for key in METRIC_KEYS]


class AccountMappingForm(_MappingForm):
    """A whole rule."""

    qbr_metric_key = forms.ChoiceField(label="Metric", choices=_METRIC_CHOICES, widget=UnfoldAdminSelectWidget)
    account_types = forms.MultipleChoiceField(
        label="Account types",
        choices=[(name, name) for name in ACCOUNT_TYPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None chosen: every profit and loss account.",
    )

    class Meta:
        model = AccountMapping
        fields = [
            "company",
            "match_type",
            "pattern",
            "account_types",
            "qbr_metric_key",
            "priority",
            "is_active",
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
