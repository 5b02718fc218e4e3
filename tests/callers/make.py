"""Make.com as a caller: it repeats a call by itself, and knows nothing of what became of the one before."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.callers.calls import Said, post

# Its own schedule, a hundred times as fast: after 1 minute, then every 10. Repeats stop after so many.
# The later ones are longer: a server's start is not compressed in time.
PAUSES = (0.1, *(0.3,) * 14, *(1.0,) * 10)
REPEATED = (0, 429, 503, 504)  # 0: no answer
WAIT_SECONDS = 1.0


@dataclass
class Scenario:
    """One run of a scenario's HTTP module. `timeout` is the module's own."""

    port: int
    key: str
    qbxml: str
    identifier: str
    idempotency_key: str = ""
    timeout: float = 5.0
    told: list[Said] = field(default_factory=list)

    def run(self) -> Said:
        """The last answer."""
        for pause in (*PAUSES, 0.0):
            self.told.append(self._call())
            if self.told[-1].status not in REPEATED:
                break
            time.sleep(pause)
        return self.told[-1]

    def _call(self) -> Said:
        return post(
            self.port,
            self.key,
            self.qbxml,
            timeout=self.timeout,
            wait=WAIT_SECONDS,
            identifier=self.identifier,
            idempotency_key=self.idempotency_key,
        )
