"""Django's SMTP mail, with one thing more: whether a failure leaves it open if the server has taken the letter."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _Conversation:
    """Over smtplib's classes: from the letter's first byte to the server's answer nobody knows."""

    in_doubt = False

    def send(self, s: Any) -> None:
        """Commands are text; bytes are the letter itself."""
        if isinstance(s, bytes | bytearray):
            self.in_doubt = True
        super().send(s)  # type: ignore[misc]

    def data(self, msg: Any) -> Any:
        """The letter; a server that answers, whatever it answers, ends the doubt."""
        answer = super().data(msg)  # type: ignore[misc]
        self.in_doubt = False
        return answer


class _Plain(_Conversation, smtplib.SMTP):
    """With or without STARTTLS."""


class _Secured(_Conversation, smtplib.SMTP_SSL):
    """TLS from the first byte."""


class Backend(EmailBackend):
    """What EMAIL_URL=smtp… stands for."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Asked by Django when it opens the connection."""
        return _Secured if self.use_ssl else _Plain

    @property
    def in_doubt(self) -> bool:
        """Whether the last failure came after the letter had begun and before the server answered it."""
        return bool(getattr(self.connection, "in_doubt", False))
