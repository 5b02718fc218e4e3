"""What recipients read: one letter or one webhook for everything new of a company, and the test of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Company
from alerts.answers import absolute, alert_json
from alerts.left_out import Mark, leave_out, messages_to
from alerts.models import Alert, Recipient
from alerts.sources import label_of, sources
from alerts.telling import KIND, TEST_KIND
from outbox.kinds import Hook, Letter, NothingToSend, register_kind
from outbox.models import State

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
    with transaction.atomic():
        rows = Alert.objects.filter(company=company, pk__in=named).order_by("pk").select_for_update()
        known = [alert for alert in rows if not alert.is_acknowledged]
        others, later = _told_otherwise(company, argument)
        # What became another thing since is told by whichever message names that; what is news again, by the later one.
        elsewhere = {
            alert.pk
            for alert in known
            if alert.to_tell or _mark(alert) in (later if alert.fingerprint == named[alert.pk] else others)
        }
        alerts = [alert for alert in known if alert.ended_at is None and alert.pk not in elsewhere]
        left = [alert for alert in known if alert not in alerts]
        if left:
            as_named = {(alert.pk, named[alert.pk]) for alert in left}
            as_it_is = {_mark(alert) for alert in left}
            told = {_mark(alert) for alert in left if alert.pk in elsewhere}
            leave_out(company, argument, {alert.pk for alert in left}, (as_named | as_it_is) - told - later)
    if not alerts:
        raise NothingToSend("Before it was sent, what it tells of ended, was acknowledged, or was told anew.")
    return sorted(alerts, key=lambda alert: (alert.tone, alert.kind, alert.pk))


def _mark(alert: Alert) -> Mark:
    return alert.pk, alert.fingerprint


def _told_otherwise(company: Company, argument: Mapping[str, Any]) -> tuple[set[Mark], set[Mark]]:
    """What this recipient hears of, or will: by any message, and by those that are later than this one."""
    rows = messages_to(company, argument).exclude(state=State.DROPPED).order_by("-pk")
    anyhow: set[Mark] = set()
    later: set[Mark] = set()
    is_later = "key" in argument  # False from this one on
    for key, said in rows.values_list("key", "argument")[:500]:
        is_later = is_later and key != argument["key"]
        marks = {(pk, mark) for pk, mark in said["alerts"]}
        anyhow |= marks
        later |= marks if is_later else set()
    return anyhow, later


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
