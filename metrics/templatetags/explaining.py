"""What the page that explains a figure looks up."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from metrics.explain.explained import Source

register = template.Library()


@register.filter
def of_exchange(sources: Mapping[int, Source], exchange_id: int) -> Source | None:
    """The answer that a row is from."""
    return sources.get(exchange_id)
