"""One letter to one address through Django's mail: what was refused, what failed for now, what nobody knows."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from outbox.failures import BadRecipient, InDoubt, NotSent
from outbox.kinds import Attachment, Letter
from outbox.plain_errors import Whom, mail_server, meaning_of, words_of

# Mail servers take 20 to 25 MB, and what is attached grows by a third on its way.
MOST_ATTACHED = 15_000_000
LONGEST_ADDRESS, LONGEST_SUBJECT, LONGEST_NAME = 254, 200, 120
_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+\Z")
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]+')
TOO_LARGE = 552
NOT_SET_UP = "No mail is set up on this server: an administrator of the server sets EMAIL_URL and MAIL_FROM."


def mail_problem() -> str:
    """Why no mail can leave this server, for a person; "" when it can."""
    return "" if settings.MAIL_IS_SET_UP else NOT_SET_UP


def checked_address(text: str) -> str:
    """The address without blanks around it. BadRecipient when it is none."""
    address = text.strip()
    if len(address) > LONGEST_ADDRESS:
        raise BadRecipient(f"A mail address has at most {LONGEST_ADDRESS} characters.")
    try:
        validate_email(address)
    except ValidationError:
        raise BadRecipient("Write one mail address, like ana@example.com.") from None
    if not address.isascii():
        raise BadRecipient("Write the mail address in plain letters; a domain with others has a form that begins xn--.")
    return address


def send_letter(letter: Letter, address: str, delivery: str) -> None:
    """NotSent when it was certainly not taken, InDoubt when nobody knows; returns when the server has taken it."""
    if mail_problem():
        raise NotSent(mail_problem())
    _check_size(letter)
    connection = _opened()
    try:
        _handed_over(connection, _message(letter, address, delivery))
    finally:
        with suppress(Exception):  # it is taken or not by now; a farewell that fails changes nothing
            connection.close()


def _check_size(letter: Letter) -> None:
    size = sum(len(one.body) for one in letter.attachments)
    if size > MOST_ATTACHED:
        words = (
            f"The attached files have {size / 1_000_000:.1f} MB together; mail takes at most "
            f"{MOST_ATTACHED // 1_000_000} MB. Fetch them from Tieout, or send fewer."
        )
        raise NotSent(words, is_final=True)


def _message(letter: Letter, address: str, delivery: str) -> EmailMultiAlternatives:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=" ".join(letter.subject.split())[:LONGEST_SUBJECT],
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[checked_address(address)],
        # Nobody's absence note should answer; a letter that is sent again is known as the same.
        headers={"Message-ID": f"<{delivery}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for one in letter.attachments:
        message.attach(*_attached(one))
    return message


def _attached(one: Attachment) -> tuple[str, bytes, str]:
    name = " ".join(_NOT_IN_A_NAME.sub(" ", one.name).split())[:LONGEST_NAME].strip(". ") or "attachment"
    kind = one.content_type if _TYPE.match(one.content_type) else "application/octet-stream"
    return name, one.body, kind


def _opened() -> Any:
    """The conversation up to where letters may be handed over. Whatever fails here, no letter has left."""
    try:
        connection = get_connection(fail_silently=False)
        connection.open()
    except smtplib.SMTPResponseException as error:
        raise NotSent(_answer(error.smtp_code, error.smtp_error), status=error.smtp_code) from error
    except (OSError, UnicodeError, smtplib.SMTPException, ImproperlyConfigured) as error:
        raise NotSent(f"The mail server cannot be reached: {words_of(error, _server())}") from error
    return connection


def _handed_over(connection: Any, message: EmailMultiAlternatives) -> None:
    try:
        count = connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refused(code, words) from error
    except smtplib.SMTPSenderRefused as error:
        raise _sender_refused(error) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        # Backends that cannot tell (a file, another service) are taken to be in doubt.
        if getattr(connection, "in_doubt", True):
            raise InDoubt(
                f"The mail server did not say whether it took the letter: {words_of(error, _server())}"
            ) from error
        raise NotSent(f"The mail server broke off: {words_of(error, _server())}") from error
    if count != 1:
        raise NotSent("The mail server took nothing.")


def _sender_refused(error: smtplib.SMTPSenderRefused) -> NotSent:
    """Our address, password or place in its network, which an administrator mends; but a size (RFC 1870) stays."""
    code = error.smtp_code
    return NotSent(_answer(code, error.smtp_error), status=code, is_final=code == TOO_LARGE)


def _refused(code: int, words: object) -> NotSent:
    """RFC 5321: 4xx may be better later, 5xx will not."""
    return NotSent(_answer(code, words), status=code, is_final=500 <= code < 600)


def _answer(code: int, words: object) -> str:
    """The server's own words, which its people know, and what they ask of ours."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    said = " ".join(text.split())[:500]
    answer, meaning = f"The mail server answered {code}: {said}", meaning_of(code, said)
    return f"{answer}{'' if answer.endswith('.') else '.'} {meaning}" if meaning else answer


def _server() -> Whom:
    return mail_server(settings.EMAIL_HOST, settings.EMAIL_PORT)
