"""The page of a company's alerts: what to look at, acknowledging it, what was told to whom; and stopping a mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from alerts import recipients
from alerts.acknowledging import LONGEST_NOTE, acknowledge
from alerts.letters import recipient_of
from alerts.models import Alert, Recipient
from alerts.selectors import STATES, alerts_of, counts, messages_of
from alerts.sources import label_of, sources
from alerts.telling import KIND, TEST_KIND
from outbox import sending
from outbox.models import Message

PAGE = 50
LABELS = {"open": "Open", "acknowledged": "Acknowledged", "ended": "Ended"}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alerts_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody looks; administrators acknowledge."""
    if request.method == "POST":
        return _acknowledged(request, administered(request, slug))
    company = visible(request, slug)
    state, kind, page = _asked(request)
    rows = alerts_of(company, state=state, kind=kind)
    start, total = page * PAGE, rows.count()
    may_administer = caller_of(request).may_administer(company)
    context: dict[str, Any] = {
        "company": company,
        "may_administer": may_administer,
        "state": state,
        "states": [(one, LABELS[one], count) for one, count in counts(company).items()],
        "kind": kind,
        "kinds": [(one, source.label) for one, source in sources().items()],
        "lines": [_line(alert) for alert in rows[start : start + PAGE]],
        "messages_sent": [_sent(message, in_full=may_administer) for message in messages_of(company)],
        "recipient_count": company.alert_recipients.count(),
        "query": urlencode({"state": state, "kind": kind}),
        "earlier": page - 1 if page else None,
        "later": page + 1 if start + PAGE < total else None,
        "now": clock.now(),
        "longest_note": LONGEST_NOTE,
    }
    return render(request, "alerts/alerts.html", context)


@never_cache
@login_required
@require_POST
def send_again(request: HttpRequest, slug: str, message_id: int) -> HttpResponse:
    """Administrators: what was not sent, or of which nobody knows."""
    company = administered(request, slug)
    now = clock.now()
    rows = Message.objects.filter(company=company, pk=message_id, kind__in=(KIND, TEST_KIND))
    if sending.send_again(rows, now):
        audit.record(
            action="message.sent_again",
            success=True,
            now=now,
            actor=caller_of(request).name,
            company=company,
            message=message_id,
        )
        messages.success(request, "It is on its way again; what comes of it stands under “What was told”.")
    else:
        messages.info(request, "It was not sent again: it has arrived, or is on its way.")
    return redirect(f"{reverse('alerts', args=[slug])}#told")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """From a mail, without signing in: GET asks, so that a program that follows links stops nothing; POST stops it."""
    recipient = recipient_of(token)
    if recipient is not None and request.method == "POST":
        recipients.remove(recipient, actor=f"the link in a mail to {recipient.address}"[:200], now=clock.now())
    context = {"recipient": recipient, "is_done": request.method == "POST"}
    return render(request, "alerts/stop.html", context, status=200 if recipient is not None else 404)


def _acknowledged(request: HttpRequest, company: Company) -> HttpResponse:
    ids, seen = _ticked(request)
    note, actor = request.POST.get("note", ""), caller_of(request).name
    count = acknowledge(company, ids, note=note, actor=actor, now=clock.now(), seen=seen)
    if changed := Alert.objects.filter(company=company, pk__in=ids, ended_at=None, is_acknowledged=False).count():
        words = f"{changed} of them changed since you opened this page: look again before you acknowledge it."
        messages.warning(request, words)
    if count:
        messages.success(request, f"{count} alert{'' if count == 1 else 's'} acknowledged.")
    elif ids and not changed:
        messages.warning(request, "Nothing was open among these: somebody had acknowledged them, or they have ended.")
    elif not ids:
        messages.warning(request, "Tick what you have seen, then acknowledge it.")
    kind = request.POST.get("kind", "")
    query = f"?{urlencode({'kind': kind})}" if kind in sources() else ""
    return redirect(f"{reverse('alerts', args=[company.slug])}{query}")


def _ticked(request: HttpRequest) -> tuple[list[int], dict[int, str]]:
    """The ids, and by id the fingerprint of what was shown beside the box."""
    parts = [text.partition(":") for text in request.POST.getlist("id")]
    known = [(int(pk), mark) for pk, _, mark in parts if pk.isascii() and pk.isdigit() and len(pk) < 19]
    return [pk for pk, _ in known], {pk: mark for pk, mark in known if mark}


def _asked(request: HttpRequest) -> tuple[str, str, int]:
    state, kind, page = (request.GET.get(name, "") for name in ("state", "kind", "page"))
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 0
    return state if state in STATES else "open", kind if kind in sources() else "", number


def _line(alert: Alert) -> dict[str, Any]:
    return {"alert": alert, "label": label_of(alert.kind)}


def _sent(message: Message, *, in_full: bool) -> dict[str, Any]:
    """A message with what it told of, in words; whoever knows a webhook's whole address can often post there."""
    count = len(message.argument.get("alerts", ())) or message.argument.get("named", 0)
    told = "a test" if message.kind == TEST_KIND else f"{count} alert{'' if count == 1 else 's'}"
    to = message.recipient
    if message.channel == Recipient.Channel.WEBHOOK and not in_full:
        to = urlsplit(to).hostname or ""
    return {"message": message, "to": to, "told": told, "may_go_again": message.state in ("failed", "unknown")}
