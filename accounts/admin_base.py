"""The one base of every admin page, so that the theme can be changed here alone; what is done there is audited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import audit, clock
from accounts.models import Company

if TYPE_CHECKING:  # unfold carries no types; its classes extend these
    from django.contrib import admin

    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin as _ModelAdmin
    from unfold.admin import TabularInline as _TabularInline

_Row = TypeVar("_Row", bound=Model)


class TieoutModelAdmin(_ModelAdmin):
    """Every change made through the admin leaves a line in the audit trail."""

    list_per_page = 50
    show_full_result_count = False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Called by Django after every addition."""
        _record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Called by Django after every change; names the changed fields, never their values."""
        _record(request, obj, "changed", message=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[_Row]) -> Any:
        """Called by Django before every deletion."""
        for obj in queryset:
            _record(request, obj, "deleted")
        return super().log_deletions(request, queryset)


class TieoutInline(_TabularInline):
    """The base of rows edited inside another row's page."""

    extra = 0


class ReadOnlyAdmin(TieoutModelAdmin):
    """For rows that only their own writer may write: looked at here, changed nowhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


def _record(request: HttpRequest, obj: Model, done: str, **details: object) -> None:
    # A line that names a company keeps it from being deleted: a deletion must not be held up by its own line.
    company = None if done == "deleted" else _company_of(obj)
    audit.record(
        action=f"admin.{obj._meta.model_name}.{done}",
        success=True,
        now=clock.now(),
        actor=request.user.get_username(),
        company=company,
        row=str(obj.pk),
        name=str(obj)[:200],
        **details,
    )


def _company_of(obj: Model) -> Company | None:
    owner = getattr(obj, "company_file", obj)
    company = owner if isinstance(owner, Company) else getattr(owner, "company", None)
    return company if isinstance(company, Company) else None
