"""System checks of the synchronous path's settings: what a wrong value would break is said before anything starts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from passthrough.schema import BrokenSchema, load_schema

TAG = "tieout"
LONGEST_HOLD = 290


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """Every check of this file, each with its number and a hint."""
    return [message for check in (_schema, _hold, _replay, _back_off, _origins) for message in check()]


def _schema() -> list[CheckMessage]:
    folder = settings.QBXML_SCHEMA_DIR
    if not folder:
        return []
    hint = "It must hold qbxmlops130.xsd and the files it includes, from Intuit's QuickBooks SDK; or leave it out."
    try:
        found = load_schema(Path(folder))
    except BrokenSchema as error:
        return [Error(str(error), hint=hint, id="passthrough.E001")]
    missing = Error(f"QBXML_SCHEMA_DIR {folder} holds no qbXML schema.", hint=hint, id="passthrough.E001")
    return [] if found is not None else [missing]


def _hold() -> list[CheckMessage]:
    if 0 <= settings.HOLD_SECONDS <= LONGEST_HOLD:
        return []
    hint = f"Choose 0 to {LONGEST_HOLD}; 35 fits Make.com, which waits for 40."
    return [Error(f"HOLD_SECONDS is {settings.HOLD_SECONDS}.", hint=hint, id="passthrough.E002")]


def _replay() -> list[CheckMessage]:
    if settings.IDEMPOTENT_REPLAY_STATUS in (200, 409):
        return []
    message = f"IDEMPOTENT_REPLAY_STATUS is {settings.IDEMPOTENT_REPLAY_STATUS}."
    return [Error(message, hint="Choose 409 or 200.", id="passthrough.E003")]


def _back_off() -> list[CheckMessage]:
    pauses = settings.AUTO_RETRY_BACKOFF_SECONDS
    if pauses and all(0 < pause <= LONGEST_HOLD for pause in pauses):
        return []
    hint = "Write seconds separated by commas, like 1,2,4; AUTO_RETRY_ENABLED=false switches the retries off."
    return [Error(f"AUTO_RETRY_BACKOFF_SECONDS is {pauses}.", hint=hint, id="passthrough.E004")]


def _origins() -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_ORIGINS:
        return []
    hint = "Name the origins instead. A key in the code of a public page can be read by everybody."
    return [Warning("ALLOWED_ORIGINS lets every web page call.", hint=hint, id="passthrough.W001")]
