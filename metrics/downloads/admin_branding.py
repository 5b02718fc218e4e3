"""The admin page where the installation's branding is set: one row, written only by metrics.downloads.branding_rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts import clock
from accounts.admin_base import TieoutModelAdmin
from metrics.downloads.branding_rows import branding_of, save_branding
from metrics.exports.branding import Branding, problems_of
from metrics.models import Branding as BrandingRow

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[BrandingRow]
else:
    _ModelForm = forms.ModelForm


class BrandingForm(_ModelForm):
    """The logo is uploaded; without a new one the old one stays."""

    new_logo = forms.FileField(required=False, help_text="PNG or JPEG, at most 500 KB.")
    remove_logo = forms.BooleanField(required=False)

    class Meta:
        model = BrandingRow
        fields = ("firm_name", "accent")

    def clean(self) -> dict[str, Any]:
        """Beside each field what is wrong with it."""
        super().clean()
        for field, words in problems_of(self._said("firm_name"), self._said("accent"), self.logo()).items():
            self.add_error({"logo": "new_logo"}.get(field, field), words)
        return self.cleaned_data

    def logo(self) -> bytes | None:
        """What the row shall hold."""
        file = self.cleaned_data.get("new_logo")
        if file:
            file.seek(0)
            return bytes(file.read(500_001))
        return None if self.cleaned_data.get("remove_logo") else branding_of().logo

    def _said(self, field: str) -> str:
        return str(self.cleaned_data.get(field) or "")


@admin.register(BrandingRow)
class BrandingAdmin(TieoutModelAdmin):
    """The firm's name, colour and logo on every PDF, slide, workbook and shared page."""

    form = BrandingForm
    list_display = ["firm_name", "accent", "updated_by", "updated_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one for all companies."""
        return super().has_add_permission(request) and not BrandingRow.objects.exists()

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Through the only writer, which audits it."""
        data = form.cleaned_data
        wanted = Branding(data["firm_name"], data["accent"], form.logo())
        save_branding(wanted, actor=request.user.get_username(), now=clock.now())
        obj.pk = 1
