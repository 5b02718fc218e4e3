"""Which of its secrets a company signs with: none is stored, only how many it has had."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Company
from alerts.models import SigningSecret


def number_of(company_id: int) -> int:
    """0 until the first change. One query."""
    return SigningSecret.objects.filter(company=company_id).values_list("number", flat=True).first() or 0


def make_new_secret(company: Company, *, actor: str, now: datetime) -> None:
    """The old one signs nothing from now on. What receivers refuse meanwhile comes again, signed with the new one."""
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        row, _ = SigningSecret.objects.get_or_create(
            company=company, defaults={"changed_at": now, "changed_by": actor[:200]}
        )
        row.number, row.changed_at, row.changed_by = row.number + 1, now, actor[:200]
        row.save()
        audit.record(
            action="callback_secret.renewed", success=True, now=now, actor=actor, company=company, number=row.number
        )
