"""The form for when the Web Connector may call, and when it waits for work."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms

from qbwc.models import CompanyFile, LiveWindow

# Offered while typing; any other name of the time zone database is taken too.
COMMON_ZONES = (
    "America/New_York",
    "America/Detroit",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/Halifax",
    "America/St_Johns",
    "America/Toronto",
    "America/Winnipeg",
    "America/Edmonton",
    "America/Vancouver",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Berlin",
    "Africa/Johannesburg",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Australia/Perth",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
)
LONGEST_INTERVAL = 24 * 60
ORDER = (
    "time_zone",
    "quiet_from",
    "quiet_until",
    "minimum_run_minutes",
    "live_window",
    "business_from",
    "business_until",
    "live_minutes",
    "live_hold_seconds",
)


class _Time(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            input_formats=["%H:%M", "%H:%M:%S"],
            error_messages={"invalid": "Write a time of day as 20:00."},
            **kwargs,
        )


class _Number(forms.IntegerField):
    """A whole number within limits, which a refusal names."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        words = f"Write a whole number from {least} to {most}."
        refusals = dict.fromkeys(("invalid", "min_value", "max_value"), words)
        super().__init__(min_value=least, max_value=most, error_messages=refusals, **kwargs)


class ConnectionSettingsForm(forms.Form):
    """Bound to no model: minutes here are seconds there, and the hours come in pairs."""

    time_zone = forms.CharField(
        max_length=64,
        help_text="All times of day on this page are of this zone, and months end by it; daylight saving is followed.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    quiet_from = _Time(
        required=False,
        label="Quiet hours from",
        help_text="From then on the Web Connector is sent away without opening QuickBooks.",
    )
    quiet_until = _Time(
        required=False,
        label="Quiet hours until",
        help_text="It comes back by itself then. They may run over midnight; leave both empty for no quiet hours.",
    )
    minimum_run_minutes = _Number(
        1,
        LONGEST_INTERVAL,
        required=False,
        label="Least interval, minutes",
        help_text=(
            "The Web Connector raises a shorter “Every Min” of its row to this. Making it shorter again is done in "
            "the Web Connector. Empty: its own number stays."
        ),
    )
    live_window = forms.ChoiceField(
        choices=LiveWindow.choices,
        label="Wait in QuickBooks for new work",
        help_text=(
            "While it waits, a request is answered within moments, but no other program's Web Connector entry on that "
            "PC runs, and QuickBooks may not switch to single-user mode."
        ),
    )
    business_from = _Time(
        label="Business hours from",
        help_text="With “During business hours”: from then on the Web Connector waits for work at each call.",
    )
    business_until = _Time(
        label="Business hours until", help_text="From then on it leaves as soon as there is nothing to do."
    )
    live_minutes = _Number(
        1,
        60,
        label="Minutes it waits at most",
        help_text="Then it leaves QuickBooks, so that others get their turn, until its next call (1 to 60).",
    )
    live_hold_seconds = _Number(
        1,
        20,
        label="Seconds one call is held",
        help_text=(
            "How long the server keeps one call open before the Web Connector has to ask again (1 to 20). Make it "
            "shorter only when something between the PC and the server cuts long calls."
        ),
    )

    def clean_time_zone(self) -> str:
        """The name as the time zone database spells it."""
        typed = str(self.cleaned_data["time_zone"]).strip().replace(" ", "_")
        found = {name.lower(): name for name in zoneinfo.available_timezones() | {"UTC"}}.get(typed.lower())
        if found is None:
            raise forms.ValidationError(
                f"“{typed[:64]}” is no time zone. Write it as region and city, for example America/Denver."
            )
        return found

    def clean(self) -> dict[str, Any]:
        """Hours come in pairs of two different times."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None) and not {"quiet_from", "quiet_until"} & set(self.errors):
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, "Quiet hours need both times, or neither.")
        self._check_differ(cleaned, "quiet_from", "quiet_until")
        self._check_differ(cleaned, "business_from", "business_until")
        return cleaned

    def _check_differ(self, cleaned: dict[str, Any], start: str, end: str) -> None:
        if cleaned.get(start) is not None and cleaned.get(start) == cleaned.get(end):
            self.add_error(end, "Both times are the same, which would be no time at all. Choose two different ones.")

    def columns(self) -> dict[str, object]:
        """What was typed, in the columns of a CompanyFile."""
        typed = dict(self.cleaned_data)
        minutes = typed.pop("minimum_run_minutes")
        return typed | {"minimum_run_seconds": minutes * 60 if minutes else None}


def initial_of(company_file: CompanyFile) -> dict[str, object]:
    """What the form shows at first; an interval in odd seconds is rounded up to minutes."""
    values: dict[str, object] = {name: getattr(company_file, name) for name in ORDER if hasattr(company_file, name)}
    seconds = company_file.minimum_run_seconds
    return values | {"minimum_run_minutes": -(-seconds // 60) if seconds else None}
