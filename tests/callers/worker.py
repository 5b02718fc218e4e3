"""The Celery worker of a journey, as in docker-compose.yml; it says on its output that it is ready and what it did."""

from __future__ import annotations

import sys
from typing import Any

from celery.signals import task_success, worker_ready

from qbwc_project.celery import app

READY = "ready"
DID = "did {}"


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


@worker_ready.connect
def _ready(**_: Any) -> None:
    _say(READY)


@task_success.connect
def _did(sender: Any, **_: Any) -> None:
    _say(DID.format(sender.name))


if __name__ == "__main__":
    app.worker_main(["worker", "--pool", "threads", "--concurrency", "4"])
