"""A part of the crash matrix: each fault at each of its worst steps, with every kind of job, on both databases."""

from __future__ import annotations

import subprocess

import pytest

from tests.crash_matrix.cases import STEPS, Fault, Kind, all_cases, chosen, part_of_quick, quick_cases
from tests.crash_matrix.databases import why_no_postgresql
from tests.crash_matrix.runner import Outcome, run
from tests.crash_matrix.table import failures, table
from tests.server import ROOT

TURNS = 3


def _turn(database: str) -> int:
    """Which part is played: the same commit plays the same ones, each database another, the next commit others."""
    command = ["git", "rev-parse", "HEAD"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return (int(said or "0", 16) + (database == "sqlite")) % TURNS


def _ignore(outcome: Outcome) -> None:
    """The test looks at all of them at the end."""


@pytest.mark.journey
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whatever_breaks_every_job_ends_once_every_write_is_done_once_and_no_answer_is_lost(
    database: str, is_thorough: bool
) -> None:
    """A failure names its cases: `./run crash-matrix --only "NAME"` plays one of them again."""
    if database == "postgresql" and (reason := why_no_postgresql()):
        pytest.skip(f"PostgreSQL does not answer: {reason}")
    turn = _turn(database)
    cases = all_cases() if is_thorough else part_of_quick(turn)
    outcomes = run(database, cases, _ignore)
    found = failures(outcomes)
    assert found == "", f"part {turn} of {TURNS}:\n{found}"
    assert [outcome.case for outcome in outcomes if outcome.case not in cases] == []
    assert len(outcomes) == len(cases)


def test_the_smaller_part_holds_every_fault_with_every_kind() -> None:
    assert {(case.fault, case.kind) for case in quick_cases()} == {(fault, kind) for fault in Fault for kind in Kind}
    assert set(quick_cases()) <= set(all_cases())


@pytest.mark.parametrize("turn", range(TURNS))
def test_each_part_holds_every_fault_with_every_kind_and_at_each_of_its_worst_steps(turn: int) -> None:
    part, quick = part_of_quick(turn), quick_cases()
    assert {(case.fault, case.kind) for case in part} == {(case.fault, case.kind) for case in quick}
    assert {(case.fault, case.step) for case in part} == {(case.fault, case.step) for case in quick}
    assert len(part) < 0.6 * len(quick)


def test_the_parts_together_are_the_smaller_part() -> None:
    assert {case for turn in range(TURNS) for case in part_of_quick(turn)} == set(quick_cases())


def test_the_whole_holds_every_step_with_every_kind_of_connection_loss() -> None:
    everywhere = {Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.KILLED_BEFORE_COMMIT, Fault.KILLED_AFTER_COMMIT}
    everywhere |= {Fault.REPEATED, Fault.AT_ONCE, Fault.RESTARTED, Fault.SECOND, Fault.TAKEN_OVER}
    cases = {(case.step, case.fault) for case in all_cases()}
    assert cases >= {(step, fault) for step in STEPS for fault in everywhere}


def test_cases_are_chosen_by_all_the_words_of_their_names() -> None:
    found = chosen(all_cases(), ["receiveresponsexml, LAST", "write"])
    assert found
    assert all(case.name.startswith("receiveResponseXML, last") and case.kind is Kind.WRITE for case in found)


@pytest.mark.parametrize(("problems", "mark"), [((), "✓"), (("a job is lost",), "✗")])
def test_the_table_marks_what_held_and_tells_what_did_not(problems: tuple[str, ...], mark: str) -> None:
    case = quick_cases()[0]
    outcomes = [Outcome("sqlite", case, problems, "its story", 1.0)]
    row = table(outcomes).splitlines()[-1]
    assert row.split() == [*str(case.step).split(), *case.fault.value.split(), mark, "·", "·"]
    assert ("a job is lost" in failures(outcomes)) == bool(problems)
