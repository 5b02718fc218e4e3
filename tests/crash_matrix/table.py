"""The matrix as a table: a row for each step and fault, a column for each kind of job on each database."""

from __future__ import annotations

from collections.abc import Sequence

from tests.crash_matrix.cases import STEPS, Fault, Kind
from tests.crash_matrix.runner import Outcome

PASSED, FAILED, NOT_RUN = "✓", "✗", "·"
_WIDTH = 9


def table(outcomes: Sequence[Outcome]) -> str:
    """All rows that have a case, in the order of a session."""
    databases = list(dict.fromkeys(outcome.database for outcome in outcomes))
    cells = {(o.database, o.case.step, o.case.fault, o.case.kind): o for o in outcomes}
    rows = [(step, fault) for step in STEPS for fault in Fault if any(key[1:3] == (step, fault) for key in cells)]
    left = max(len(str(step)) for step, _ in rows)
    middle = max(len(fault.value) for _, fault in rows)
    lines = [
        f"{'':{left}}  {'':{middle}}  " + "  ".join(f"{database:{_WIDTH * len(Kind)}}" for database in databases),
        f"{'step':{left}}  {'fault':{middle}}  " + "  ".join(_heads() for _ in databases),
    ]
    for number, (step, fault) in enumerate(rows):
        is_new = number == 0 or rows[number - 1][0] != step
        marks = ["".join(_mark(cells.get((name, step, fault, kind))) for kind in Kind) for name in databases]
        lines.append(f"{str(step) if is_new else '':{left}}  {fault.value:{middle}}  " + "  ".join(marks))
    return "\n".join(line.rstrip() for line in lines)


def _heads() -> str:
    return "".join(f"{kind.value:{_WIDTH}}" for kind in Kind)


def _mark(outcome: Outcome | None) -> str:
    mark = NOT_RUN if outcome is None else FAILED if outcome.problems else PASSED
    return f"{mark:{_WIDTH}}"


def failures(outcomes: Sequence[Outcome]) -> str:
    """What went wrong where, with the updates that were made."""
    return "\n".join(
        "\n".join((f"{o.database} / {o.case.name}", *(f"    {problem}" for problem in o.problems), o.story))
        for o in outcomes
        if o.problems
    )


def summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    """One line."""
    failed = sum(1 for outcome in outcomes if outcome.problems)
    return f"{len(outcomes)} cases, {len(outcomes) - failed} held, {failed} did not, in {seconds:.0f} s."
