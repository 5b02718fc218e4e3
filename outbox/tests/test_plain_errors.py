"""Errors of the network in words for people: what happened and who mends it; the machine's own words in the log."""

from __future__ import annotations

import errno
import http.client
import logging
import re
import smtplib
import socket
import ssl

import pytest
from pytest_django import Settings

from accounts.models import Company
from outbox import sending
from outbox.failures import NotSent
from outbox.kinds import Letter
from outbox.mail import send_letter
from outbox.models import Message, State
from outbox.plain_errors import Whom, mail_server, meaning_of, receiver, status_words, words_of
from outbox.tests.conftest import START, Hands, Writer
from outbox.tests.smtp_server import MailServer


def no_certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1007)")
    error.verify_code = code
    return error


ERRORS: list[tuple[BaseException, str]] = [
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "there is no server called"),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "could not be looked up just now"),
    (UnicodeError("label empty or too long"), "there is no server called"),
    (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "takes no connection on port"),
    (TimeoutError("timed out"), "did not answer in time"),
    (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "broke the connection off"),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "there is no way from this server's network"),
    (OSError(errno.EMFILE, "Too many open files"), "failed"),
    (no_certificate(10), "has run out"),
    (no_certificate(18), "is signed by itself"),
    (no_certificate(20), "signed by nobody this server trusts"),
    (no_certificate(62), "is made out to another name"),
    (no_certificate(24), "is not accepted"),
    (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)"), "no secure connection (TLS)"),
    (ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1007)"), "broke the connection off"),
    (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "broke the connection off"),
    (smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."), "does not offer"),
    (smtplib.SMTPException("No suitable authentication method found."), "failed"),
    (http.client.RemoteDisconnected("Remote end closed connection without response"), "broke the connection off"),
    (http.client.BadStatusLine("\x00"), "does not speak HTTP"),
    (ZeroDivisionError("division by zero"), "something went wrong"),
]


@pytest.mark.parametrize("whom", [mail_server("mail.example.com", 587), receiver("hooks.example.com", 443)])
@pytest.mark.parametrize(("error", "words"), ERRORS)
def test_every_error_says_what_happened_and_who_mends_it_without_the_machines_words(
    caplog: pytest.LogCaptureFixture, whom: Whom, error: BaseException, words: str
) -> None:
    with caplog.at_level(logging.WARNING, logger="outbox.plain_errors"):
        said = words_of(error, whom)
    assert words in said
    assert whom.host in said
    assert re.search(r"\. (An administrator|Whoever|It is tried|If it stays)", said), said
    assert not re.search(r"Errno|Error|_ssl|SMTP[A-Z]|\[", said)
    assert type(error).__name__ in caplog.text
    assert str(error) in caplog.text


@pytest.mark.parametrize(
    ("code", "said", "meaning"),
    [
        (550, "5.1.1 No such user here", "Nobody is known there"),
        (550, "5.7.1 rejected by policy", "unwanted"),
        (452, "4.2.2 Over quota", "mailbox is full"),
        (535, "5.7.8 Bad credentials", "EMAIL_URL"),
        (535, "no", "EMAIL_URL"),
        (450, "greylisted, come back", "tried again by itself"),
        (550, "no", ""),
        (550, "", ""),
    ],
)
def test_a_mail_servers_answer_says_what_it_asks_of_people(code: int, said: str, meaning: str) -> None:
    assert meaning in meaning_of(code, said)
    assert bool(meaning) is bool(meaning_of(code, said))


def test_a_status_says_what_it_asks_of_people_where_that_is_known() -> None:
    assert "secret" in status_words(401)
    assert "not followed" in status_words(302)
    assert "broke down" in status_words(503)
    assert status_words(418) == ""


@pytest.mark.django_db
def test_a_mail_server_that_is_not_there_is_told_in_words(settings: Settings, mail_server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    port = settings.EMAIL_PORT
    with pytest.raises(NotSent) as found:
        send_letter(Letter("June is in", "Hello."), "ana@example.com", "d1")
    assert str(found.value) == (
        f"The mail server cannot be reached: the mail server 127.0.0.1 takes no connection on port {port}. "
        "Whoever runs 127.0.0.1 starts it or opens the port; or an administrator of this server corrects the port in "
        "EMAIL_URL."
    )


@pytest.mark.django_db
def test_a_receiver_that_is_not_there_is_told_in_words(
    company: Company, writer: Writer, hands: Hands, settings: Settings
) -> None:
    settings.CALLBACK_ALLOW_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/hook"
    message = sending.post_hook(company, kind="test", key="k", url=url, argument={}, now=START)
    assert message is not None
    assert not sending.send(message.pk)
    kept = Message.objects.get()
    assert kept.state == State.DUE
    assert kept.last_error.startswith("It was not delivered: the receiver 127.0.0.1 takes no connection on port")
