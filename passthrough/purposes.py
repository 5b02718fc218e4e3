"""What a passthrough job is for: build its request from the caller's text, hand its answer to the transaction."""

from __future__ import annotations

from lxml import etree

from passthrough import answered
from passthrough.models import Transaction
from passthrough.requests import accept
from qbwc import limits
from qbwc.models import Job
from qbwc.prepared import Parameter, Rows
from qbwc.purposes import Purpose, register

QUERY, WRITE = "passthrough_query", "passthrough_write"

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


class NothingToSend(Exception):
    """The job must not be sent (again); the message says why."""


def register_purposes() -> None:
    """`parameters` hold the transaction_id under "transaction"."""
    register(Purpose(QUERY, is_write=False, build=build, read=answered.read, read_at_once=answered.read_at_once))
    register(Purpose(WRITE, is_write=True, build=build, read=answered.read, read_at_once=answered.read_at_once))


_REQUEST = Rows(
    lambda: Transaction.objects.filter(transaction_id=Parameter("transaction_id")).only("qbxml_request").order_by()
)


def build(job: Job) -> tuple[etree._Element, ...]:
    """The caller's request elements. Raises NothingToSend, and RefusedRequest when a limit was lowered meanwhile."""
    row = _REQUEST.first(transaction_id=job.parameters["transaction"])
    text = row.qbxml_request if row is not None else ""
    if not text:
        raise NothingToSend("The request is not kept any more.")
    if job.is_write and answered.is_partly_done(job):
        raise NothingToSend("A part of it was carried out already, and would be carried out twice.")
    accepted = accept(text, limit_bytes=2 * limits.text_limit())
    return tuple(etree.fromstring(element.encode("ascii"), _PARSER) for element in accepted.elements)
