"""The settings, beyond what a system check can know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from django.http.request import validate_host

from passthrough.schema import BrokenSchema, load_schema
from qwc.document import LOCALHOST
from qwc.findings import Actor, Finding, error, fine, note, warning

SHORTEST_SECRET, FEWEST_CHARACTERS = 32, 10
SHORTEST_RETENTION_DAYS = 7


def system_checks() -> Finding:
    found = [each for each in checks.run_checks() if each.level >= checks.WARNING and not each.is_silenced()]
    if not found:
        return fine("settings.checks", "The system checks find nothing wrong.")
    listed = " ".join(_sentence(each) for each in found[:5])
    ids = ", ".join(str(each.id) for each in found)
    is_bad = any(each.level >= checks.ERROR for each in found)
    make, what = (error, "Settings are wrong.") if is_bad else (warning, "Settings deserve a look.")
    why = "Django's and Tieout's own system checks complain; what they say is under the details."
    return make("settings.checks", what, why, "Mend them, then restart.", Actor.SERVER, ids=ids, messages=listed)


def _sentence(message: CheckMessage) -> str:
    return f"{message.id}: {message.msg}{f' {message.hint}' if message.hint else ''}"


def secret_key() -> Finding:
    key = str(settings.SECRET_KEY)
    why = "Whoever knows or guesses it can sign in as anybody."
    fix = "Leave SECRET_KEY out (one is made and kept in the data folder), or set 50 random characters."
    is_known = key.startswith("django-insecure") or any(word in key.lower() for word in ("changeme", "change-me"))
    if len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_CHARACTERS or is_known:
        return error("settings.secret_key", "SECRET_KEY is short, simple or an example's.", why, fix, Actor.SERVER)
    return fine("settings.secret_key", "SECRET_KEY is long and no example's.")


def debug() -> Finding:
    if not settings.DEBUG:
        return fine("settings.debug", "DEBUG is off.")
    why = "An error page then shows settings and code to whoever caused it."
    make = note if urlsplit(settings.PUBLIC_URL).hostname == LOCALHOST else error
    return make("settings.debug", "DEBUG is on.", why, "Leave DEBUG out of the settings.", Actor.SERVER)


def hosts() -> Finding:
    allowed, host = list(settings.ALLOWED_HOSTS), urlsplit(settings.PUBLIC_URL).hostname or ""
    if host and not validate_host(host, allowed):
        what, why = "ALLOWED_HOSTS lacks the host of PUBLIC_URL.", "Every page called by that name answers 400."
        return error("settings.hosts", what, why, "Add it to ALLOWED_HOSTS.", Actor.SERVER, allowed=", ".join(allowed))
    if "*" in allowed and host != LOCALHOST:
        what, why = "ALLOWED_HOSTS takes every name.", "It does no harm behind a proxy that checks the name itself."
        fix = "Set ALLOWED_HOSTS to the host of PUBLIC_URL, and to localhost for monitors."
        return note("settings.hosts", what, why, fix, Actor.SERVER)
    return fine("settings.hosts", "ALLOWED_HOSTS fits PUBLIC_URL.")


def schemas() -> Finding:
    folder = str(settings.QBXML_SCHEMA_DIR)
    if not folder:
        return fine("settings.schemas", "Requests go to QuickBooks without a schema check; that is optional.")
    what, words = "The schemas of QBXML_SCHEMA_DIR cannot be used.", "There is no qbxmlops130.xsd in the folder."
    try:
        if load_schema(Path(folder)) is not None:
            return fine("settings.schemas", "Requests are checked against Intuit's schema.", folder=folder)
    except BrokenSchema as problem:
        words = str(problem)
    why = "Programs' requests are not checked before they are queued, or are refused."
    fix = "Copy qbxmlops130.xsd and the files it includes from the QuickBooks SDK there, or leave the setting out."
    return error("settings.schemas", what, why, fix, Actor.SERVER, folder=folder, reason=words)


def retention() -> Finding:
    days = int(settings.DATABASE_RETENTION_DAYS)
    if days >= SHORTEST_RETENTION_DAYS:
        return fine("settings.retention", f"Answers are kept for {days} days.")
    what = f"DATABASE_RETENTION_DAYS is {days}."
    why = "Answers are gone before somebody can look at what went wrong on a Friday."
    fix = f"Set it to {SHORTEST_RETENTION_DAYS} or more; 90 is the default."
    return warning("settings.retention", what, why, fix, Actor.SERVER)


def time_zone() -> Finding:
    try:
        ZoneInfo(str(settings.TIME_ZONE))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what, why = "TIME_ZONE is no time zone this system knows.", "Times on pages and schedules are wrong."
        fix = "Write it like America/Denver, or install the package tzdata."
        return error("settings.time_zone", what, why, fix, Actor.SERVER, time_zone=settings.TIME_ZONE)
    return fine("settings.time_zone", f"Pages show times of {settings.TIME_ZONE}.")


CHECKS: dict[str, Callable[[], Finding]] = {
    "settings.checks": system_checks,
    "settings.secret_key": secret_key,
    "settings.debug": debug,
    "settings.hosts": hosts,
    "settings.schemas": schemas,
    "settings.retention": retention,
    "settings.time_zone": time_zone,
}
