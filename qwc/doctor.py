"""What has been seen of a connection so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import AuditEvent
from qbwc.models import CompanyFile


@dataclass(frozen=True)
class Seen:
    """Empty and None: not seen yet."""

    last_contact: datetime | None
    product: str
    company_name: str
    file_path: str
    web_connector_version: str
    refused_at: datetime | None
    refusal: str


def seen_of(company_file: CompanyFile) -> Seen:
    """From what QuickBooks told the server, and from the newest refusal of this user name."""
    refused = _newest_refusal(company_file.username)
    return Seen(
        last_contact=company_file.last_seen_at,
        product=company_file.product_name,
        company_name=company_file.company_name_seen,
        file_path=company_file.file_path_seen,
        web_connector_version=company_file.client_version,
        refused_at=refused.timestamp if refused else None,
        refusal=str(refused.details.get("reason", "")) if refused else "",
    )


def _newest_refusal(username: str) -> AuditEvent | None:
    """Of the Web Connector only: a person may sign in to the pages with the same name."""
    refused = AuditEvent.objects.filter(actor=username, success=False, action__startswith="web_connector.")
    return refused.order_by("-pk").first()
