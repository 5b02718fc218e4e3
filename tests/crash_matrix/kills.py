"""Killing the server in the middle of a call: provably before its commit, or provably after it and before the reply.

The calls of several companies (one for each kind of job) are brought to the same point, then the server dies once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence

from tests.crash_matrix import proxy
from tests.crash_matrix.cases import WITHOUT_COMMIT, Fault
from tests.crash_matrix.databases import ARRIVAL_SECONDS, Database
from tests.crash_matrix.faults import proxied
from tests.crash_matrix.office import Cues
from tests.crash_matrix.proxy import Action, Forward, Reply
from tests.crash_matrix.scene import Scene
from tests.server import Server

LONGEST_WAIT_SECONDS = 60.0


class _Gate:
    """Calls arrive and wait until it opens."""

    def __init__(self) -> None:
        self._arrived = threading.Semaphore(0)
        self._open = threading.Event()

    def pass_through(self) -> None:
        self._arrived.release()
        self._open.wait(LONGEST_WAIT_SECONDS)

    def wait_for(self, calls: int) -> int:
        """How many of so many calls have arrived in time."""
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        return sum(self._arrived.acquire(timeout=max(0.0, end - time.monotonic())) for _ in range(calls))

    def open(self) -> None:
        self._open.set()


def play(scenes: Sequence[Scene], server: Server, database: Database) -> None:
    """One update of each scene, a kill in the middle, the server started again. All scenes share step and fault."""
    gate = _Gate()
    case = scenes[0].case
    is_before = case.fault is Fault.KILLED_BEFORE_COMMIT
    has_commit = case.step not in WITHOUT_COMMIT
    with contextlib.ExitStack() as stack:
        action = _held_before(gate, is_whole=has_commit) if is_before else _held_after(gate)
        proxies = [stack.enter_context(proxy.running(proxied(scene, action))) for scene in scenes]
        updates = [
            threading.Thread(target=scene.run, args=(scene.first_connector(Cues(), between.port),), daemon=True)
            for scene, between in zip(scenes, proxies, strict=True)
        ]
        for update in updates:
            update.start()
        arrived = gate.wait_for(len(scenes))
        if is_before and has_commit:
            _kill_before_commit(gate, server, database, arrived)
        else:
            _kill(gate, server, is_before=is_before)
        for update in updates:
            update.join(LONGEST_WAIT_SECONDS)
        for scene, between in zip(scenes, proxies, strict=True):
            scene.has_fired = between.has_fired
    server.start()


def _held_before(gate: _Gate, *, is_whole: bool) -> Action:
    def hold(forward: Forward) -> Reply:
        gate.pass_through()
        return forward.send() if is_whole else forward.send_half()

    return hold


def _held_after(gate: _Gate) -> Action:
    """The reply is here, so the commit has happened; the connector never sees it."""

    def hold(forward: Forward) -> None:
        forward.send()
        gate.pass_through()

    return hold


def _kill_before_commit(gate: _Gate, server: Server, database: Database, requests: int) -> None:
    """With the lock held nothing can be committed, whatever the server has got to."""
    with database.locked():
        gate.open()
        database.wait_until_blocked(requests)
        server.kill()


def _kill(gate: _Gate, server: Server, *, is_before: bool) -> None:
    if is_before:
        gate.open()
        time.sleep(ARRIVAL_SECONDS)
        server.kill()
    else:
        server.kill()
        gate.open()
