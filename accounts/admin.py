"""Admin pages for people, companies, API keys and the audit trail."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import audit, clock, keys
from accounts.admin_base import ReadOnlyAdmin, TieoutInline, TieoutModelAdmin
from accounts.models import ApiKey, AuditEvent, Company, Membership, User

if TYPE_CHECKING:
    _UserAdmin = auth_admin.UserAdmin[User]
else:
    _UserAdmin = auth_admin.UserAdmin

# What a person may do is a Membership or is_superuser; Django's groups would only look as if they did something.
admin.site.unregister(Group)


class MembershipInline(TieoutInline):
    model = Membership


@admin.register(User)
class UserAdmin(_UserAdmin, TieoutModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = [MembershipInline]
    list_display = ["username", "first_name", "last_name", "email", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_superuser", "is_active"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Access", {"fields": ["is_active", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]


@admin.register(Company)
class CompanyAdmin(TieoutModelAdmin):
    list_display = ["name", "slug", "currency", "allows_writes", "created_at"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["created_at"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(TieoutModelAdmin):
    list_display = ["user", "company", "role"]
    list_filter = ["role", "company"]
    autocomplete_fields = ["user", "company"]


@admin.register(ApiKey)
class ApiKeyAdmin(TieoutModelAdmin):
    """A key is made, shown once and one day revoked; it never changes and is never deleted."""

    list_display = ["name", "company", "prefix", "scope", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["scope", "company"]
    search_fields = ["name", "prefix", "company__name"]
    readonly_fields = ["prefix", "created_at", "last_used_at", "revoked_at"]
    exclude = ["digest"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new key needs only these three."""
        return super().get_fields(request, obj) if obj else ["company", "name", "scope"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Looked at, not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Revoked instead, so that what it did stays traceable."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key; its text lives only until the answer is written."""
        made = keys.make_key(secrets.token_bytes)
        obj.prefix, obj.digest = made.prefix, made.digest
        super().save_model(request, obj, form, change)
        vars(obj)["text_shown_once"] = made.text

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key in the answer itself: a redirect would have to store it; never cached, like every admin page."""
        context = {
            **self.admin_site.each_context(request),
            "key": obj,
            "text": vars(obj).pop("text_shown_once"),
            "list_url": reverse("admin:accounts_apikey_changelist"),
        }
        return TemplateResponse(request, "accounts/api_key_shown_once.html", context)

    @admin.action(description="Revoke the chosen keys, at once and for good")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Programs that use them are refused from the next call on."""
        revoked = 0
        for key in queryset.filter(revoked_at__isnull=True).select_related("company"):
            revoked += ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
            audit.record(
                action="api_key.revoked",
                success=True,
                now=clock.now(),
                actor=request.user.get_username(),
                company=key.company,
                key=key.prefix,
            )
        self.message_user(request, f"{revoked} keys revoked.")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["timestamp", "action", "success", "actor", "company", "details"]
    list_filter = ["success", "company"]
    search_fields = ["action", "actor"]
    date_hierarchy = "timestamp"
