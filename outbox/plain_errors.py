"""What went wrong on the way to a mail server or a receiver, in words for people: what happened, who mends it, how.

The one place that turns an error of the network, of TLS, SMTP or HTTP into a sentence; the original goes to the log.
Sources: RFC 5321 section 4.2, RFC 3463 (enhanced codes), OpenSSL's X509_V_ERR_* numbers.
"""

from __future__ import annotations

import errno
import http.client
import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)

_Error = type[BaseException]


@dataclass(frozen=True)
class Whom:
    """Who was to be reached, for a sentence: "the mail server", its host; who mends what is wrong with each of them."""

    called: str
    host: str
    port: int
    where: str  # what says its name and port: "EMAIL_URL", "its address"
    ours: str  # who can change that
    theirs: str  # who runs it

    @property
    def name(self) -> str:
        return f"{self.called} {self.host}"


def mail_server(host: str, port: int) -> Whom:
    """Set by whoever runs Tieout."""
    ours = "An administrator of this server"
    return Whom("the mail server", host, port, "EMAIL_URL", ours, f"Whoever runs {host}")


def receiver(host: str, port: int) -> Whom:
    """A program of somebody else, by an address that a person gave."""
    return Whom("the receiver", host, port, "the address", "Whoever gave the address", f"Whoever runs {host}")


def words_of(error: BaseException, whom: Whom) -> str:
    """Two or three sentences. What the error itself says is for the log alone."""
    logger.warning("%s, port %s: %s: %s", whom.name, whom.port, type(error).__name__, error)
    for kinds, say in _TABLE:
        if isinstance(error, kinds):
            return say(error, whom)
    return f"something went wrong on the way to {whom.name}. {_LOG}"


def meaning_of(code: int, said: str) -> str:
    """What a mail server's answer asks of people; "" when its own words must do."""
    enhanced = next((part for part in said.split()[:1] if part[:1] in "245" and part.count(".") == 2), "")
    return _BY_ENHANCED.get(enhanced[2:], _BY_CODE.get(code, _LATER if 400 <= code < 500 else ""))


def status_words(status: int) -> str:
    """What a receiver's HTTP status asks of people, as a sentence to stand after the number; "" for the others."""
    if 300 <= status < 400:
        return "It sends on to another address, which is not followed: whoever gave the address corrects it."
    if status >= 500:
        return "It broke down over it: whoever runs it finds the reason in its log."
    return _BY_STATUS.get(status, "")


_BY_STATUS = {
    401: "It does not accept the signature: whoever runs it checks that it knows the secret.",
    403: "It does not let Tieout in: whoever runs it checks the secret and its firewall.",
    404: "Nothing is at this address: whoever gave it corrects it.",
    405: "It takes no POST at this address: whoever gave it corrects it.",
    410: "It wants no more of them.",
    413: "The message is too large for it: whoever runs it allows more.",
    429: "It is asked too often. It is tried again by itself.",
}
_LOG = "An administrator of this server finds the details in its log."
_LATER = "It is tried again by itself."
_AUTH = "It does not accept the user name or password: an administrator of this server corrects them in EMAIL_URL."
_NOBODY = "Nobody is known there by this address: correct it, or ask its owner."
_FULL = "The mailbox is full: its owner makes room, then it can be sent again."
_SENDER = "It does not take letters from this sender: an administrator of this server corrects MAIL_FROM."
_SPAM = "It takes the letter for unwanted: an administrator of this server asks whoever runs the mail server why."
_SIZE = "The letter is too large for it: send a link instead of files."
_BY_ENHANCED = {
    "1.1": _NOBODY, "1.2": _NOBODY, "1.3": _NOBODY, "1.6": _NOBODY, "1.10": _NOBODY, "2.1": _NOBODY,
    "1.7": _SENDER, "1.8": _SENDER, "2.2": _FULL, "2.3": _SIZE, "3.4": _SIZE, "7.1": _SPAM, "7.8": _AUTH, "7.9": _AUTH,
}  # fmt: skip
_BY_CODE = {530: _AUTH, 534: _AUTH, 535: _AUTH, 551: _NOBODY, 552: _SIZE, 554: _SPAM}
_CERTIFICATES = {
    9: "is not valid yet",
    10: "has run out",
    18: "is signed by itself",
    19: "is signed by nobody this server trusts",
    20: "is signed by nobody this server trusts",
    21: "is signed by nobody this server trusts",
    62: "is made out to another name",
    64: "is made out to another name",
}


def _unknown_name(error: BaseException, whom: Whom) -> str:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return (
            f"the name {whom.host} could not be looked up just now. {_LATER} If it stays so, an administrator of this "
            "server looks after its name service (DNS)."
        )
    return f"there is no server called {whom.host}. {whom.ours} corrects the name in {whom.where}."


def _no_certificate(error: BaseException, whom: Whom) -> str:
    code = getattr(error, "verify_code", 0)
    return f"the certificate of {whom.host} {_CERTIFICATES.get(code, 'is not accepted')}. {whom.theirs} renews it."


def _no_tls(error: BaseException, whom: Whom) -> str:
    return (
        f"{whom.name} and this server found no secure connection (TLS) on port {whom.port}. {whom.ours} checks port "
        f"and security in {whom.where}; else {_lower(whom.theirs)} has to offer TLS 1.2 or newer."
    )


def _refused(error: BaseException, whom: Whom) -> str:
    return (
        f"{whom.name} takes no connection on port {whom.port}. {whom.theirs} starts it or opens the port; or "
        f"{_lower(whom.ours)} corrects the port in {whom.where}."
    )


def _too_slow(error: BaseException, whom: Whom) -> str:
    return f"{whom.name} did not answer in time. {_LATER} If it stays so: {_lower(whom.theirs)} looks after it."


def _unreachable(error: BaseException, whom: Whom) -> str:
    return f"there is no way from this server's network to {whom.name}. {_LOG}"


def _broke_off(error: BaseException, whom: Whom) -> str:
    return f"{whom.name} broke the connection off. If it stays so: {_lower(whom.theirs)} finds the reason in its log."


def _not_offered(error: BaseException, whom: Whom) -> str:
    return f"{whom.name} does not offer the security or sign-in that {whom.where} asks for. {whom.ours} corrects it."


def _no_http(error: BaseException, whom: Whom) -> str:
    return f"what answers at {whom.host} does not speak HTTP. {whom.ours} checks {whom.where}."


def _other(error: BaseException, whom: Whom) -> str:
    if getattr(error, "errno", None) in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN):
        return _unreachable(error, whom)
    return f"the connection to {whom.name} failed. {_LOG}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


# The first that fits; most are OSErrors too.
_TABLE: tuple[tuple[tuple[_Error, ...], Callable[[BaseException, Whom], str]], ...] = (
    ((socket.gaierror, UnicodeError), _unknown_name),
    ((ssl.SSLCertVerificationError,), _no_certificate),
    ((TimeoutError,), _too_slow),
    ((ConnectionRefusedError,), _refused),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), _broke_off),
    ((ssl.SSLError,), _no_tls),
    ((smtplib.SMTPNotSupportedError,), _not_offered),
    (
        (ConnectionError, smtplib.SMTPServerDisconnected, http.client.RemoteDisconnected, http.client.IncompleteRead),
        _broke_off,
    ),
    ((http.client.HTTPException,), _no_http),
    ((OSError,), _other),
)
