"""What a test tells the simulated QuickBooks to do wrong, and the log of what it was asked."""

import dataclasses
from collections.abc import Callable

from simulators.hresults import QuickBooksError
from simulators.statuses import Status


@dataclasses.dataclass(frozen=True, slots=True)
class LogEntry:
    """One request as QuickBooks saw it. `number` counts all requests of its life, from 1."""

    number: int
    name: str  # as on the wire: CustomerAddRq
    request_id: str | None
    status_code: int
    executed: bool  # answered, or entered in the books; False for errors, 3231 and replays of a stored outcome

    @property
    def is_write(self) -> bool:
        """Whether the request would change the books: everything that is not a query."""
        return not self.name.endswith("QueryRq")


class Script:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._failures: list[tuple[str, QuickBooksError]] = []  # where ("" anywhere at the start of a call), error
        self._statuses: list[tuple[str, Status]] = []
        self.changes: list[Callable[[str], str]] = []

    def fail_next(self, place: str, error: QuickBooksError) -> None:
        """`place`: "process", "begin_session", "answer" (after the requests have run), or "" for either start."""
        self._failures.append((place, error))

    def answer_with(self, name: str, status: Status) -> None:
        """The next request of that name gets this status."""
        self._statuses.append((name, status))

    def fail_if_told(self, place: str) -> None:
        """Raises the first failure waiting for this place."""
        wanted = ("answer",) if place == "answer" else (place, "")
        for failure in self._failures:
            if failure[0] in wanted:
                self._failures.remove(failure)
                raise failure[1]

    def status_for(self, name: str) -> Status | None:
        """The status waiting for a request of that name, used up by asking."""
        for waiting in self._statuses:
            if waiting[0] == name:
                self._statuses.remove(waiting)
                return waiting[1]
        return None

    def changed(self, text: str) -> str:
        """The report after the change waiting for it, if there is one."""
        return self.changes.pop(0)(text) if self.changes else text
