"""How each fault that leaves the server standing is brought about."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.crash_matrix import proxy
from tests.crash_matrix.cases import (
    AUTHENTICATE,
    CLIENT_VERSION,
    CLOSE_CONNECTION,
    GET_LAST_ERROR,
    SERVER_VERSION,
    Fault,
)
from tests.crash_matrix.office import AT_QUICKBOOKS, Cues
from tests.crash_matrix.proxy import Action, Forward, Proxy, Reply
from tests.crash_matrix.scene import Scene

LONGEST_WAIT_SECONDS = 90.0
_BEFORE_A_SESSION = (SERVER_VERSION, CLIENT_VERSION, AUTHENTICATE)
_AFTER_THE_WORK = (GET_LAST_ERROR, CLOSE_CONNECTION)


class _Died(Exception):
    """The connector's process is gone."""


def proxied(scene: Scene, action: Action) -> Proxy:
    """A proxy that does this to the call of the case."""
    return Proxy(scene.port, scene.case.step.operation, scene.case.step.number, action)


def _between(action: Action) -> Callable[[Scene], None]:
    def play(scene: Scene) -> None:
        with proxy.running(proxied(scene, action)) as between:
            scene.run(scene.first_connector(Cues(), between.port))
        scene.has_fired = between.has_fired

    return play


def _stale_copy(scene: Scene) -> None:
    """A copy of the call arrives once more after the next call has been answered."""

    def keep_a_copy(forward: Forward) -> Reply:
        between.after_next.append(forward)
        return forward.send()

    between = proxied(scene, keep_a_copy)
    with proxy.running(between):
        scene.run(scene.first_connector(Cues(), between.port))
    scene.has_fired = between.has_fired


def _restarted(scene: Scene) -> None:
    """The connector dies before the call and starts again at once."""

    def die() -> None:
        scene.has_fired = True
        raise _Died

    cues = Cues()
    cues.at(scene.case.step.operation, scene.case.step.number, die)
    try:
        scene.run(scene.first_connector(cues))
    except _Died:
        scene.run(scene.another_connector())


def _second(scene: Scene) -> None:
    """Another connector makes its whole update just before the call; the first goes on at once."""

    def intrude() -> None:
        scene.has_fired = True
        verdict = scene.run(scene.another_connector()).verdict
        step = scene.case.step
        expected = "" if step in _BEFORE_A_SESSION else "none" if step in _AFTER_THE_WORK else "busy"
        if verdict != expected:
            scene.problems.append(f"the second connector was told {verdict!r}, not {expected!r}")

    cues = Cues()
    cues.at(scene.case.step.operation, scene.case.step.number, intrude)
    scene.run(scene.first_connector(cues))


def _taken_over(scene: Scene) -> None:
    """The first falls silent before the call; while the first request of the second is at QuickBooks, it comes back."""
    _two(scene, scene.case.step.operation, comes_back_at="receiveResponseXML")


def _taken_over_later(scene: Scene) -> None:
    """As above, but it comes back when the second has one answer and is about to ask for its next request."""
    _two(scene, scene.case.step.operation, comes_back_at="sendRequestXML", number=2)


def _late_request(scene: Scene) -> None:
    """The first falls silent with the request in its hands, and gives it to QuickBooks when the second is done."""
    _two(scene, AT_QUICKBOOKS, comes_back_at="")


def _two(scene: Scene, silent_at: str, *, comes_back_at: str, number: int = 1) -> None:
    """A second connector takes over; the first comes back before that call of the second, or after its end."""
    is_silent, may_go_on = threading.Event(), threading.Event()

    def fall_silent() -> None:
        scene.has_fired = True
        is_silent.set()
        may_go_on.wait(LONGEST_WAIT_SECONDS)

    def first_update() -> None:
        scene.run(scene.first_connector(cues))
        is_silent.set()

    def wake_the_first() -> None:
        may_go_on.set()
        first.join(LONGEST_WAIT_SECONDS)

    cues, cues_of_second = Cues(), Cues()
    cues.at(silent_at, scene.case.step.number, fall_silent)
    cues_of_second.at(comes_back_at, number, wake_the_first)
    first = threading.Thread(target=first_update, daemon=True)
    first.start()
    is_silent.wait(LONGEST_WAIT_SECONDS)
    scene.let_time_pass()
    scene.run(scene.another_connector(cues_of_second))
    wake_the_first()


def _by_quickbooks(scene: Scene) -> None:
    """The desk of the first connector knows what QuickBooks has to say."""
    scene.has_fired = True
    scene.run(scene.first_connector(Cues()))


PLAYS: dict[Fault, Callable[[Scene], None]] = {
    Fault.REQUEST_LOST: _between(proxy.lose_request),
    Fault.REPLY_LOST: _between(proxy.lose_reply),
    Fault.REPEATED: _between(proxy.repeat),
    Fault.AT_ONCE: _between(proxy.send_twice_at_once),
    Fault.STALE_COPY: _stale_copy,
    Fault.RESTARTED: _restarted,
    Fault.SECOND: _second,
    Fault.TAKEN_OVER: _taken_over,
    Fault.TAKEN_OVER_LATER: _taken_over_later,
    Fault.LATE_REQUEST: _late_request,
    Fault.PARSE_ERROR: _by_quickbooks,
    Fault.MODAL_DIALOG: _by_quickbooks,
    Fault.SESSION_ENDED: _by_quickbooks,
    Fault.EXCEPTION: _by_quickbooks,
    Fault.UNEXPECTED: _by_quickbooks,
    Fault.NO_QUICKBOOKS: _by_quickbooks,
}
