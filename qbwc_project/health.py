"""GET /health and its two short forms: cheap, public and without secrets; 503 when the database does not answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from accounts import clock
from passthrough.models import Transaction
from qbwc.contact import contact_state
from qbwc.models import CompanyFile, WebConnectorSession

logger = logging.getLogger(__name__)

NO_STORE = {"Cache-Control": "no-store"}
# Of a Web Connector that calls in time, in the words that monitors of the older agent look for.
_SHIM_WORDS = {"online": "connected", "late": "late", "never_seen": "never_seen", "disabled": "disabled"}


def health(request: HttpRequest) -> JsonResponse:
    """What monitors read: server, Web Connector, QuickBooks, and the transactions of today (UTC).

    Only a server that cannot work is unhealthy: a PC that is switched off for the night is no fault of it.
    """
    now = clock.now()
    try:
        body = _healthy(now)
    except DatabaseError:
        logger.exception("health: the database does not answer")
        return JsonResponse(_unhealthy(now), status=503, headers=NO_STORE)
    return JsonResponse(body, headers=NO_STORE)


def live(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "alive", "timestamp": clock.now().isoformat()}, headers=NO_STORE)


def ready(request: HttpRequest) -> JsonResponse:
    """It can take calls: the database answers. 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("health: the database does not answer")
        return JsonResponse({"status": "not_ready", "database": "unreachable"}, status=503, headers=NO_STORE)
    return JsonResponse({"status": "ready", "database": "connected"}, headers=NO_STORE)


def _healthy(now: datetime) -> dict[str, Any]:
    seen = CompanyFile.objects.filter(is_active=True).order_by("-last_seen_at")
    latest = seen.exclude(last_seen_at=None).first() or seen.first()
    return {
        "status": "healthy",
        "timestamp": now.isoformat(),
        "server_agent": {"status": "healthy", "database": "connected", "engine": connection.vendor},
        "qb_shim": _shim(latest, now),
        "quickbooks": _quickbooks(latest, now),
        "transactions_today": _today(now),
        "last_transaction": _last(),
    }


def _unhealthy(now: datetime) -> dict[str, Any]:
    return {
        "status": "unhealthy",
        "timestamp": now.isoformat(),
        "server_agent": {"status": "unhealthy", "database": "unreachable", "engine": connection.vendor},
        "qb_shim": {"status": "unknown", "url": _shim_url(), "last_contact": None},
        "quickbooks": {"status": "unknown", "company_file": None, "company_file_open": False},
        "transactions_today": None,
        "last_transaction": None,
    }


def _shim(company_file: CompanyFile | None, now: datetime) -> dict[str, Any]:
    state = contact_state(company_file, now) if company_file is not None else "never_seen"
    last = company_file.last_seen_at if company_file is not None else None
    return {"status": _SHIM_WORDS[state], "url": _shim_url(), "last_contact": last.isoformat() if last else None}


def _shim_url() -> str:
    """Where the agent is, or where the Web Connector calls: without what an address may carry as a secret."""
    return str(settings.QB_SHIM_URL).rpartition("@")[2].partition("?")[0] or f"{settings.PUBLIC_URL}/api/qbwc"


def _quickbooks(company_file: CompanyFile | None, now: datetime) -> dict[str, Any]:
    """Whether the company file is open is known while a session with it is under way.

    The path of the company file and the company's name stay out: this page is public.
    """
    is_open = (
        company_file is not None
        and company_file.sessions.filter(
            state=WebConnectorSession.State.OPEN, last_call_at__gte=now - timedelta(minutes=5), connection_attempts=0
        ).exists()
    )
    state = contact_state(company_file, now) if company_file is not None else "never_seen"
    status = "connected" if is_open else ("idle" if state == "online" else "unknown")
    known = bool(company_file is not None and company_file.file_path_seen)
    return {"status": status, "company_file": "known" if known else None, "company_file_open": is_open}


def _today(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Transaction.objects.filter(timestamp__gte=midnight).count()


def _last() -> str | None:
    last = Transaction.objects.order_by("-pk").values_list("timestamp", flat=True).first()
    return last.isoformat() if last is not None else None
