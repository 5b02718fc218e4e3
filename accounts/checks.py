"""System checks of users, keys and the audit trail; `manage.py check --database default` runs all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from accounts import audit, keys
from accounts.models import User

LINES_VERIFIED = 1000  # the newest ones: a check must stay quick however old the installation is


@register(Tags.security)
def check_user_model(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """accounts.E001: companies are scoped by accounts.User."""
    if settings.AUTH_USER_MODEL == "accounts.User":
        return []
    hint = 'Set AUTH_USER_MODEL = "accounts.User" in qbwc_project/settings.py.'
    return [Error("Signing in does not use accounts.User.", hint=hint, id="accounts.E001")]


@register(Tags.security)
def check_api_key(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """accounts.W001: an API_KEY that could not be registered."""
    if not settings.API_KEY:
        return []
    try:
        keys.adopt_key(settings.API_KEY)
    except ValueError as error:
        hint = (
            "Set API_KEY to a long random text (python3 -c 'import secrets; print(secrets.token_urlsafe(32))'), "
            "or leave it out and let `connect_company --api-key` make a key."
        )
        return [Warning(f"API_KEY cannot be used as a key. {error}", hint=hint, id="accounts.W001")]
    return []


@register(Tags.database)
def check_superuser(app_configs: Any, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """accounts.W002: nobody can administer this installation."""
    if not databases:
        return []
    try:
        exists = User.objects.filter(is_superuser=True, is_active=True).exists()
    except DatabaseError:  # before the first migration there is no table yet
        return []
    hint = "Make one with `./run manage createsuperuser`."
    return [] if exists else [Warning("There is no active superuser yet.", hint=hint, id="accounts.W002")]


@register(Tags.database)
def check_audit_trail(app_configs: Any, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """accounts.W003: somebody changed the audit trail in the database; only a warning, as stopping mends nothing."""
    if not databases:
        return []
    try:
        broken = audit.verify(newest=LINES_VERIFIED)
    except DatabaseError:
        return []
    if not broken:
        return []
    message = f"The audit trail (table qbr_audit_log) does not fit together at id {', '.join(map(str, broken[:10]))}."
    hint = "Lines were changed or removed outside the server. Compare with a backup, and find out who has the database."
    return [Warning(message, hint=hint, id="accounts.W003")]
