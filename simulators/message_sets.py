"""Error recovery: the outcomes QuickBooks keeps under message-set IDs (Web Connector sheet 6)."""

import dataclasses
import enum

from simulators.request_checks import MessageSet

ID_LIMIT = 24
CLEAR_ALL = "ClearAllMessageSets"


class Action(enum.Enum):
    """What becomes of a message set with recovery attributes."""

    EXECUTE = "run it, keep its outcome when it has an ID of its own"
    REPLAY = "return the outcome kept, run nothing"
    NOTHING = "only say how it stands"


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The responses of a set that has run, with their status codes."""

    responses: tuple[str, ...]
    status_codes: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """The messageSetStatusCode, what to do, and the outcome to return when it is REPLAY."""

    code: int
    action: Action
    outcome: Outcome | None = None


@dataclasses.dataclass(slots=True)
class _Record:
    checksum: str
    outcome: Outcome | None  # None: the response could not be stored (9002)


_DONE = Decision(0, Action.NOTHING)
_NOTHING_STORED = Decision(600, Action.NOTHING)


class RecoveryStore:
    """Records of one company file and one application."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def decide(self, message_set: MessageSet) -> Decision:
        """What a set with a new ID, an old ID or both comes to; forgets the old record where that is asked."""
        new, old = message_set.new_id, message_set.old_id
        if max(len(new), len(old)) > ID_LIMIT:
            return Decision(9004, Action.NOTHING)
        if not new:
            return self._forget(message_set)
        if new == old and not message_set.requests:
            return self._stored(new) if new in self._records else _NOTHING_STORED
        if old != new:
            self._records.pop(old, None)
        if new not in self._records:
            return Decision(0, Action.EXECUTE)
        if self._records[new].checksum != message_set.checksum:
            return Decision(9001, Action.NOTHING)
        return self._stored(new)

    def keep(self, message_set: MessageSet, outcome: Outcome) -> None:
        """Stores what a set has come to, under its new ID if it has one."""
        if message_set.new_id:
            self._records[message_set.new_id] = _Record(message_set.checksum, outcome)

    def lose_outcomes(self) -> None:
        """From now on the IDs known are remembered without their responses: 9002."""
        for record in self._records.values():
            record.outcome = None

    def _forget(self, message_set: MessageSet) -> Decision:
        """Only an old ID: its record is deleted; requests in the same set run without recovery."""
        if message_set.old_id == CLEAR_ALL:
            self._records.clear()
        elif self._records.pop(message_set.old_id, None) is None:
            return _NOTHING_STORED
        return Decision(0, Action.EXECUTE) if message_set.requests else _DONE

    def _stored(self, message_set_id: str) -> Decision:
        outcome = self._records[message_set_id].outcome
        return Decision(9002, Action.NOTHING) if outcome is None else Decision(0, Action.REPLAY, outcome)
