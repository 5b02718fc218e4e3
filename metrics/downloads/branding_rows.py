"""The installation's branding: the read that every export needs, and its only writer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from metrics.exports.branding import Branding, problems_of
from metrics.models import Branding as BrandingRow


class BadBranding(ValueError):
    """A branding that cannot be; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def branding_of() -> Branding:
    """The defaults as long as nobody has set it."""
    row = BrandingRow.objects.filter(pk=1).first()
    if row is None:
        return Branding()
    return Branding(row.firm_name, row.accent, bytes(row.logo) if row.logo is not None else None)


def save_branding(wanted: Branding, *, actor: str, now: datetime) -> None:
    """Raises BadBranding."""
    problems = problems_of(wanted.firm_name, wanted.accent, wanted.logo)
    if problems:
        raise BadBranding(problems)
    accent = wanted.accent.removeprefix("#").upper()
    fields = {"firm_name": wanted.firm_name, "accent": accent, "logo": wanted.logo}
    with transaction.atomic():
        BrandingRow.objects.update_or_create(pk=1, defaults={**fields, "updated_by": actor[:200], "updated_at": now})
        size = len(wanted.logo) if wanted.logo is not None else 0
        audit.record(
            action="branding.changed",
            success=True,
            now=now,
            actor=actor,
            firm=wanted.firm_name,
            accent=accent,
            logo=size,
        )
