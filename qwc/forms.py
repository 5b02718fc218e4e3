"""The form that registers a company file."""

from __future__ import annotations

from django import forms


class CompanyForm(forms.Form):
    """Name of the company, and what the Web Connector shall sign in with."""

    name = forms.CharField(max_length=200)
    username = forms.RegexField(
        regex=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$",
        max_length=100,
        error_messages={"invalid": "Use letters, digits and . _ @ + - only, beginning with a letter or digit."},
    )
