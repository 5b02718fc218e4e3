"""The form of a mail schedule, each setting with what it does."""

from __future__ import annotations

from typing import Any

from django import forms

from metrics.models import Basis, MailSchedule
from metrics.scheduled_mail.dates import zones
from metrics.scheduled_mail.recipients import MOST, BadAddresses, addresses_of
from metrics.scheduled_mail.schedules import LONGEST_MESSAGE, Wanted, wanted_of
from metrics.snapshots.shared_links import MOST_DAYS


def _whole(label: str, least: int, most: int, help_text: str) -> forms.IntegerField:
    words = f"Write a whole number from {least} to {most}."
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=help_text,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "required"), words),
    )


def _addresses(label: str, help_text: str, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=help_text,
        error_messages={"required": "Write at least one mail address."},
    )


class ScheduleForm(forms.Form):
    """Bound to no model: `metrics.scheduled_mail.schedules` checks the rest and writes."""

    every = forms.ChoiceField(label="After the end of each", choices=MailSchedule.Every.choices)
    days_after = _whole(
        "Days after it", 1, 300, "1: the first day after. At most 27 after a month, 80 after a quarter."
    )
    hour = forms.TypedChoiceField(label="Hour", coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(24)])
    time_zone = forms.ChoiceField(label="Time zone")
    sends = forms.ChoiceField(
        label="What is sent",
        choices=MailSchedule.Sends.choices,
        help_text="Either way the period is frozen first, and all files and links show those figures.",
    )
    link_days = _whole("Days a link is valid", 1, MOST_DAYS, "Each recipient has a link of their own.")
    basis = forms.ChoiceField(label="Basis", choices=Basis.choices)
    recipients = _addresses(
        "Recipients", f"One address to a line, at most {MOST}. Each gets a letter alone.", required=True
    )
    watchers = _addresses(
        "Told when it is not ready", "Owners or administrators: once a period, with what is missing.", required=False
    )
    message = forms.CharField(
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Message",
        help_text="Stands at the top of each letter.",
    )
    shows_notes = forms.BooleanField(required=False, label="Send the notes that people wrote too")
    sends_unready = forms.BooleanField(required=False, label="Send it also when the period is not ready to present")

    def __init__(self, *args: Any, zone: str = "UTC", **kwargs: Any) -> None:
        """`zone`: one to choose even if it is not in the usual list."""
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.replace("_", " ")) for name in sorted({*zones(), zone})]

    def clean_recipients(self) -> tuple[str, ...]:
        return self._addresses("recipients")

    def clean_watchers(self) -> tuple[str, ...]:
        return self._addresses("watchers")

    def _addresses(self, name: str) -> tuple[str, ...]:
        try:
            return addresses_of(self.cleaned_data[name])
        except BadAddresses as bad:
            raise forms.ValidationError(str(bad)) from bad

    def wanted(self) -> Wanted:
        """What was typed, once it is valid."""
        return Wanted(**self.cleaned_data)


def initial_of(schedule: MailSchedule) -> dict[str, Any]:
    """As the form shows it."""
    found = vars(wanted_of(schedule))
    return found | {name: "\n".join(found[name]) for name in ("recipients", "watchers")}
