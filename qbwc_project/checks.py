"""System checks of the settings: what a wrong value would break later is said before anything starts, with a hint."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from qbwc.passwords import is_password_hash
from qbwc_project.logs import FORMATS, LEVELS
from qwc.connect import SUPPORT_PATH, soap_url
from qwc.document import LOCALHOST, ConnectionFile, problems

TAG = "tieout"
SHORTEST_SECRET = 32
LARGEST_QBXML_MB = 1024
DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")
PROBE_IDS = UUID(int=1), UUID(int=2)


def error(number: int, message: str, hint: str) -> list[CheckMessage]:
    return [Error(message, hint=hint, id=f"tieout.E{number:03}")]


def check_public_url() -> list[CheckMessage]:
    """E001: the address that stands in set-up files; the Web Connector's own rules are qwc.document's."""
    url = settings.PUBLIC_URL
    hint = "Set PUBLIC_URL to the server's address as the QuickBooks PC sees it, like https://books.example.com."
    try:
        parts = urlsplit(url)
        is_bare = parts.path == parts.query == parts.fragment == "" and parts.username is None
    except ValueError:
        return error(1, f"PUBLIC_URL {url!r} is not an address.", hint)
    if not is_bare:
        return error(1, f"PUBLIC_URL {url!r} must end with the host or port: no path, no user name.", hint)
    probe = ConnectionFile("Tieout", soap_url(url), url + SUPPORT_PATH, "tieout", *PROBE_IDS)
    return [message for problem in problems(probe) for message in error(1, f"PUBLIC_URL {url!r}: {problem}", hint)]


def check_secret_key() -> list[CheckMessage]:
    """E002: it signs sessions; a short one can be guessed."""
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET:
        return []
    hint = "Leave SECRET_KEY out (one is made and kept in the data folder), or set 50 random characters."
    return error(2, f"SECRET_KEY has fewer than {SHORTEST_SECRET} characters.", hint)


def check_debug() -> list[CheckMessage]:
    """E003: with DEBUG an error page shows settings and code to whoever caused it."""
    if not settings.DEBUG or urlsplit(settings.PUBLIC_URL).hostname == LOCALHOST:
        return []
    return error(3, "DEBUG is on while PUBLIC_URL is not localhost.", "Leave DEBUG out on a server others can reach.")


def check_password_hash() -> list[CheckMessage]:
    """E004: a password written where its hash belongs would never match."""
    if not settings.QBWC_PASSWORD_HASH or is_password_hash(settings.QBWC_PASSWORD_HASH):
        return []
    hint = "It begins with $2b$ and has 60 characters; in .env write it between single quotes, as it contains $."
    return error(4, "QBWC_PASSWORD_HASH is not a bcrypt hash.", hint)


def check_redis_url() -> list[CheckMessage]:
    """E005: Celery would fail at its first message."""
    scheme = urlsplit(settings.REDIS_URL).scheme
    if not settings.REDIS_URL or scheme in REDIS_SCHEMES:
        return []
    hint = "Write it like redis://localhost:6379/0, or leave it out to run without Redis."
    return error(5, f"REDIS_URL begins with {scheme + '://' if scheme else 'no scheme'}, which is not Redis.", hint)


def check_database_url() -> list[CheckMessage]:
    """E006: the queue's conditional updates and locks are written for, and tested on, two databases."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine in DATABASES:
        return []
    hint = "Write DATABASE_URL like postgres://user:password@host:5432/name, or leave it out for SQLite."
    return error(6, f"Tieout does not run on {engine}: only on SQLite and PostgreSQL.", hint)


def check_qbxml_size() -> list[CheckMessage]:
    """E007: an answer of QuickBooks is held in memory while it is read."""
    if 1 <= settings.MAX_QBXML_SIZE_MB <= LARGEST_QBXML_MB:
        return []
    message = f"MAX_QBXML_SIZE_MB is {settings.MAX_QBXML_SIZE_MB}."
    return error(7, message, f"Choose 1 to {LARGEST_QBXML_MB}; 100 is the default, and a 24-month report has 2.")


def check_log_level() -> list[CheckMessage]:
    """E008: until it is right, INFO is used."""
    if settings.LOG_LEVEL.upper() in LEVELS:
        return []
    return error(8, f"LOG_LEVEL is {settings.LOG_LEVEL!r}.", f"Choose one of {', '.join(LEVELS)}.")


def check_log_format() -> list[CheckMessage]:
    """E009: until it is right, text is used."""
    if settings.LOG_FORMAT in FORMATS:
        return []
    return error(9, f"LOG_FORMAT is {settings.LOG_FORMAT!r}.", f"Choose {' or '.join(FORMATS)}.")


def check_data_folder() -> list[CheckMessage]:
    """E010: the database, the secret key and the demo's sign-in are kept there."""
    if can_write(settings.DATA_DIR):
        return []
    hint = "Let the user that runs Tieout write there, or set DATA_DIR to a folder where it may."
    return error(10, f"The data folder {settings.DATA_DIR} does not exist or cannot be written to.", hint)


def check_log_file() -> list[CheckMessage]:
    """E011: a log that cannot be opened fails at the first line worth keeping."""
    if not settings.LOG_FILE or can_write(Path(settings.LOG_FILE).absolute().parent):
        return []
    return error(11, f"The folder of LOG_FILE {settings.LOG_FILE} does not exist or cannot be written to.", "Make it.")


def can_write(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


CHECKS = (
    check_public_url,
    check_secret_key,
    check_debug,
    check_password_hash,
    check_redis_url,
    check_database_url,
    check_qbxml_size,
    check_log_level,
    check_log_format,
    check_data_folder,
    check_log_file,
)


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """Every check of this file, each with its number and a hint."""
    return [message for check in CHECKS for message in check()]
