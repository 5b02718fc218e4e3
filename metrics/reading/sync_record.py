"""The line in the sync history that each read answer leaves, and what it says about newer answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from metrics.models import SyncHistory
from qbwc.purposes import Delivered
from qbwc.qbxml.responses import MalformedAnswer, Response, parse_answer

READ_ALREADY = "A newer answer had been read before this one arrived; nothing was changed."


class Refused(ValueError):
    """An answer that cannot be used; the text says what was seen, for a person. Trying again would not help."""


@dataclass(frozen=True)
class Reading:
    """What came of an answer: a sentence, and a summary as JSON values."""

    message: str
    data: dict[str, object] = field(default_factory=dict)


def moment_of(delivered: Delivered) -> datetime:
    """When QuickBooks answered: the same however often and late the answer is read."""
    return delivered.exchange.answered_at or delivered.now


def record(delivered: Delivered, sync_type: SyncHistory.SyncType, reading: Reading, *, success: bool) -> bool:
    """Write the line of this exchange, or write it again; whether it is new."""
    found = {"success": success, "message": reading.message, "parsed_data": reading.data}
    fixed = {
        "company_id": delivered.job.company_file.company_id,
        "sync_type": sync_type,
        "created_at": moment_of(delivered),
    }
    _, is_new = SyncHistory.objects.update_or_create(
        exchange=delivered.exchange, defaults=found, create_defaults=found | fixed
    )
    return is_new


def is_superseded(delivered: Delivered, sync_type: SyncHistory.SyncType) -> bool:
    """Whether an answer to a later request of the same kind was read already."""
    return SyncHistory.objects.filter(
        company_id=delivered.job.company_file.company_id,
        sync_type=sync_type,
        success=True,
        exchange_id__gt=delivered.exchange.pk,
    ).exists()


def response_in(text: str, name: str) -> Response:
    """The first response of this name in an answer. Raises Refused."""
    try:
        answer = parse_answer(text)
    except MalformedAnswer as problem:
        raise Refused(f"QuickBooks' answer cannot be read: {problem}") from problem
    for response in answer.responses:
        if response.name == name:
            return _successful(response)
    raise Refused(f"QuickBooks' answer holds no {name}; it may belong to another request.")


def _successful(response: Response) -> Response:
    if response.is_error:
        raise Refused(f"QuickBooks refused: {response.message} (statusCode {response.status_code})")
    return response
