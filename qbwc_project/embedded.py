"""Celery's worker and beat inside the server's own process, on the in-memory broker, when there is no Redis."""

import threading
from importlib import import_module
from typing import Any

from celery.beat import EmbeddedService, Scheduler
from celery.concurrency.thread import TaskPool
from celery.worker import WorkController

from qbwc_project.celery import app

state: Any = import_module("celery.worker.state")  # its two flags are written; celery-types has them as None

# They wait for servers that others run, each for up to half a minute when it is silent.
OUTWARD = (
    "outbox.tasks.send_message",
    "outbox.tasks.sweep_outbox",
    "passthrough.tasks.send_callback",
    "passthrough.tasks.send_due_callbacks",
)


class _Threads(TaskPool):
    """Celery's threads, and as many of their own for what goes outward: nothing else ever waits behind it."""

    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(limit, **options)
        self._outward = TaskPool(limit)

    def on_apply(self, target: Any, args: Any = None, *others: Any, **options: Any) -> Any:
        """`args` begins with the task's name."""
        pool: Any = self._outward if args[0] in OUTWARD else super()
        return pool.on_apply(target, args, *others, **options)

    def on_stop(self) -> None:
        """What has not begun is left to the sweep after the next start."""
        self._outward.on_stop()
        super().on_stop()


class Embedded:
    """A worker of twice two threads and a beat thread on the in-memory broker; started once per process, stopped once.

    The in-memory broker forgets its messages with the process. That is allowed: the database is the queue of record,
    and the first sweep after a start delivers what was left.
    """

    def __init__(self, concurrency: int = 2) -> None:
        self._is_ready = threading.Event()
        self._worker: Any = WorkController(
            app=app,
            pool=_Threads,
            concurrency=concurrency,
            prefetch_multiplier=0,  # no limit: many webhooks under way must not keep the others in the broker
            hostname="embedded@tieout",
            ready_callback=lambda _consumer: self._is_ready.set(),
            without_gossip=True,  # there is nobody else to talk to
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._worker.start, name="celery-worker", daemon=True)
        # The in-memory scheduler: the schedule is in the settings, and beat's usual file would only go stale.
        self._beat: Any = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)

    def start(self, timeout: float = 10.0) -> None:
        """Start both; returns when the worker takes tasks. RuntimeError when it does not within `timeout` seconds."""
        self._thread.start()
        if not self._is_ready.wait(timeout):
            raise RuntimeError(f"The embedded Celery worker did not start within {timeout:.0f} seconds.")
        self._beat.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop beat, let the tasks under way end, stop the worker. False when it did not end within `timeout`."""
        if self._beat.is_alive():
            self._beat.stop()
        state.should_stop = 0  # the consumer's loop looks at it; an exit status, so 0 and not True
        for _ in range(2):  # its loop sleeps up to 2 s twice before it looks, unless a message wakes it
            app.control.broadcast("ping")
        self._thread.join(timeout)
        state.should_stop = None
        return not self._thread.is_alive()
