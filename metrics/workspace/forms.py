"""The forms of the mapping workspace: an assignment in detail, a file, a template."""

from __future__ import annotations

from typing import Any

from django import forms

from metrics.mappings.rows import MAX_PATTERN, METRIC_KEYS
from metrics.mappings.templates import MAX_DESCRIPTION, MAX_NAME, Template
from metrics.mappings.words import METRIC_LABELS, TYPE_LABELS
from metrics.months import Month
from metrics.spreadsheets import MOST_BYTES
from metrics.workspace.accounts import WorkspaceAccount
from metrics.workspace.draft import RELEASE, Assignment, Scope

RELEASE_VALUE = "release"
MODES = (
    ("replace", "Replace the rules (pinned accounts stay)"),
    ("add", "Add behind the rules that are there"),
)
FILE_MODES = (
    ("replace", "Replace: exactly the file’s rules"),
    ("add", "Add to the rules that are there"),
)


def metric_in(value: str) -> str | None:
    """The metric key that a form's value names; RELEASE for "let the rules decide"; None for anything else."""
    if value == RELEASE_VALUE:
        return RELEASE
    return value if value in METRIC_KEYS else None


class AssignForm(forms.Form):
    """Where an account goes, with what else, and from when."""

    metric = forms.ChoiceField(label="Metric", error_messages={"required": "Choose a metric."})
    scope = forms.ChoiceField(label="For", choices=[], widget=forms.RadioSelect)
    text = forms.CharField(
        label="Words in the name",
        max_length=MAX_PATTERN,
        required=False,
        help_text="For the last choice above; upper and lower case alike.",
    )
    first_month = forms.CharField(
        label="From month",
        required=False,
        max_length=7,
        help_text="As 2026-01; earlier months stay as they are. Empty: all months.",
    )

    def __init__(self, account: WorkspaceAccount, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        kind = TYPE_LABELS[account.section.value]
        metric, scope = self.fields["metric"], self.fields["scope"]
        assert isinstance(metric, forms.ChoiceField)
        assert isinstance(scope, forms.ChoiceField)
        metric.choices = [(key, METRIC_LABELS[key]) for key in METRIC_KEYS]
        if account.match.is_pinned:
            metric.choices = [*metric.choices, (RELEASE_VALUE, "Let the rules decide")]
        scope.choices = [
            (Scope.THIS.value, "This account"),
            (Scope.BELOW.value, "This and everything below it"),
            (Scope.CONTAINS.value, f"Every {kind} account whose name contains …"),
        ]
        self.fields["first_month"].widget.attrs |= {"placeholder": "2026-01", "autocomplete": "off"}

    def clean_first_month(self) -> Month | None:
        text = self.cleaned_data["first_month"].strip()
        try:
            return Month.parse(text) if text else None
        except ValueError as problem:
            raise forms.ValidationError("This is not a month: write it as 2026-01.") from problem

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        text = cleaned.get("text", "").strip()
        if cleaned.get("scope") == Scope.CONTAINS.value and len(text) < 2:
            self.add_error("text", "Write at least two letters that the names contain.")
        if cleaned.get("scope") == Scope.CONTAINS.value and cleaned.get("metric") == RELEASE_VALUE:
            self.add_error("metric", "Choose a metric: only a single account can be given back to the rules.")
        return cleaned

    @property
    def assignment(self) -> Assignment:
        """Of a valid form."""
        found, account = self.cleaned_data, self.account
        scope = Scope(found["scope"])
        return Assignment(
            account_key=account.account_key,
            full_name=account.full_name,
            section=account.section,
            metric_key=metric_in(found["metric"]) or RELEASE,
            scope=scope,
            text=found["text"].strip() if scope is Scope.CONTAINS else "",
            first_month=found["first_month"],
        )


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel workbook, at most 2 MB, as the export writes it.",
        error_messages={"required": "Choose a file."},
    )
    mode = forms.ChoiceField(label="What to do", choices=FILE_MODES)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file has {file.size:,} bytes; at most {MOST_BYTES:,} are read.")
        return file


class TemplateForm(forms.Form):
    template = forms.ChoiceField(label="Template")
    mode = forms.ChoiceField(label="What to do", choices=MODES)

    def __init__(self, templates: tuple[Template, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.key, f"{one.name} ({len(one.rules)} rules)") for one in templates]


class SaveTemplateForm(forms.Form):
    name = forms.CharField(label="Name", max_length=MAX_NAME, error_messages={"required": "Give it a name."})
    description = forms.CharField(label="Description", max_length=MAX_DESCRIPTION, required=False)
    is_shared = forms.BooleanField(label="Administrators of every company see it", required=False)
