"""The caller of a request as a value, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import ApiKey, Company, Membership, User
from accounts.problems import ApiProblem


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


def company_of(caller: Caller, name: str | None) -> Company:
    """The company a request is about: the key's own; for a person the one named by slug or name, or their only one.

    ApiProblem 403 (nobody, no company, or another company than the key's), 404 (not visible), 400 (which one?).
    """
    if caller.api_key is not None:
        return _company_of_key(caller.api_key, name)
    visible = Company.objects.visible_to(caller)
    if name:
        # A slug wins over a name: it is the company's address.
        named = sorted(visible.filter(Q(slug=name) | Q(name=name)), key=lambda company: company.slug != name)
        if not named:
            raise ApiProblem(404, "NO_SUCH_COMPANY", "There is no such company, or you may not see it.")
        return named[0]
    return _only(list(visible.order_by("slug")[:20]))


def _company_of_key(key: ApiKey, name: str | None) -> Company:
    company = key.company
    if name and name not in (company.slug, company.name):
        raise ApiProblem(403, "OTHER_COMPANY", f"This key belongs to {company.name}; leave ?company= out.")
    return company


def _only(companies: list[Company]) -> Company:
    if not companies:
        raise ApiProblem(403, "NO_COMPANY", "You have no access to any company yet. Ask an administrator.")
    if len(companies) > 1:
        slugs = ", ".join(company.slug for company in companies)
        raise ApiProblem(400, "WHICH_COMPANY", f"Name the company with ?company= and one of: {slugs}.")
    return companies[0]
