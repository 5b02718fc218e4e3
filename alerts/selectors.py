"""Reads: the alerts of a page, and for other apps' pages what somebody has acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from accounts.models import Company, Membership, User
from alerts.models import Alert
from alerts.telling import KIND, TEST_KIND
from outbox.models import Message

STATES = ("open", "acknowledged", "ended")
_IS = {
    "open": Q(ended_at=None, is_acknowledged=False),
    "acknowledged": Q(ended_at=None, is_acknowledged=True),
    "ended": ~Q(ended_at=None),
}
_BAD_FIRST = Case(When(tone="bad", then=Value(0)), default=Value(1), output_field=IntegerField())


def alerts_of(
    company: Company, *, state: str = "", kind: str = "", updated_since: datetime | None = None
) -> QuerySet[Alert]:
    """To be sliced: what is bad first, then the newest; "" for every state or kind."""
    rows = Alert.objects.filter(company=company)
    if state:
        rows = rows.filter(_IS[state])
    if kind:
        rows = rows.filter(kind=kind)
    if updated_since is not None:
        rows = rows.filter(updated_at__gte=updated_since)
    return rows.order_by(_BAD_FIRST, "-opened_at", "-subject") if state != "ended" else rows.order_by("-ended_at")


def counts(company: Company) -> Mapping[str, int]:
    """How many are in each state; one query."""
    return Alert.objects.filter(company=company).aggregate(
        **{state: Count("pk", filter=condition) for state, condition in _IS.items()}
    )


def acknowledged_alerts(company: Company) -> dict[tuple[str, str], Alert]:
    """By kind and subject: what is there, and somebody has acknowledged. One query."""
    rows = Alert.objects.filter(company=company, ended_at=None, is_acknowledged=True)
    return {(row.kind, row.subject): row for row in rows}


def without_access(company: Company, addresses: Iterable[str]) -> dict[str, str]:
    """Of these mail addresses, in small letters, those of people who may not see the company (any more), with the
    person's name. Two queries; an address that is nobody's is not among them."""
    known = Membership.objects.filter(company=company, user=OuterRef("pk"))
    people = User.objects.annotate(mail=Lower("email"), is_member=Exists(known))
    found = people.filter(mail__in={one.lower() for one in addresses}).exclude(mail="")
    may = Q(is_active=True) & (Q(is_superuser=True) | Q(is_member=True))
    inside = set(found.filter(may).values_list("mail", flat=True))
    rows = found.exclude(may).values_list("mail", "username")
    return {str(mail): name for mail, name in rows if mail not in inside}


def messages_of(company: Company, most: int = 30) -> Sequence[Message]:
    """What was sent about alerts, newest first."""
    return list(Message.objects.filter(company=company, kind__in=(KIND, TEST_KIND)).order_by("-pk")[:most])
