"""The SOAP address, called exactly as the Web Connector's .NET client calls it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from lxml import etree

from qbwc.sessions import SERVER_VERSION
from qbwc.soap import NAMESPACE
from qwc.doctor_checks.address import NOT_REACHED
from qwc.doctor_checks.outside import Outside
from qwc.doctor_checks.visits import Reply, Silence, Visit
from qwc.findings import Actor, Finding, error, fine, skipped, warning

LET_THROUGH = "Let the proxy pass /api/qbwc on to this server, for GET and POST, without a sign-in of its own."
_STATUS = {
    401: "A sign-in stands before it, which the Web Connector cannot give.",
    403: "A firewall or bot rule refuses the call.",
    404: "The path is not passed on to this server.",
    405: "The method is not allowed there.",
    411: "The proxy wants another way of sending the length.",
    413: "The proxy takes no body of this size.",
    417: "The proxy does not take “Expect: 100-continue”, which .NET always sends.",
    429: "A limit on the number of calls refuses it.",
    502: "The proxy does not reach this server.",
    503: "The proxy has no server to pass it on to.",
    504: "The proxy did not get an answer in its time.",
}


def get(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("soap.get", NOT_REACHED)
    visit = outside.visit("get")
    if isinstance(visit, Reply) and visit.status == 200:
        return fine("soap.get", "The SOAP address answers GET with 200.")
    why = f"The Web Connector checks the certificate with a GET when it is added (QBWC1048). {_seen(visit)}"
    return error("soap.get", "The SOAP address does not answer GET with 200.", why, LET_THROUGH, Actor.NETWORK)


def redirect(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("soap.redirect", NOT_REACHED)
    visit = outside.visit("post")
    if not isinstance(visit, Reply) or not visit.is_redirect:
        return fine("soap.redirect", "A POST is not redirected.")
    return error(
        "soap.redirect",
        f"A POST to the SOAP address is redirected{_whereto(outside, visit.location)}.",
        "The Web Connector follows no redirect: every call fails (QBWC1012, QBWC1041).",
        "Set PUBLIC_URL to the final address, or take the redirect of /api/qbwc out of the proxy.",
        Actor.NETWORK,
        location=visit.location[:300],
        status=visit.status,
    )


def _whereto(outside: Outside, location: str) -> str:
    assert outside.parts is not None
    target = urlsplit(location)
    if target.scheme == "https" and outside.parts.scheme == "http":
        return " to https"
    if target.hostname and target.hostname != outside.parts.hostname:
        is_www = {target.hostname, outside.parts.hostname} & {f"www.{target.hostname}", f"www.{outside.parts.hostname}"}
        return " to another host name (www)" if is_www else " to another host name"
    return " to the same path with a slash" if target.path.endswith("/") else ""


def user_agent(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("soap.user_agent", NOT_REACHED)
    as_dot_net, plainly = outside.visit("post"), outside.visit("post_plainly")
    if not _is_good(as_dot_net) and not _is_good(plainly):
        return skipped("soap.user_agent", "no SOAP call is answered.")
    if _is_good(as_dot_net):
        return fine("soap.user_agent", "The Web Connector's user agent is let through.")
    return error(
        "soap.user_agent",
        "The Web Connector's user agent is blocked; the same call from another one is answered.",
        f"Lists of bad bots contain “MS Web Services Client Protocol”, which every Web Connector sends. "
        f"{_seen(as_dot_net)}",
        "Exempt the path /api/qbwc from the firewall's bot rules.",
        Actor.NETWORK,
    )


def answer(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("soap.answer", NOT_REACHED)
    visit = outside.visit("post")
    if isinstance(visit, Reply) and visit.is_redirect:
        return skipped("soap.answer", "the call is redirected.")
    if not _is_good(visit) and _is_good(outside.visit("post_plainly")):
        return skipped("soap.answer", "the Web Connector's user agent is blocked.")
    trouble = _trouble(visit)
    if trouble:
        what = "The SOAP call is not answered as the Web Connector wants it."
        return error("soap.answer", what, trouble, LET_THROUGH, Actor.NETWORK)
    assert isinstance(visit, Reply)
    version = _version(visit.body)
    if version != SERVER_VERSION:
        what, why = "Another version of Tieout answers SOAP calls.", f"It calls itself “{version}”."
        fix = "Restart every process of the server after an update, and let the proxy lead to this one."
        return warning("soap.answer", what, why, fix, Actor.SERVER)
    return fine("soap.answer", "A SOAP call as .NET makes it is answered by this server.")


def body_size(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("soap.body_size", NOT_REACHED)
    if not _is_good(outside.visit("post_plainly")):
        return skipped("soap.body_size", "no SOAP call is answered.")
    visit, size = outside.visit("large"), f"{outside.plan.large_megabytes} MB"
    if _is_good(visit):
        return fine("soap.body_size", f"A call of {size} gets through.")
    return error(
        "soap.body_size",
        f"A call of {size} does not get through.",
        f"QuickBooks' answers reach that size; the session then fails (QBWC1042). {_seen(visit)}",
        "Raise the proxy's limit (nginx: client_max_body_size 150m) and its time for reading a body.",
        Actor.NETWORK,
    )


def _seen(visit: Visit) -> str:
    if isinstance(visit, Silence):
        return f"No answer came ({visit.words})."
    return f"It answered {visit.status}. {_STATUS.get(visit.status, '')}".strip()


def _trouble(visit: Visit) -> str:
    """What .NET would not take in a reply (qbwc-protocol 2.3); empty when it takes it."""
    if isinstance(visit, Silence) or visit.status != 200:
        return _seen(visit)
    if visit.headers.get("content-encoding", "identity") != "identity":
        return "The proxy compresses the reply although it was not asked to, and .NET does not unpack it."
    content_type = visit.headers.get("content-type", "")
    if not content_type.startswith("text/xml"):
        return f"The reply is {content_type or 'of no type'}, not text/xml: another page answers."
    if not visit.body.startswith(b"<?xml"):
        return "Something stands before the XML declaration."
    return "" if _version(visit.body) is not None else "There is no serverVersionResult in the reply."


def _is_good(visit: Visit) -> bool:
    return not _trouble(visit)


def _version(body: bytes) -> str | None:
    """The result of serverVersion; None when the body is no such reply."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    found = root.find(f".//{{{NAMESPACE}}}serverVersionResult")
    return None if found is None else found.text or ""


CHECKS: dict[str, Callable[[Outside], Finding]] = {
    "soap.get": get,
    "soap.redirect": redirect,
    "soap.user_agent": user_agent,
    "soap.answer": answer,
    "soap.body_size": body_size,
}
