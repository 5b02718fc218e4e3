"""Jobs whose request is given as qbXML text; their answer is only kept, and whoever enqueued them reads it there."""

from __future__ import annotations

from lxml import etree

from qbwc.models import Job
from qbwc.purposes import Purpose, register

QUERY, WRITE = "raw_query", "raw_write"

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def register_purposes() -> None:
    """`parameters` hold one request element as text under "request"."""
    register(Purpose(QUERY, is_write=False, build=build, read=None))
    register(Purpose(WRITE, is_write=True, build=build, read=None))


def build(job: Job) -> tuple[etree._Element, ...]:
    """The request element. Raises etree.XMLSyntaxError."""
    return (etree.fromstring(str(job.parameters["request"]).encode(), _PARSER),)
