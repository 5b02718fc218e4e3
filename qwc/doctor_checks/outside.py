"""The installation as it is seen from outside: every visit to PUBLIC_URL, made at the same time, judged later."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

from qwc.connect import APP_URL_PATH, SUPPORT_PATH
from qwc.doctor_checks import marks, together, visits
from qwc.doctor_checks.tls_facts import TlsFacts, gather
from qwc.doctor_checks.visits import Visit, Way

MEGABYTE = 1024 * 1024
SERVER_VERSION_ACTION = "http://developer.intuit.com/serverVersion"


def addresses_of(host: str, port: int) -> list[str]:
    """The IP addresses of a name; OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True)
class Plan:
    """What to visit and how patiently. Everything ends `deadline` seconds after the start, whatever hangs."""

    public_url: str
    now: datetime
    ca_file: str = ""
    large_megabytes: int = 12
    hold_seconds: float = 4.0
    timeout: float = 7.0
    deadline: float = 16.0
    seen_lately: bool = False  # a Web Connector has called within its own rhythm
    resolve: Callable[[str, int], list[str]] = addresses_of


@dataclass(frozen=True)
class Outside:
    """What was seen. `visits` and `tls` are there when somebody listens."""

    plan: Plan
    parts: SplitResult | None
    addresses: tuple[str, ...] = ()
    failure: str = ""  # of the name, or of the port
    is_reached: bool = False
    visits: Mapping[str, together.Pending] = field(default_factory=dict)
    questions: Mapping[str, marks.Question] = field(default_factory=dict)
    started: float = 0.0

    @property
    def is_tls(self) -> bool:
        return self.parts is not None and self.parts.scheme == "https"

    @property
    def until(self) -> float:
        return self.started + self.plan.deadline

    @property
    def talks(self) -> bool:
        """Whether HTTP can be spoken at all: somebody listens and, with https, knows TLS. TooSlow."""
        return self.is_reached and (not self.is_tls or bool(self.tls().chain))

    def visit(self, name: str) -> Visit:
        found: Visit = self.visits[name].result(self.until)
        return found

    def tls(self) -> TlsFacts:
        found: TlsFacts = self.visits["tls"].result(self.until)
        return found


def look(plan: Plan) -> Outside:
    """Begin every visit; each finding waits for those it needs. Only the host of PUBLIC_URL is ever called."""
    started = time.monotonic()
    parts = split(plan.public_url)
    if parts is None or parts.hostname is None:
        return Outside(plan, None, started=started)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = tuple(dict.fromkeys(plan.resolve(parts.hostname, port)))
    except (OSError, UnicodeError) as error:
        return Outside(plan, parts, failure=str(error), started=started)
    way, failure = _way(plan, parts, port, addresses)
    if way is None:
        return Outside(plan, parts, addresses, failure, started=started)
    questions = {"mark": marks.ask(), "held": marks.ask(plan.hold_seconds)}
    works = _works(plan, way, questions)
    return Outside(plan, parts, addresses, "", True, together.start_all(works), questions, started)


def split(url: str) -> SplitResult | None:
    """The parts of an http or https address; None for anything else."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_usable else None


def _way(plan: Plan, parts: SplitResult, port: int, addresses: tuple[str, ...]) -> tuple[Way | None, str]:
    """The first address that takes a connection."""
    failure = "The name has no address."
    netloc = parts.netloc.rpartition("@")[2]
    for address in addresses[:3]:
        way = Way(str(parts.hostname), port, netloc, parts.scheme == "https", address, plan.timeout)
        try:
            visits.open_socket(_hasty(way)).close()
        except OSError as error:
            failure = f"{address}, port {port}: {error}"
        else:
            return way, ""
    return None, failure


def _hasty(way: Way) -> Way:
    return Way(way.host, way.port, way.netloc, way.is_tls, way.address, min(way.timeout, 3.0))


def _works(plan: Plan, way: Way, questions: Mapping[str, marks.Question]) -> dict[str, Callable[[], Any]]:
    small, large = server_version_call(), server_version_call(plan.large_megabytes * MEGABYTE)
    post = partial(visits.post_soap, way, APP_URL_PATH, SERVER_VERSION_ACTION)
    works: dict[str, Callable[[], Any]] = {
        "get": partial(visits.get, way, APP_URL_PATH),
        "post": partial(post, small),
        "post_plainly": partial(post, small, visits.PLAIN),
        "large": partial(post, large, visits.PLAIN),
        "support": partial(visits.get, way, SUPPORT_PATH),
        "mark": partial(visits.get, way, f"{marks.PATH}{questions['mark'].token}/"),
        "held": partial(visits.get, way, f"{marks.PATH}{questions['held'].token}/"),
    }
    return works | ({"tls": partial(gather, way, plan.ca_file)} if way.is_tls else {})


def server_version_call(padding: int = 0) -> bytes:
    """The first call of every session, with so many bytes of padding, which the server reads over and does not keep."""
    body = f"<padding>{'x' * padding}</padding>" if padding else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
        f'<serverVersion xmlns="http://developer.intuit.com/">{body}</serverVersion></soap:Body></soap:Envelope>'
    ).encode()
