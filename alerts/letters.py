"""What recipients read: one letter or one webhook for everything new of a company, and the test of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Company
from alerts.answers import absolute, alert_json
from alerts.models import Alert, Recipient
from alerts.sources import label_of, sources
from alerts.telling import KIND, TEST_KIND
from outbox.kinds import Hook, Letter, NothingToSend, register_kind
from outbox.models import Message

STOP_SALT = "alerts.stop"
LONGEST_NAME = 60  # of a company, in a subject
SHOWN = 12  # of one kind in a letter; the page has them all
EVENT, TEST_EVENT = "alerts.opened", "alerts.test"


def register_letters() -> None:
    """Called when the apps are ready."""
    register_kind(KIND, letter=_letter, hook=_hook)
    register_kind(TEST_KIND, letter=_test_letter, hook=_test_hook)


def stop_address(recipient: Recipient) -> str:
    """Where a mail's reader stops it without signing in."""
    return absolute(reverse("stop-alerts", args=[signing.dumps(recipient.pk, salt=STOP_SALT)]))


def recipient_of(token: str) -> Recipient | None:
    """Whom a stop address is about; None when it is no such address, or it was stopped already."""
    try:
        pk = signing.loads(token, salt=STOP_SALT)
    except signing.BadSignature:
        return None
    return Recipient.objects.select_related("company").filter(pk=pk).first()


def _letter(company: Company, argument: dict[str, Any], now: datetime) -> Letter:
    recipient, alerts = _recipient(argument), _alerts(company, argument)
    context = _context(company, recipient) | {"groups": _groups(alerts), "count": len(alerts)}
    first = alerts[0]
    what = first.words if len(alerts) == 1 else f"{len(alerts)} new alerts: {_counted(alerts)}"
    return _rendered("alert", f"{_short(company.name)}: {what}", context)


def _test_letter(company: Company, argument: dict[str, Any], now: datetime) -> Letter:
    context = _context(company, _recipient(argument)) | {"kinds": _kinds(argument)}
    return _rendered("test", f"{_short(company.name)}: a test of alerts", context)


def _hook(company: Company, argument: dict[str, Any], now: datetime) -> Hook:
    _recipient(argument)
    return Hook(EVENT, _body(company) | {"alerts": [alert_json(alert) for alert in _alerts(company, argument)]})


def _test_hook(company: Company, argument: dict[str, Any], now: datetime) -> Hook:
    _recipient(argument)
    return Hook(TEST_EVENT, _body(company) | {"alerts": []})


def _body(company: Company) -> dict[str, Any]:
    page = absolute(reverse("alerts", args=[company.slug]))
    return {"company": {"name": company.name, "slug": company.slug}, "url": page}


def _recipient(argument: Mapping[str, Any]) -> Recipient:
    recipient = Recipient.objects.filter(pk=argument["recipient"]).first()
    if recipient is None:
        raise NothingToSend("This address receives no alerts any more.")
    return recipient


def _alerts(company: Company, argument: Mapping[str, Any]) -> list[Alert]:
    """Those that are still there, that nobody has acknowledged, and that no later message tells of."""
    named = dict(argument["alerts"])
    rows = Alert.objects.filter(company=company, pk__in=named, ended_at=None, is_acknowledged=False)
    alerts = list(rows.order_by("tone", "kind", "pk"))
    later = _told_later(company, argument, [one for one in alerts if one.fingerprint != named[one.pk]])
    alerts = [alert for alert in alerts if alert.pk not in later]
    if not alerts:
        raise NothingToSend("Before it was sent, what it tells of ended, was acknowledged, or was told anew.")
    return alerts


def _told_later(company: Company, argument: Mapping[str, Any], changed: Sequence[Alert]) -> set[int]:
    """Of what became another thing since the message was owed: what this recipient hears of, or will, by another."""
    if not changed:
        return set()
    rows = Message.objects.filter(company=company, kind=KIND, argument__recipient=argument["recipient"])
    told = {
        (pk, mark)
        for one in rows.order_by("-pk").values_list("argument", flat=True)[:500]
        for pk, mark in one["alerts"]
    }
    return {alert.pk for alert in changed if alert.to_tell or (alert.pk, alert.fingerprint) in told}


def _context(company: Company, recipient: Recipient) -> dict[str, Any]:
    return {
        "company": company,
        "page": absolute(reverse("alerts", args=[company.slug])),
        "stop": stop_address(recipient),
        "address": recipient.address,
        "server": settings.PUBLIC_URL,
    }


def _groups(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """By kind: its label, what is shown with its absolute link, and how many more there are."""
    kinds = list(dict.fromkeys(alert.kind for alert in alerts))
    of_kind = {kind: [alert for alert in alerts if alert.kind == kind] for kind in kinds}
    return [
        {
            "label": label_of(kind),
            "count": len(found),
            "lines": [(alert, absolute(alert.link)) for alert in found[:SHOWN]],
            "more": max(0, len(found) - SHOWN),
        }
        for kind, found in of_kind.items()
    ]


def _short(name: str) -> str:
    """A name that leaves room in a subject for what happened."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"


def _counted(alerts: Sequence[Alert]) -> str:
    return ", ".join(f"{group['count']} {str(group['label']).lower()}" for group in _groups(alerts))


def _kinds(argument: Mapping[str, Any]) -> list[str]:
    wanted = _recipient(argument).kinds
    return [source.label for kind, source in sources().items() if kind in wanted]


def _rendered(name: str, subject: str, context: dict[str, Any]) -> Letter:
    text = render_to_string(f"alerts/mail/{name}.txt", context)
    return Letter(subject[:180], text.strip() + "\n", html=render_to_string(f"alerts/mail/{name}.html", context))
