"""How a company's connection is doing, for pages that know nothing of the Web Connector."""

from __future__ import annotations

from datetime import datetime

from django import template

from accounts.models import Company
from qwc.connection_states import ConnectionState, connection_state

register = template.Library()


@register.inclusion_tag("qwc/_connection_state.html")
def connection_of(company: Company, now: datetime, *, brief: bool = False) -> dict[str, ConnectionState | bool | None]:
    """The light and its word; with why and remedy unless `brief`. Nothing for a company without a company file."""
    company_file = getattr(company, "company_file", None)
    return {"connection": company_file and connection_state(company_file, now), "brief": brief}
