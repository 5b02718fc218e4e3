"""The seven states of a connection, as CompanyFile.connection_state keeps them, in words and in a tone for a light."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices


class State(TextChoices):
    """The seven states of a connection."""

    NEVER_SEEN = "never_seen", "Never seen"
    ONLINE = "online", "Online"
    LATE = "late", "Late"
    OFFLINE = "offline", "Offline"
    WRONG_FILE = "wrong_file", "Wrong company file"
    UNAVAILABLE = "quickbooks_unavailable", "QuickBooks unavailable"
    DISABLED = "disabled", "Switched off"


_TONES: Final = {
    State.ONLINE: "good",
    State.LATE: "warn",
    State.UNAVAILABLE: "warn",
    State.OFFLINE: "bad",
    State.WRONG_FILE: "bad",
}


_STATES: Final = {state.value: state for state in State}


def tone_of(state: State) -> str:
    """ "good", "warn", "bad", or "" for what is neither."""
    return _TONES.get(state, "")


def kept_state(text: str) -> State | None:
    """The state in the column; None before the first look at a connection, and for a word of another version."""
    return _STATES.get(text)
