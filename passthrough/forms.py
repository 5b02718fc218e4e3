"""The search above the list of calls."""

from __future__ import annotations

from django import forms

from passthrough.contract import ErrorCode
from passthrough.listing import Search
from passthrough.models import Transaction

_LARGEST_ID = 2**63 - 1
_STATUSES = [("success", "Success"), ("error", "Error"), ("duplicate", "Duplicate"), ("pending", "Pending")]
assert {value for value, _ in _STATUSES} == set(Transaction.Status.values)


class SearchForm(forms.Form):
    """A field that is filled in wrongly narrows nothing."""

    q = forms.CharField(label="Search", required=False, max_length=255, widget=forms.TextInput({"type": "search"}))
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Every status"), *_STATUSES])
    kind = forms.ChoiceField(
        label="Read or write", required=False, choices=[("", "Both"), ("read", "Reads"), ("write", "Writes")]
    )
    code = forms.ChoiceField(
        label="Error code", required=False, choices=[("", "Any or none"), *((code, code) for code in ErrorCode)]
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=_LARGEST_ID, widget=forms.HiddenInput)

    def search(self) -> Search:
        self.full_clean()
        given = self.cleaned_data
        return Search(
            words=given.get("q", ""),
            status=given.get("status", ""),
            kind=given.get("kind", ""),
            code=given.get("code", ""),
            before=given.get("before"),
        )
