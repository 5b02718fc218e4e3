"""System checks of the mail settings: what would fail at the first letter is said before anything starts."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from outbox.failures import BadRecipient
from outbox.mail import checked_address

TAG = "tieout"


@register(TAG)
def check_mail(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """E001: a server that is set up to send mail needs a name to send it under."""
    if not settings.MAIL_IS_SET_UP:
        return []
    hint = "Set MAIL_FROM to the address that letters come from, like Tieout <tieout@example.com>."
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    try:
        checked_address(address)
    except BadRecipient:
        return [Error(f"MAIL_FROM {settings.DEFAULT_FROM_EMAIL!r} is no mail address.", hint=hint, id="outbox.E001")]
    return []
