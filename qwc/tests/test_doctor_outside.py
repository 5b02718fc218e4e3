"""Doctor at PUBLIC_URL: each misconfiguration of address, certificate and proxy is found, and nothing else with it."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import clock
from qwc.doctor_checks import examination, marks
from qwc.doctor_checks.examination import OUTSIDE, of_outside
from qwc.doctor_checks.outside import Plan
from qwc.findings import Finding, Level
from qwc.tests import doctor_certificates as certificates
from qwc.tests import doctor_front as fronts
from qwc.tests.doctor_certificates import DAY, HOST
from qwc.tests.doctor_front import Fault, front, tls_with


@dataclass(frozen=True)
class Site:
    """What can be wrong from outside. `url` has {port}; the certificates are sent in this order."""

    url: str = f"https://{HOST}:{{port}}"
    fault: Fault | None = None
    tls: Callable[[Path], ssl.SSLContext] | None = None
    is_plain: bool = False
    is_known: bool = True  # the name, in DNS
    is_up: bool = True
    hold: float = 0.05
    megabytes: int = 2


def _sends(*chain: certificates.Identity) -> Callable[[Path], ssl.SSLContext]:
    return lambda folder: tls_with(folder, *chain)


def _good(folder: Path) -> ssl.SSLContext:
    return tls_with(folder, certificates.of_a_server(), certificates.intermediate())


def _only_tls_13(folder: Path) -> ssl.SSLContext:
    context = _good(folder)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _with_tls_10(folder: Path) -> ssl.SSLContext:
    context = _good(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _server(*, days: int = 90, began: int = 60) -> Callable[[Path], ssl.SSLContext]:
    server = certificates.of_a_server(days=days, began=began)
    return lambda folder: tls_with(folder, server, certificates.intermediate())


def _named(name: str) -> Callable[[Path], ssl.SSLContext]:
    return lambda folder: tls_with(folder, certificates.of_a_server(name), certificates.intermediate())


def _of_another_authority(folder: Path) -> ssl.SSLContext:
    other = certificates.authority("Nobody's root")
    return tls_with(folder, certificates.signed_by(other), other)


LATE = format_datetime(clock.now() - DAY / 24, usegmt=True)

# What is wrong → the site, and exactly the checks that complain.
OUTSIDE_INJECTIONS: dict[str, tuple[Site, set[str]]] = {
    "http instead of https": (Site(url=f"http://{HOST}:{{port}}", is_plain=True), {"address.form"}),
    "an IP address": (Site(url="https://127.0.0.1:{port}"), {"address.form", "tls.host"}),
    "a path in the address": (Site(url=f"https://{HOST}:{{port}}/tieout"), {"address.form"}),
    "a trial on localhost": (Site(url="http://localhost:{port}", is_plain=True), {"address.form"}),
    "a name without an address": (Site(is_known=False), {"address.dns"}),
    "nobody listens": (Site(is_up=False), {"address.tcp"}),
    "a port without TLS": (Site(is_plain=True), {"tls.versions"}),
    "a certificate for another name": (Site(tls=_named("www.example.org")), {"tls.host"}),
    "an expired certificate": (Site(tls=_server(days=-1)), {"tls.expiry"}),
    "a certificate that expires soon": (Site(tls=_server(days=10)), {"tls.expiry"}),
    "a certificate of the future": (Site(tls=_server(began=-2)), {"tls.expiry"}),
    "a self-signed certificate": (Site(tls=_sends(certificates.self_signed())), {"tls.chain"}),
    "no intermediate certificate": (Site(tls=_sends(certificates.of_a_server())), {"tls.chain"}),
    "an unknown authority": (Site(tls=_of_another_authority), {"tls.chain"}),
    "TLS 1.3 only": (Site(tls=_only_tls_13), {"tls.versions"}),
    "TLS 1.0 still on": (Site(tls=_with_tls_10), {"tls.versions"}),
    "a redirect to a slash": (Site(fault=fronts.redirecting_posts("/api/qbwc/")), {"soap.redirect"}),
    "a redirect to www": (Site(fault=fronts.redirecting_posts(f"https://www.{HOST}/api/qbwc")), {"soap.redirect"}),
    "the user agent blocked": (Site(fault=fronts.blocking_dot_net), {"soap.user_agent"}),
    "every POST blocked": (Site(fault=fronts.blocking_posts), {"soap.answer"}),
    "Expect refused": (Site(fault=fronts.refusing_expect), {"soap.answer"}),
    "a compressed reply": (Site(fault=fronts.compressing), {"soap.answer"}),
    "words before the reply": (Site(fault=fronts.talking_first), {"soap.answer"}),
    "a reply called HTML": (Site(fault=fronts.answering_html), {"soap.answer"}),
    "GET refused": (Site(fault=fronts.refusing_get), {"soap.get"}),
    "404 on the path": (Site(fault=fronts.without_the_path), {"soap.get", "soap.answer"}),
    "a limit of the body": (Site(fault=fronts.limited_to_a_megabyte), {"soap.body_size"}),
    "an impatient proxy": (Site(fault=fronts.impatient, hold=3), {"address.hold"}),
    "another web site": (Site(fault=fronts.another_page), {"address.server", "soap.answer"}),
    "another installation": (Site(fault=fronts.another_installation), {"address.server"}),
    "the support page behind a sign-in": (Site(fault=fronts.signing_in_first), {"address.support"}),
    "a clock that is off": (Site(fault=fronts.with_the_date(LATE)), {"address.clock"}),
}


@pytest.fixture(autouse=True)
def _forget_the_last_look() -> None:
    examination.memory.forget()


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    path.write_bytes(certificates.authority().pem)
    return path


def plan_for(site: Site, port: int, ca_file: Path) -> Plan:
    def resolve(_host: str, _port: int) -> list[str]:
        if not site.is_known:
            raise OSError("Name or service not known")
        return ["127.0.0.1"]

    url = site.url.format(port=port)
    plan = Plan(url, clock.now(), str(ca_file), large_megabytes=site.megabytes, hold_seconds=site.hold)
    return replace(plan, resolve=resolve)


def running(site: Site, folder: Path) -> AbstractContextManager[int]:
    return front(site.fault, None if site.is_plain else (site.tls or _good)(folder))


def look_at(site: Site, folder: Path, ca_file: Path) -> tuple[Finding, ...]:
    with ExitStack() as stack:
        port = stack.enter_context(running(site, folder))
        if not site.is_up:
            stack.close()
        return of_outside(plan_for(site, port, ca_file))


def complaints(found: tuple[Finding, ...]) -> set[str]:
    """Whatever is not fine, without what was only not looked at because of something else."""
    return {each.check for each in found if each.level is not Level.OK and not each.is_skipped}


@pytest.mark.parametrize("wrong", OUTSIDE_INJECTIONS)
def test_each_misconfiguration_is_found_and_nothing_else(wrong: str, tmp_path: Path, ca_file: Path) -> None:
    site, expected = OUTSIDE_INJECTIONS[wrong]

    found = look_at(site, tmp_path, ca_file)

    assert {each.check for each in found} == set(OUTSIDE)
    assert complaints(found) == expected, [each for each in found if each.level is not Level.OK]
    for each in found:
        if each.check in expected:
            assert each.why
            assert each.fix


def test_nothing_is_found_at_a_healthy_address(tmp_path: Path, ca_file: Path) -> None:
    found = look_at(Site(megabytes=12, hold=0.3), tmp_path, ca_file)

    assert [each for each in found if each.level is not Level.OK] == []


def test_a_server_that_hangs_is_a_finding_and_no_exception(tmp_path: Path, ca_file: Path) -> None:
    site = Site(fault=fronts.hanging)
    with running(site, tmp_path) as port:
        found = of_outside(replace(plan_for(site, port, ca_file), deadline=0.5, timeout=2))

    assert {each.level for each in found if each.check.startswith("soap.")} == {Level.WARNING}
    assert {each.what for each in found if each.check.startswith("soap.")} == {"This could not be checked."}


def test_an_address_that_only_this_server_cannot_reach_is_a_warning(tmp_path: Path, ca_file: Path) -> None:
    plan = plan_for(Site(), 1, ca_file)

    levels = {
        seen_lately: {each.check: each.level for each in of_outside(replace(plan, seen_lately=seen_lately))}
        for seen_lately in (True, False)
    }

    assert levels[True]["address.tcp"] is Level.WARNING
    assert levels[False]["address.tcp"] is Level.ERROR


def test_the_last_look_is_told_again_while_it_is_fresh(tmp_path: Path, ca_file: Path) -> None:
    plan = plan_for(Site(is_known=False), 1, ca_file)
    first = of_outside(plan)

    assert of_outside(replace(plan, public_url="nonsense"), oldest=plan.now - DAY) == first
    assert of_outside(replace(plan, public_url="nonsense"), oldest=plan.now + DAY) != first


def test_words_that_are_no_address_are_a_finding(ca_file: Path) -> None:
    for url in ("", "books.example.com", "ftp://books.example.com", "https://[::1", "https://books.example.com:99999"):
        found = of_outside(replace(plan_for(Site(), 1, ca_file), public_url=url))
        assert complaints(found) == {"address.form"}, url


def test_only_our_own_signature_has_a_call_held(settings: Settings) -> None:
    question = marks.ask(hold=3)
    read = marks.read(question.token)

    assert read == question
    assert marks.is_answer(question, marks.answer(question))
    settings.SECRET_KEY = "of another installation " * 3
    assert marks.read(question.token) is None
    assert not marks.is_answer(question, "")
