"""What people write into a review: notes beside a month or a metric, and action items."""

from __future__ import annotations

from typing import Any

from django import forms

from metrics.arithmetic import METRICS
from metrics.fiscal import Period
from metrics.review.action_items import LONGEST_OWNER, LONGEST_TEXT
from metrics.review.notes import LONGEST


class NoteForm(forms.Form):
    """A note on a month of the period, on a metric, on both, or on the period as a whole."""

    text = forms.CharField(
        max_length=LONGEST, label="Note", widget=forms.Textarea(attrs={"rows": 3}), help_text="Kept with the snapshot."
    )
    month = forms.ChoiceField(required=False)
    metric = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, period: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [(str(month), month.label) for month in reversed(period.months)]
        # Of the period as a whole: it stands at its last month, so that later periods do not show it.
        _choices(self, "month", months)
        _choices(self, "metric", [("", "All of it"), *((one.key, one.label) for one in METRICS)])


class ActionForm(forms.Form):
    """One thing to do."""

    text = forms.CharField(max_length=LONGEST_TEXT, label="What is to be done")
    owner = forms.CharField(max_length=LONGEST_OWNER, required=False, label="Who")
    due_on = forms.DateField(
        required=False, label="By", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class NoteChangeForm(forms.Form):
    """Other words for a note. `version` says which one was read."""

    text = forms.CharField(max_length=LONGEST, label="Note", widget=forms.Textarea(attrs={"rows": 6}))
    version = forms.CharField(max_length=100, widget=forms.HiddenInput)


class ActionChangeForm(ActionForm):
    """Other words, owner or date for an action item."""

    version = forms.CharField(max_length=100, widget=forms.HiddenInput)


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
