"""`./run crash-matrix`: what may break in a session, broken on purpose at every step, printed as a table."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests import migrated
from tests.crash_matrix.cases import all_cases, chosen, quick_cases
from tests.crash_matrix.databases import why_no_postgresql
from tests.crash_matrix.runner import Outcome, run
from tests.crash_matrix.table import failures, summary, table

DATABASES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def main(arguments: Sequence[str]) -> int:
    """Exit status 1 when anything did not hold, 2 when there was nothing to run."""
    asked = _parser().parse_args(arguments)
    cases = chosen(quick_cases() if asked.quick else all_cases(), asked.only)
    databases = _reachable(DATABASES[asked.database])
    if not cases or not databases:
        _say("Nothing to run.")
        return 2
    start = time.monotonic()
    tell = _Progress(len(cases) * len(databases))
    with migrated.shared(), ThreadPoolExecutor(len(databases)) as pool:
        ends = [pool.submit(run, database, cases, tell) for database in databases]
        outcomes = [outcome for end in ends for outcome in end.result()]
    tell.end()
    _say(table(outcomes))
    _say(failures(outcomes))
    _say(summary(outcomes, time.monotonic() - start))
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run crash-matrix", description=__doc__)
    parser.add_argument("--database", choices=sorted(DATABASES), default="both")
    parser.add_argument("--quick", action="store_true", help="each fault at its worst steps only")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="cases whose name holds this; may be repeated"
    )
    return parser


def _reachable(databases: Sequence[str]) -> list[str]:
    reason = why_no_postgresql() if "postgresql" in databases else ""
    if reason:
        _say(f"Left out: PostgreSQL ({reason}).")
    return [database for database in databases if database != "postgresql" or not reason]


class _Progress:
    """A line that counts on a terminal; failures as they come everywhere."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._lock = total, 0, threading.Lock()

    def __call__(self, outcome: Outcome) -> None:
        with self._lock:
            self._done += 1
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{self._done} of {self._total} ")
            if outcome.problems:
                sys.stderr.write(f"{outcome.database} / {outcome.case.name}: {outcome.problems[0]}\n")
            sys.stderr.flush()

    def end(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")


def _say(text: str) -> None:
    if text:
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
