"""The caller of a request as a value, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import ApiKey, Company, Membership, User


@dataclass(frozen=True)
class Caller:
    """Who is asking: a signed-in person, or a program with an API key, or (both None) nobody."""

    user: User | None = None
    api_key: ApiKey | None = None

    @property
    def name(self) -> str:
        """How the audit trail names the caller."""
        if self.api_key is not None:
            return f"key {self.api_key.prefix}"
        return self.user.get_username() if self.user is not None else ""

    def may_administer(self, company: Company) -> bool:
        """Whether the caller may change this company's mappings, plans and keys."""
        if self.api_key is not None:
            return self.api_key.company_id == company.pk and self.api_key.scope == ApiKey.Scope.WRITE
        if self.user is None or not self.user.is_active:
            return False
        if self.user.is_superuser:
            return True
        return Membership.objects.filter(user=self.user, company=company, role=Membership.Role.ADMINISTRATOR).exists()
