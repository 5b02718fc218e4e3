"""The failure lab's turn in the background: one failure, then its outcome as values for the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import CommandError

from accounts.models import Company
from metrics.background import Done, Progress, WorkFailed, register_work
from qbwc_project import lab
from qbwc_project.lab_failures import BY_KEY
from qwc.connect import NotConnected

KIND: Final = "failure_lab"


def register() -> None:
    """In ready(): the worker may be another process than the page's."""
    register_work(KIND, _run)


def _run(_company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    failure = BY_KEY.get(str(parameters.get("failure")))
    if failure is None:
        raise WorkFailed("The lab does not know this failure.")
    progress(10, f"The simulated Web Connector calls: {failure.title}")
    try:
        outcome = lab.play(failure.key, str(parameters["url"]))
    except (CommandError, NotConnected) as problem:
        raise WorkFailed(str(problem)) from problem
    found = lab.misses(failure.expected, outcome)
    words = "The product did something else than it should." if found else "The product did what it should."
    return Done(words, {"failure": failure.key, "misses": found, "outcome": asdict(outcome)})
