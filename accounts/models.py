"""Who is asking, and for which company: users, companies, memberships, API keys, the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

if TYPE_CHECKING:
    from accounts.permissions import Caller


class User(AbstractUser):
    """A person who signs in. A superuser sees every company; everybody else only through a Membership."""


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, caller: Caller) -> CompanyQuerySet:
        """The one place that decides which companies a person or key may see; every read goes through it.

        Rows of other tables are narrowed with `filter(company__in=Company.objects.visible_to(caller))`.
        """
        if caller.api_key is not None:
            return self.filter(pk=caller.api_key.company_id)
        if caller.user is None or not caller.user.is_active:
            return self.none()
        if caller.user.is_superuser:
            return self.all()
        return self.filter(pk__in=Membership.objects.filter(user=caller.user).values("company_id"))


class Company(models.Model):
    """A business whose books are read: our tenant."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=80, unique=True, help_text="Names the company in addresses and in ?company=.")
    currency = models.CharField(max_length=3, default="USD", help_text="Home currency of the books, ISO 4217.")
    allows_writes = models.BooleanField(default=False, help_text="Whether qbXML that changes the books may be sent.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's access to one company."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer: sees figures"
        ADMINISTRATOR = "administrator", "Administrator: edits mappings, connects QuickBooks, manages keys"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once_per_user_and_company"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.company} as {self.role}"


class ApiKey(models.Model):
    """A program's access to one company. The key itself is shown once; only its SHA-256 digest is kept."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True, help_text="The key's visible beginning; finds the row.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the whole key, hexadecimal.")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["company_id", "name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEvent(models.Model):
    """One line of the audit trail: append-only, each line carrying the hash of the one before it."""

    timestamp = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=80, help_text="Dotted, what was done: sign_in.refused, api_key.created.")
    success = models.BooleanField()
    actor = models.CharField(max_length=200, blank=True, help_text="User name, key prefix, or Web Connector user name.")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_events")
    details = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        db_table = "qbr_audit_log"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.timestamp:%Y-%m-%d %H:%M:%S} {self.action} by {self.actor or 'nobody'}"
