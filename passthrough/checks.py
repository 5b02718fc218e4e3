"""System checks of the synchronous path's settings: what a wrong value would break is said before anything starts."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from passthrough.schema import ENTRY_POINT, BrokenSchema, load_schema

TAG = "tieout"
LONGEST_HOLD = 290
_VALID = '<QBXML><QBXMLMsgsRq onError="stopOnError"><HostQueryRq/></QBXMLMsgsRq></QBXML>'
_INCLUDED = re.compile(r'<(?:\w+:)?(?:include|import)\b[^>]*\bschemaLocation="([^"]+)"')


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """Every check of this file, each with its number and a hint."""
    return [message for check in (_schema, _hold, _replay, _back_off, _origins) for message in check()]


def _schema() -> list[CheckMessage]:
    problem = _schema_problem(settings.QBXML_SCHEMA_DIR) if settings.QBXML_SCHEMA_DIR else ""
    hint = (
        "It must hold qbxmlops130.xsd and the three files it includes, unchanged from Intuit's QuickBooks SDK. Or "
        "leave QBXML_SCHEMA_DIR out: then QuickBooks alone judges the requests."
    )
    return [Error(problem, hint=hint, id="passthrough.E001")] if problem else []


def _schema_problem(folder: str) -> str:
    """Why the schema in this folder cannot judge requests; empty when it can."""
    try:
        schema = load_schema(Path(folder))
    except BrokenSchema as error:
        return f"QBXML_SCHEMA_DIR: {error}{_not_there(Path(folder))}"
    except (OSError, ValueError) as error:
        return f"QBXML_SCHEMA_DIR {folder!r} cannot be read: {error}."
    if schema is None:
        return f"QBXML_SCHEMA_DIR {folder} holds no qbXML schema ({ENTRY_POINT})."
    refused = schema.check(_VALID)
    return f"QBXML_SCHEMA_DIR: the schema in {folder} refuses a plain query: {refused.message}" if refused else ""


def _not_there(folder: Path) -> str:
    """Which files the schema includes and the folder lacks: libxml2 says only what it misses inside them."""
    text = (folder / ENTRY_POINT).read_text(encoding="utf-8", errors="replace")
    missing = [name for name in _INCLUDED.findall(text) if not (folder / name).is_file()]
    return f" It includes {' and '.join(missing)}, not in that folder." if missing else ""


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
