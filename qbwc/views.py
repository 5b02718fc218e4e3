"""The SOAP endpoint: POST speaks with the Web Connector, anything else answers 200 with the WSDL."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts import clock
from qbwc import sessions, soap
from qbwc.wsdl import wsdl

logger = logging.getLogger(__name__)

PATH = "/api/qbwc"


@csrf_exempt
def web_connector(request: HttpRequest) -> HttpResponse:
    """Never a redirect, a 4xx or an HTML page: the Web Connector would show its user "QBWC1012" and no reason."""
    if request.method != "POST":
        return _xml(wsdl(settings.PUBLIC_URL + PATH), "text/xml; charset=utf-8", 200)
    limit = settings.MAX_QBXML_SIZE_MB * 1024 * 1024
    try:
        # read(), not body: Django's limit for form posts would answer 400 where qbXML runs to tens of megabytes.
        envelope = soap.parse_call(request.read(limit + 1), limit)
    except soap.MalformedCall as error:
        logger.warning("malformed SOAP call from %s: %s", request.META.get("REMOTE_ADDR", ""), error)
        return _xml(soap.build_fault(str(error), error.soap_version), soap.content_type(error.soap_version), 500)
    result = sessions.answer(envelope.call, clock.now())
    return _xml(soap.build_reply(envelope, result), soap.content_type(envelope.soap_version), 200)


def _xml(body: bytes, content_type: str, status: int) -> HttpResponse:
    return HttpResponse(body, content_type=content_type, status=status, headers={"Content-Length": str(len(body))})
