"""Which entry of the main navigation a page belongs to."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context

register = template.Library()

# By the word after the company in a page's address; whatever is not here is a page of its figures.
_PARTS = {
    "connect": "connection",
    "connection": "connection",
    "sync": "sync",
    "jobs": "sync",
    "transactions": "calls",
}


@register.simple_tag(takes_context=True)
def part_of_company(context: Context) -> str:
    """figures, sync, calls or connection; empty where the address is not a company's."""
    request = context.get("request")
    match = request.resolver_match if isinstance(request, HttpRequest) else None
    company, _, rest = (match.route if match else "").partition("<slug:slug>/")
    return _PARTS.get(rest.partition("/")[0], "figures") if company == "companies/" else ""
