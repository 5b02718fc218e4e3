"""The text that leaves for a job: built by its purpose, or the very bytes of the last attempt."""

from __future__ import annotations

import re

from lxml import etree

from qbwc import payloads, purposes
from qbwc.models import Job, WebConnectorSession
from qbwc.qbxml.message_set import MessageSet, Request, render

DEFAULT_QBXML_VERSION = "13.0"

# The first response of an answer stands at its beginning: a large one need not be parsed to know what it answers.
_HEAD = 4000
_ANSWERED = re.compile(r"""<\w+Rs\s[^>]*?\brequestID\s*=\s*["']([^"']*)["']""")


def request_id(job: Job, index: int) -> str:
    """The requestID of the job's n-th request; the same at every attempt, so that a resent text is identical.

    The pages of an iterator have one each, so that an answer says which page it is.
    """
    return f"{job.pk}-{index}-{job.pages}" if job.pages else f"{job.pk}-{index}"


def answered_request_id(response: str) -> str:
    """The requestID of the first response in QuickBooks' answer; "" when it has none."""
    found = _ANSWERED.search(response, 0, _HEAD)
    return found[1] if found else ""


def text_to_send(job: Job, session: WebConnectorSession) -> str:
    """The message set for this session. Changes the job's iterator and acknowledgement, which its writer saves.

    Raises what the purpose's builder raises, and UnknownPurpose.
    """
    if job.is_write and (text := _interrupted_text(job)):
        return text  # identical bytes under the same newMessageSetID, or QuickBooks answers 9001
    elements = purposes.find(job.purpose).build(job)
    _turn_page(job, session, elements)
    if job.is_write:
        job.acknowledges = _finished_message_set(job)
    return render(
        MessageSet(
            requests=tuple(Request(request_id(job, index), element) for index, element in enumerate(elements)),
            version=session.qbxml_version or DEFAULT_QBXML_VERSION,
            new_message_set_id=job.message_set_id,
            old_message_set_id=job.acknowledges,
            on_error="continueOnError" if job.parameters.get("on_error") == "continueOnError" else "stopOnError",
        )
    )


def _interrupted_text(job: Job) -> str:
    last = job.exchanges.select_related("request_payload").order_by("-pk").first()
    text = payloads.text_of(last.request_payload) if last is not None and last.request_payload else ""
    return text if f'newMessageSetID="{job.message_set_id}"' in text else ""


def _turn_page(job: Job, session: WebConnectorSession, elements: tuple[etree._Element, ...]) -> None:
    """Iterators live in one QuickBooks session: go on inside it, start over in another (qbxml.md 1.3)."""
    if job.iterator_id and job.session_id != session.pk:
        job.iterator_id, job.pages = "", 0
    if not job.iterator_id:
        return
    for element in elements:
        if element.get("iterator") is not None:
            element.set("iterator", "Continue")
            element.set("iteratorID", job.iterator_id)


def _finished_message_set(job: Job) -> str:
    """The last finished write whose record QuickBooks may drop now: the chained acknowledgement of Intuit's sample.

    Only one that was sent once. Of a write that was sent again, a connector that had been given up may still hold the
    text and hand it in late: QuickBooks must then know its id, or it executes it a second time.
    """
    finished = (
        Job.objects.filter(company_file=job.company_file, is_write=True, state__in=(Job.State.DONE, Job.State.FAILED))
        .exclude(message_set_id="")
        .filter(exchanges__answered_at__isnull=False, attempts=1)
        .order_by("-finished_at", "-pk")
        .first()
    )
    if finished is None or Job.objects.filter(acknowledges=finished.message_set_id).exclude(pk=job.pk).exists():
        return ""
    return finished.message_set_id
