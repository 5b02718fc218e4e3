"""Certificate and TLS, judged as Windows would: what the Web Connector refuses is said before it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cryptography import x509

from qwc import document
from qwc.doctor_checks.address import NOT_REACHED
from qwc.doctor_checks.outside import Outside
from qwc.doctor_checks.tls_facts import NEW_VERSIONS, OLD_VERSIONS, TlsFacts
from qwc.findings import Actor, Finding, error, fine, note, skipped, warning

SOON = timedelta(days=30)
# OpenSSL's verify codes (x509_vfy.h).
NOT_YET_VALID, EXPIRED, SELF_SIGNED, SELF_SIGNED_IN_CHAIN = 9, 10, 18, 19
ISSUER_UNKNOWN = (2, 20, 21)


def _facts(check: str, outside: Outside) -> TlsFacts | Finding:
    """What the server shows; or why this check has nothing to judge."""
    if not outside.is_tls:
        is_trial = outside.parts is not None and outside.parts.hostname == document.LOCALHOST
        if is_trial:
            return fine(check, "PUBLIC_URL is http on localhost, which needs no certificate.")
        return skipped(check, "PUBLIC_URL does not begin with https.")
    if not outside.is_reached:
        return skipped(check, NOT_REACHED)
    facts = outside.tls()
    if not facts.chain and check != "tls.versions":
        return skipped(check, "no TLS connection came about.")
    return facts


def versions(outside: Outside) -> Finding:
    facts = _facts("tls.versions", outside)
    if isinstance(facts, Finding):
        return facts
    found = ", ".join(name for name in (*OLD_VERSIONS, *NEW_VERSIONS) if name in facts.versions)
    if "TLS 1.2" in facts.versions:
        if not facts.versions & set(OLD_VERSIONS):
            return fine("tls.versions", f"The server speaks {found}.")
        why = "TLS 1.0 and 1.1 have known weaknesses, and no Web Connector of today needs them."
        return note("tls.versions", f"The server speaks {found}.", why, "Switch them off in the proxy.", Actor.NETWORK)
    fix = "Switch on TLS 1.2 in the proxy (nginx: ssl_protocols TLSv1.2 TLSv1.3)."
    if not found:
        what, why = "What listens at PUBLIC_URL does not speak TLS.", "The Web Connector calls with https."
        fix = "Put a proxy with a certificate before the server, or point PUBLIC_URL at the port that has one."
        return error("tls.versions", what, why, fix, Actor.NETWORK, system_says=facts.failure)
    why = "The Web Connector is a .NET program; on Windows 10 and older it speaks TLS 1.2 at most."
    return error("tls.versions", f"The server speaks {found} but not TLS 1.2.", why, fix, Actor.NETWORK)


def chain(outside: Outside) -> Finding:
    facts = _facts("tls.chain", outside)
    if isinstance(facts, Finding):
        return facts
    code, issuer = facts.verify_code, facts.own.issuer.rfc4514_string()
    details = {"issuer": issuer, "certificates_sent": len(facts.chain), "openssl": facts.verify_words}
    if code == 0:
        what = f"The chain is complete and trusted{_by_whom(outside)}."
        return fine("tls.chain", what, issuer=issuer, certificates_sent=len(facts.chain))
    if code in (EXPIRED, NOT_YET_VALID) and not _is_valid(facts.own, outside):
        return skipped("tls.chain", "the certificate is outside its dates.")
    what, why, fix = _trouble(facts)
    return error("tls.chain", what, why, fix, Actor.NETWORK, **details)


def _by_whom(outside: Outside) -> str:
    return ", with DOCTOR_CA_FILE; the QuickBooks PC must trust that authority too" if outside.plan.ca_file else ""


def _trouble(facts: TlsFacts) -> tuple[str, str, str]:
    refuses = "The Web Connector refuses such a server when the company is added (QBWC1048) and at every call."
    public = "Use a certificate of a public authority, such as Let's Encrypt."
    if facts.verify_code == SELF_SIGNED or facts.own.issuer == facts.own.subject:
        return "The certificate is self-signed.", refuses, public
    if facts.verify_code in ISSUER_UNKNOWN and len(facts.chain) == 1:
        what = "The intermediate certificate is missing: the server sends only its own."
        why = "Windows cannot follow the chain to an authority it knows. Browsers often hide this fault."
        return what, why, "Let the proxy send the whole chain (with certbot: fullchain.pem, not cert.pem)."
    if facts.verify_code in (*ISSUER_UNKNOWN, SELF_SIGNED_IN_CHAIN):
        fix = f"{public} With an authority of your own: install it on the PC, and name its file in DOCTOR_CA_FILE."
        return "The certificate comes from an authority that this system does not know.", refuses, fix
    if facts.verify_code == EXPIRED:
        return "A certificate of the chain has expired.", refuses, "Renew, and let the proxy send the new chain."
    return "The certificate is not accepted.", f"{facts.verify_words.capitalize()}. {refuses}", public


def host(outside: Outside) -> Finding:
    facts = _facts("tls.host", outside)
    if isinstance(facts, Finding):
        return facts
    assert outside.parts is not None
    name, names = str(outside.parts.hostname), _names(facts.own)
    if any(_fits(name, pattern) for pattern in names):
        return fine("tls.host", "The certificate is for the host name of PUBLIC_URL.", names=", ".join(names))
    return error(
        "tls.host",
        "The certificate is for another host name.",
        "The Web Connector compares the name in the certificate with the name it calls.",
        "Get a certificate for the host name of PUBLIC_URL, or use the name that is in the certificate.",
        Actor.NETWORK,
        wanted=name,
        names=", ".join(names) or "none",
    )


def expiry(outside: Outside) -> Finding:
    facts = _facts("tls.expiry", outside)
    if isinstance(facts, Finding):
        return facts
    now, ends, begins = outside.plan.now, facts.own.not_valid_after_utc, facts.own.not_valid_before_utc
    renew = "Renew the certificate, and let the proxy load the new one; certbot renew does both by itself."
    if now >= ends:
        what, why = f"The certificate expired on {ends:%d %B %Y}.", "The Web Connector refuses every call."
        return error("tls.expiry", what, why, renew, Actor.NETWORK)
    if now < begins:
        what, why = f"The certificate is not valid before {begins:%d %B %Y}.", "Nobody accepts it until then."
        return error("tls.expiry", what, why, "Check this server's clock, then the certificate.", Actor.NETWORK)
    if ends - now < SOON:
        what = f"The certificate expires on {ends:%d %B %Y}, in {(ends - now).days} days."
        return warning("tls.expiry", what, "The Web Connector refuses every call from then on.", renew, Actor.NETWORK)
    return fine("tls.expiry", f"The certificate is valid until {ends:%d %B %Y}.")


def _is_valid(certificate: x509.Certificate, outside: Outside) -> bool:
    return certificate.not_valid_before_utc <= outside.plan.now < certificate.not_valid_after_utc


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []  # the subject's own name has not counted since RFC 6125
    return found.value.get_values_for_type(x509.DNSName)


def _fits(name: str, pattern: str) -> bool:
    """A star stands for one whole first label."""
    name, pattern = name.lower().rstrip("."), pattern.lower()
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return name == pattern


CHECKS: dict[str, Callable[[Outside], Finding]] = {
    "tls.versions": versions,
    "tls.chain": chain,
    "tls.host": host,
    "tls.expiry": expiry,
}
