"""Windows on the alerts: everything can be seen; they are acknowledged on the company's page."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from alerts.models import Alert, Recipient


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["company", "kind", "subject", "opened_at", "ended_at", "is_acknowledged", "told_at"]
    list_filter = ["kind", "is_acknowledged"]
    list_select_related = ["company"]
    search_fields = ["company__name", "subject"]


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    list_display = ["company", "channel", "address", "created_at", "created_by"]
    list_select_related = ["company"]
    search_fields = ["company__name", "address"]
