"""The public address: its form, its name, who listens there, and whether that is us."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from qwc import document
from qwc.connect import SUPPORT_PATH, soap_url
from qwc.doctor_checks import marks
from qwc.doctor_checks.outside import Outside
from qwc.doctor_checks.visits import Reply, Silence, Visit
from qwc.findings import Actor, Finding, error, fine, note, skipped, warning

CLOCK_MAY_DIFFER = timedelta(seconds=60)
NOT_REACHED = "the server of PUBLIC_URL is not reached."
_SET = "Set PUBLIC_URL to the server's address as the QuickBooks PC sees it, like https://books.example.com."


def form(outside: Outside) -> Finding:
    url = outside.plan.public_url
    problems = document.address_problems(soap_url(url), url.rstrip("/") + SUPPORT_PATH)
    if outside.parts is None or problems:
        why = " ".join(problems) or "It is not an address that begins with http:// or https://."
        return error("address.form", "The Web Connector would refuse PUBLIC_URL.", why, _SET, Actor.SERVER, url=url)
    if outside.parts.path not in ("", "/") or outside.parts.query or outside.parts.fragment or "@" in url:
        why = "The addresses in the set-up file are made by adding to PUBLIC_URL; a path or query breaks them."
        what = "PUBLIC_URL has more than a host and a port."
        return error("address.form", what, why, _SET, Actor.SERVER, url=url)
    if outside.parts.hostname == document.LOCALHOST:
        why = "The Web Connector reaches localhost only when it runs on this computer."
        return note("address.form", "PUBLIC_URL is localhost: a trial.", why, _SET, Actor.SERVER, url=url)
    return fine("address.form", "PUBLIC_URL is an address the Web Connector takes.", url=url)


def dns(outside: Outside) -> Finding:
    if outside.parts is None:
        return skipped("address.dns", "PUBLIC_URL is not an address.")
    if not outside.addresses:
        return error(
            "address.dns",
            "The host name of PUBLIC_URL has no IP address.",
            "Without an entry in DNS nobody finds the server.",
            "Make a DNS entry for the name, or mend the name in PUBLIC_URL.",
            Actor.NETWORK,
            name=outside.parts.hostname,
            system_says=outside.failure,
        )
    return fine("address.dns", "The host name has an IP address.", addresses=", ".join(outside.addresses))


def tcp(outside: Outside) -> Finding:
    if not outside.addresses:
        return skipped("address.tcp", "the host name has no IP address.")
    if outside.is_reached:
        return fine("address.tcp", "Somebody listens at PUBLIC_URL.")
    make = warning if outside.plan.seen_lately else error
    why = (
        "A Web Connector has called lately, so it may be that only this server cannot reach its own public address."
        if outside.plan.seen_lately
        else "The Web Connector would not get through either, unless only this server is kept from its own address."
    )
    fix = "Start the proxy, open the port in the firewall, or try the address from another network."
    what = "Nobody answers at the port of PUBLIC_URL."
    return make("address.tcp", what, why, fix, Actor.NETWORK, system_says=outside.failure)


def server(outside: Outside) -> Finding:
    """Is it this installation? Only who knows our SECRET_KEY can answer."""
    if not outside.talks:
        return skipped("address.server", NOT_REACHED)
    visit = outside.visit("mark")
    if _is_ours(outside, "mark", visit):
        return fine("address.server", "It is this installation that answers at PUBLIC_URL.")
    what, why = "Something else answers at PUBLIC_URL, not this installation.", _seen(visit)
    fix = "Let the proxy pass every path on to this server, or set PUBLIC_URL to the right address."
    if _said(visit).get("known") is False:
        what = "Another Tieout answers at PUBLIC_URL, or a process of this one with another SECRET_KEY."
        fix = "Let PUBLIC_URL lead to this installation; set one SECRET_KEY for all its processes."
    return error("address.server", what, why, fix, Actor.NETWORK)


def support(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("address.support", NOT_REACHED)
    visit = outside.visit("support")
    if isinstance(visit, Reply) and visit.status in (200, 202):
        return fine("address.support", "The support page answers.")
    what = "The support page does not answer 200."
    fix = f"Let the proxy pass {SUPPORT_PATH} on to this server, without a sign-in of its own."
    why = f"The Web Connector fetches it when the company is added, and warns (QBWC1003, QBWC1004). {_seen(visit)}"
    make = warning if isinstance(visit, Reply) and visit.is_redirect else error
    return make("address.support", what, why, fix, Actor.NETWORK)


def clock(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("address.clock", NOT_REACHED)
    visit = outside.visit("mark")
    seen = _date(visit)
    if seen is None or isinstance(visit, Silence):
        return skipped("address.clock", "the answers carry no Date header.")
    ours = outside.plan.now + timedelta(seconds=visit.at - outside.started)
    apart = abs(seen - ours)
    if apart <= CLOCK_MAY_DIFFER:
        return fine("address.clock", "The clock seen through PUBLIC_URL agrees with this server's.")
    return warning(
        "address.clock",
        f"The clock seen through PUBLIC_URL is {_span(apart)} {'ahead of' if seen > ours else 'behind'} this server's.",
        "Schedules, deadlines and the dates of certificates go by the clock.",
        "Switch on time synchronisation (NTP) on this server and on the proxy.",
        Actor.SERVER,
        outside=seen.isoformat(),
        here=ours.isoformat(timespec="seconds"),
    )


def hold(outside: Outside) -> Finding:
    if not outside.talks:
        return skipped("address.hold", NOT_REACHED)
    if not _is_ours(outside, "mark", outside.visit("mark")):
        return skipped("address.hold", "it is not this installation that answers.")
    visit, seconds = outside.visit("held"), outside.plan.hold_seconds
    if _is_ours(outside, "held", visit):
        return fine("address.hold", f"A call held open for {seconds:g} seconds is not cut.")
    return error(
        "address.hold",
        f"A call that is held open for {seconds:g} seconds is cut off.",
        f"Programs' calls and the live window are held for 20 to 35 seconds. {_seen(visit)}",
        "Raise the proxy's read time-out to 120 seconds (nginx: proxy_read_timeout 120s).",
        Actor.NETWORK,
    )


def _is_ours(outside: Outside, name: str, visit: Visit) -> bool:
    mark = _said(visit).get("mark")
    return isinstance(mark, str) and marks.is_answer(outside.questions[name], mark)


def _said(visit: Visit) -> dict[str, object]:
    try:
        said = json.loads(visit.body) if isinstance(visit, Reply) else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seen(visit: Visit) -> str:
    if isinstance(visit, Silence):
        return f"No answer came ({visit.words})."
    return f"It answered {visit.status}{', a redirect' if visit.is_redirect else ''}."


def _date(visit: Visit) -> datetime | None:
    text = visit.headers.get("date", "") if isinstance(visit, Reply) else ""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _span(apart: timedelta) -> str:
    seconds = int(apart.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"


CHECKS: dict[str, Callable[[Outside], Finding]] = {
    "address.form": form,
    "address.dns": dns,
    "address.tcp": tcp,
    "address.server": server,
    "address.support": support,
    "address.clock": clock,
    "address.hold": hold,
}
