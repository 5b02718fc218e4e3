"""What can come of a try to send: each failure says whether trying again is safe, useful or neither."""

from __future__ import annotations


class NotSent(Exception):
    """It was certainly not taken. `is_final`: another try would end the same. `status`: SMTP's or HTTP's number."""

    def __init__(self, words: str, *, status: int | None = None, is_final: bool = False) -> None:
        super().__init__(words)
        self.status = status
        self.is_final = is_final


class InDoubt(Exception):
    """It may have been taken or not; a person decides whether it is sent again."""


class BadRecipient(ValueError):
    """Nothing can ever be sent there; the message says why."""
