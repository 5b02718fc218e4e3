"""What a look makes of an alert: new, seen again, another thing than before, better than before, or over."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.models import Alert
from alerts.sources import Found, Source

SEEN_EVERY = timedelta(hours=1)  # what has not changed is written so often at most
MOST_TOLD = 50
_TEXTS = ("words", "why", "remedy", "link", "tone", "value")
# What a look may change of an alert; what a person said of it stays.
COLUMNS = (
    *_TEXTS,
    *(
        "since",
        "size",
        "fingerprint",
        "change",
        "opened_at",
        "last_seen_at",
        "updated_at",
        "ended_at",
        "times",
        "is_acknowledged",
        "to_tell",
    ),
    "told_fingerprints",
    "acknowledged_fingerprint",
)


def begun(kind: str, found: Found, now: datetime) -> Alert:
    """It was never there before."""
    alert = Alert(company_id=found.company_id, kind=kind, subject=found.subject, opened_at=now, since=found.since)
    _put(alert, found)
    alert.last_seen_at = alert.updated_at = now
    return alert


def is_as_it_was(alert: Alert, found: Found, now: datetime) -> bool:
    """Nothing to write."""
    is_same = alert.ended_at is None and alert.fingerprint == found.fingerprint
    return is_same and not _is_said_otherwise(alert, found) and now - alert.last_seen_at < SEEN_EVERY


def seen(alert: Alert, found: Found, now: datetime, source: Source) -> None:
    """It is there now. The same fingerprint is the same thing, also when it was over in between: nobody is told."""
    if alert.ended_at is not None:
        _begins_again(alert, found, now, source)
    if alert.fingerprint != found.fingerprint:
        _changed(alert, found, now)
    elif _is_said_otherwise(alert, found):
        alert.updated_at = now
    _put(alert, found)
    alert.last_seen_at = now


def _begins_again(alert: Alert, found: Found, now: datetime, source: Source) -> None:
    """What it was before it ended is no measure for what it is now."""
    assert alert.ended_at is not None
    is_long_ago = source.again_after is not None and now - alert.ended_at >= source.again_after
    if is_long_ago or (source.is_rough and found.value != alert.value):
        alert.told_fingerprints, alert.is_acknowledged, alert.acknowledged_fingerprint = [], False, ""
    alert.ended_at, alert.opened_at, alert.change = None, now, ""
    alert.since, alert.value, alert.size = found.since, "", 0
    alert.times += 1
    alert.updated_at = now
    alert.to_tell = _is_untold(alert, alert.fingerprint)


def is_back(ended_at: datetime | None, fingerprint: str, alert: Alert, found: Found | None) -> bool:
    """It was over, or something else, and may be what it once was; what became smaller is no news."""
    is_another = ended_at is not None or fingerprint != alert.fingerprint
    return found is not None and is_another and found.size == alert.size


def judged_anew(alert: Alert, found: Found, now: datetime) -> None:
    """It is measured by other thresholds: the thing has not changed, so nobody is told of it or asked again."""
    if not alert.to_tell:
        alert.told_fingerprints = _with(alert, found.fingerprint)
    if alert.is_acknowledged:
        alert.acknowledged_fingerprint = found.fingerprint
    alert.size = 0  # measured otherwise
    _put(alert, found)
    alert.last_seen_at = alert.updated_at = now


def _changed(alert: Alert, found: Found, now: datetime) -> None:
    """Another thing asks for another acknowledgement and is told; what became smaller only says so on the page."""
    alert.change = _moved(alert.value, found.value)
    alert.since, alert.updated_at = found.since, now
    if found.size < alert.size:
        alert.told_fingerprints = _with(alert, found.fingerprint)
        return
    alert.is_acknowledged = bool(alert.acknowledged_at) and found.fingerprint == alert.acknowledged_fingerprint
    alert.to_tell = not alert.is_acknowledged and _is_untold(alert, found.fingerprint)


def _moved(before: str, now: str) -> str:
    if not before or not now:
        return ""
    if before == now:
        return f"It is still {now}; what it is judged by has changed."
    return f"It was {before}, it is {now} now."


def over(alert: Alert, now: datetime) -> None:
    """It has ended by itself: what was not told by now need not be."""
    alert.ended_at = alert.updated_at = now
    alert.to_tell = False


def told(alert: Alert, now: datetime, *, to_somebody: bool) -> None:
    """Kept whether or not somebody receives alerts: a recipient of tomorrow is not told of yesterday."""
    alert.to_tell = False
    alert.told_fingerprints = _with(alert, alert.fingerprint)
    alert.told_at = now if to_somebody else alert.told_at


def _with(alert: Alert, fingerprint: str) -> list[str]:
    return [*(one for one in alert.told_fingerprints if one != fingerprint), fingerprint][-MOST_TOLD:]


def _is_untold(alert: Alert, fingerprint: str) -> bool:
    return not alert.is_acknowledged and fingerprint not in alert.told_fingerprints


def _is_said_otherwise(alert: Alert, found: Found) -> bool:
    """The same thing in other words: its figures have moved without making it another."""
    return any(getattr(alert, name) != getattr(found, name) for name in _TEXTS)


def _put(alert: Alert, found: Found) -> None:
    """`size` stays the worst since it began, `since` the first moment: a month is read again every few hours."""
    for name in _TEXTS:
        setattr(alert, name, getattr(found, name))
    alert.tone, alert.fingerprint = found.tone.value, found.fingerprint
    alert.size, alert.since = max(alert.size, found.size), min(alert.since, found.since)
