"""Whether this installation has a failure lab."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def lab_is_open() -> bool:
    return bool(settings.DEMO_LAB)
