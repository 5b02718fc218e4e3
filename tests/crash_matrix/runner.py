"""Runs cases on one database: a server of its own, cases that leave it standing side by side, then the kills."""

from __future__ import annotations

import contextlib
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.crash_matrix import checks, kills
from tests.crash_matrix.cases import KILLS, Case, groups
from tests.crash_matrix.databases import Database, postgresql_database, sqlite_database
from tests.crash_matrix.faults import PLAYS
from tests.crash_matrix.ledger import Ledger, opened_ledger
from tests.crash_matrix.scene import Scene, set_scene
from tests.server import Server, running_server

SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Outcome:
    """`problems` is empty when everything held; `story` tells the updates that were made."""

    database: str
    case: Case
    problems: tuple[str, ...]
    story: str
    seconds: float


@dataclass(frozen=True)
class _Stage:
    server: Server
    database: Database
    ledger: Ledger
    tell: Callable[[Outcome], None]


def run(database: str, cases: Sequence[Case], tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Every case on "sqlite" or "postgresql"; `tell` hears of each as it ends, from several threads."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-matrix-")))
        made = stack.enter_context(sqlite_database(folder) if database == "sqlite" else postgresql_database())
        server = stack.enter_context(running_server(folder, DATABASE_URL=made.url, LOG_LEVEL="WARNING"))
        stage = _Stage(server, made, stack.enter_context(opened_ledger(server.environment)), tell)
        standing = [case for case in cases if case.fault not in KILLS]
        killing = groups(case for case in cases if case.fault in KILLS)
        return [*_run_side_by_side(stage, standing), *_run_kills(stage, killing)]


def _run_side_by_side(stage: _Stage, cases: Iterable[Case]) -> list[Outcome]:
    def play(case: Case) -> Outcome:
        start = time.monotonic()
        scene = set_scene(case, stage.ledger, stage.server.port)
        return _outcome(stage, scene, lambda: PLAYS[case.fault](scene), start)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(play, cases))


def _run_kills(stage: _Stage, killing: Iterable[list[Case]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for cases in killing:
        start = time.monotonic()
        scenes = [set_scene(case, stage.ledger, stage.server.port) for case in cases]
        kills.play(scenes, stage.server, stage.database)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            outcomes.extend(pool.map(lambda scene, at=start: _outcome(stage, scene, _nothing, at), scenes))
    return outcomes


def _nothing() -> None:
    """The fault has happened already."""


def _outcome(stage: _Stage, scene: Scene, play: Callable[[], None], start: float) -> Outcome:
    """Play, settle, check. What raises is a problem of its case and stops no other."""
    try:
        play()
        scene.settle()
        problems = checks.problems_of(scene)
    except Exception:
        problems = [*scene.problems, traceback.format_exc(limit=-4)]
    story = checks.story(scene)
    outcome = Outcome(stage.database.name, scene.case, tuple(problems), story, time.monotonic() - start)
    stage.tell(outcome)
    return outcome
