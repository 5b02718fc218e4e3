"""Answers on their way to this app, as the queue hands them over: job, exchange and payloads stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Company
from metrics.tests.factories import NOW, CompanyFileFactory, JobFactory
from qbwc import payloads
from qbwc.models import CompanyFile, Exchange
from qbwc.purposes import Delivered


def delivered(
    company: Company,
    purpose: str,
    text: str = "",
    *,
    request: str = "<QBXML/>",
    failure: str = "",
    status_code: int = 0,
    parameters: dict[str, Any] | None = None,
    now: datetime = NOW,
) -> Delivered:
    """An answer to a request that went out after all earlier ones of the test."""
    company_file = CompanyFile.objects.filter(company=company).first() or CompanyFileFactory.create(company=company)
    job = JobFactory.create(company_file=company_file, purpose=purpose, parameters=parameters or {}, state="done")
    exchange = Exchange.objects.create(
        job=job,
        request_payload=payloads.store(request),
        response_payload=payloads.store(text) if text else None,
        qbxml_request_id=f"{job.pk}-0",
        sent_at=now - timedelta(seconds=5),
        answered_at=now,
        status_code=status_code,
    )
    return Delivered(job, exchange, text, failure, now)
