"""The forms for who is told of what, and from what size on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from alerts.models import Recipient
from alerts.sources import sources
from alerts.thresholds import name_of


def kind_choices() -> list[tuple[str, str]]:
    """Every kind with its label."""
    return [(kind, source.label) for kind, source in sources().items()]


class KindsForm(forms.Form):
    """Which kinds a recipient wants."""

    kinds = forms.MultipleChoiceField(
        label="Is told of",
        choices=kind_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one kind; or remove the address."},
    )


class RecipientForm(KindsForm):
    """A new one."""

    channel = forms.ChoiceField(label="By", choices=Recipient.Channel.choices)
    address = forms.CharField(
        label="Address",
        max_length=500,
        help_text="A mail address, or an address that begins with https:// for a webhook.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("channel", "address", "kinds")


class ThresholdsForm(forms.Form):
    """One number for each threshold of each kind; empty takes the default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, source in sources().items():
            for one in source.thresholds:
                words = f"Write a number from {one.least.normalize():f} to {one.most.normalize():f}."
                usual = "not used" if one.default is None else f"{one.default.normalize():f}"
                self.fields[name_of(kind, one)] = forms.DecimalField(
                    required=False,
                    label=one.label,
                    help_text=f"{one.help} Left empty: {usual}.",
                    min_value=one.least,
                    max_value=one.most,
                    max_digits=12,
                    decimal_places=2,
                    error_messages=dict.fromkeys(
                        ("invalid", "min_value", "max_value", "max_decimal_places", "max_digits"), words
                    ),
                )

    def wanted(self) -> dict[str, Decimal | None]:
        """By `kind.key`."""
        return dict(self.cleaned_data)
