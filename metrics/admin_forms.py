"""The small forms of the administration: files in and out, templates, moving rules, reporting settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import Company
from accounts.permissions import Caller
from metrics.mappings.forms import METRIC_CHOICES
from metrics.mappings.templates import MAX_DESCRIPTION, MAX_NAME, templates_for
from metrics.models import Basis, ReportingSettings
from metrics.reporting.settings import FIELDS
from metrics.spreadsheets import MOST_BYTES

if TYPE_CHECKING:
    _SettingsForm = forms.ModelForm[ReportingSettings]
else:
    _SettingsForm = forms.ModelForm  # generic in django-stubs only

FILE_MODES = (("replace", "Replace all rules by the file's"), ("add", "Add the file's rules to those that are there"))
TEMPLATE_MODES = (
    ("replace", "Replace the rules, keep pinned accounts"),
    ("add", "Add its rules behind those there are"),
)
FORMATS = (("xlsx", "Excel workbook"), ("csv", "CSV"), ("json", "JSON, for the API"))


def _company_field() -> forms.ModelChoiceField[Company]:
    return forms.ModelChoiceField(
        Company.objects.order_by("name"), widget=UnfoldAdminSelectWidget, empty_label="Choose a company"
    )


class CompanyForm(forms.Form):
    """Forms about one company's mapping."""

    company = _company_field()


class ExportForm(CompanyForm):
    format = forms.ChoiceField(choices=FORMATS, widget=UnfoldAdminSelectWidget)


class ImportForm(CompanyForm):
    file = forms.FileField(widget=UnfoldAdminFileFieldWidget, help_text="CSV or Excel workbook, at most 2 MB.")
    mode = forms.ChoiceField(label="What to do", choices=FILE_MODES, widget=UnfoldAdminSelectWidget)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file has {file.size:,} bytes; at most {MOST_BYTES:,} are read.")
        return file


class TemplateForm(CompanyForm):
    """Which template to give; `caller` decides what there is to choose from."""

    template = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    mode = forms.ChoiceField(label="What to do", choices=TEMPLATE_MODES, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, caller: Caller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Company.objects.order_by("pk").first()
        found = templates_for(caller, chosen) if chosen else ()
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.key, f"{one.name} ({len(one.rules)} rules)") for one in found]


class SaveTemplateForm(CompanyForm):
    name = forms.CharField(max_length=MAX_NAME, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False, widget=UnfoldAdminTextInputWidget)
    is_shared = forms.BooleanField(
        label="Administrators of every company see it", required=False, widget=UnfoldBooleanSwitchWidget
    )


class MoveForm(forms.Form):
    metric = forms.ChoiceField(label="New metric", choices=METRIC_CHOICES, widget=UnfoldAdminSelectWidget)


class ReportingForm(_SettingsForm):
    """What save_reporting would refuse is told beside its field."""

    class Meta:
        model = ReportingSettings
        fields = ["company", *FIELDS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("default_basis") == Basis.CASH and not cleaned.get("reads_cash"):
            self.add_error("default_basis", "Cash basis is not read. Switch it on first, or choose accrual.")
        return cleaned
