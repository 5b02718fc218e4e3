"""A healthy installation with one company, for the tests of Doctor."""

from __future__ import annotations

import socket
from datetime import date, timedelta
from decimal import Decimal

from pytest_django import Settings

from accounts import clock
from metrics.models import Basis, MonthlyMetric
from qbwc.models import CompanyFile, SyncPlan
from qwc.connect import connect

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECRET = "kZ3v-9wQ_7xT1mB5pL8rY2cN6hJ4gF0dS-aEuIoWqXzVbMt"


def healthy_settings(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://books.example.com"
    settings.ALLOWED_HOSTS = ["books.example.com", "testserver"]
    settings.SECRET_KEY = SECRET
    settings.REDIS_URL = settings.QBXML_SCHEMA_DIR = settings.DOCTOR_CA_FILE = ""
    settings.DEBUG = False
    settings.TIME_ZONE = "UTC"


def healthy_company(name: str = "Cascadia") -> CompanyFile:
    """Called five minutes ago, its plans read, a month that ties out."""
    now, username = clock.now(), name.lower()
    company_file = connect(name=name, username=username, password="secret words", now=now).company_file
    CompanyFile.objects.filter(pk=company_file.pk).update(last_seen_at=now - 5 * MINUTE)
    SyncPlan.objects.filter(company_file=company_file).update(next_due_at=now + HOUR)
    a_month(company_file)
    company_file.refresh_from_db()
    return company_file


def a_month(company_file: CompanyFile, **columns: object) -> MonthlyMetric:
    values: dict[str, object] = {
        "month": date(2026, 1, 1),
        "total_revenue": Decimal(1000),
        "total_expenses": Decimal(400),
        "quickbooks_net_income": Decimal(600),
        "tie_out_status": "tied",
        "synced_at": clock.now(),
    }
    return MonthlyMetric.objects.create(company=company_file.company, basis=Basis.ACCRUAL, **{**values, **columns})


def closed_port() -> int:
    """Nobody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port
