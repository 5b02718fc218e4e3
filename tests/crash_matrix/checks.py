"""What must be true after every fault; each function gives the sentences that say what is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.crash_matrix.cases import Fault, Kind
from tests.crash_matrix.scene import MEMOS, QUERY, Scene

_BEFORE_COMMIT = frozenset({Fault.REQUEST_LOST, Fault.KILLED_BEFORE_COMMIT})
_AFTER_COMMIT = frozenset({Fault.REPLY_LOST, Fault.KILLED_AFTER_COMMIT})


def problems_of(scene: Scene) -> list[str]:
    """Everything that is wrong after the scene has settled; empty when nothing is."""
    state = scene.state()
    found = [*scene.problems]
    if not scene.has_fired:
        found.append("the fault never happened: the session did not come to this step")
    for check in (_jobs, _writes, _asked, _exchanges, _acknowledged, _pages, _sessions):
        found.extend(check(scene, state))
    return [*found, *_next_session(scene)]


def _failed_job(scene: Scene) -> int | None:
    """The one job that must end as failed: QuickBooks could not read its request."""
    if scene.case.fault is not Fault.PARSE_ERROR:
        return None
    return scene.jobs[0 if scene.case.kind is Kind.ITERATOR else scene.case.step.number - 1]


def _expected_states(scene: Scene, job_id: int) -> tuple[str, ...]:
    if job_id == _failed_job(scene):
        return ("failed",)
    is_extra = len(scene.jobs) > (1 if scene.case.kind is Kind.ITERATOR else 3) and job_id == scene.jobs[-1]
    return ("cancelled", "done") if is_extra else ("done",)


def _jobs(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    if [job["id"] for job in state["jobs"]] != scene.jobs:
        yield f"jobs {scene.jobs} became {[job['id'] for job in state['jobs']]}"
    for job in state["jobs"]:
        if job["state"] not in _expected_states(scene, job["id"]):
            yield f"job {job['id']} is {job['state']}: {job['failure']}"
        if job["finished_at"] is None:
            yield f"job {job['id']} has no end"


def _writes(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    """Its log and its books agree: each write was executed once, and one that could not be read never."""
    quickbooks = scene.office.quickbooks
    executed = Counter(entry.request_id for entry in quickbooks.writes if entry.executed)
    wanted = [job["id"] for job in state["jobs"] if job["is_write"]]
    for job_id in wanted:
        times, expected = executed[f"{job_id}-0"], 0 if job_id == _failed_job(scene) else 1
        if times != expected:
            yield f"QuickBooks executed the write of job {job_id} {times} times, not {expected}"
    entries = Counter(posting.memo for posting in quickbooks.company.postings if posting.amount > 0)
    for memo, job_id in zip(MEMOS, wanted, strict=False):
        if entries[memo] != (0 if job_id == _failed_job(scene) else 1):
            yield f"the books hold {entries[memo]} entries of job {job_id}"


def _asked(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    """A query is asked once, once more when its answer was lost, and never again once its answer is stored.

    That it is asked or written down once more proves that the fault was where the row says.
    """
    if scene.case.kind is not Kind.QUERY:
        return
    asked = Counter(entry.request_id for entry in scene.office.quickbooks.reads)
    for job_id in scene.jobs:
        if asked[f"{job_id}-0"] > 2:
            yield f"QuickBooks was asked {asked[f'{job_id}-0']} times for job {job_id}"
    step, fault = scene.case.step, scene.case.fault
    if fault not in _BEFORE_COMMIT | _AFTER_COMMIT or step.operation not in ("sendRequestXML", "receiveResponseXML"):
        return
    job_id, is_stored = scene.jobs[step.number - 1], fault in _AFTER_COMMIT
    sent = sum(1 for exchange in state["exchanges"] if exchange["job"] == job_id)
    is_send = step.operation == "sendRequestXML"
    expected = (2 if is_stored else 1, 1) if is_send else (1, 1) if is_stored else (2, 2)
    if (sent, asked[f"{job_id}-0"]) != expected:
        yield f"job {job_id} was sent and asked {sent}, {asked[f'{job_id}-0']} times, not {expected}"


def _exchanges(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    """Each was answered, or another of its job was; what a connector that was given up brings late is only kept."""
    sessions = {job["id"]: job["session_id"] for job in state["jobs"]}
    answered = Counter(
        exchange["job"] for exchange in state["exchanges"] if exchange["is_answered"] and exchange["status_code"] == 0
    )
    for job in state["jobs"]:
        if job["state"] == "done" and not answered[job["id"]]:
            yield f"job {job['id']} is done without an answer"
    for exchange in state["exchanges"]:
        name = f"exchange {exchange['id']} of job {exchange['job']}"
        yield from (f"{name}: {problem}" for problem in _as_stored(exchange))
        is_late = exchange["session"] != sessions[exchange["job"]]
        if not exchange["is_answered"] and not answered[exchange["job"]]:
            yield f"{name} was never answered, nor was any other of its job"
        elif exchange["is_answered"] and not exchange["hresult"] and exchange["status_code"] != 0 and not is_late:
            yield f"{name} was answered with status {exchange['status_code']}"


def _as_stored(exchange: dict[str, Any]) -> Iterator[str]:
    if not (exchange["request"] and exchange["request"]["is_intact"]):
        yield "its request is not what was stored"
    if not exchange["is_answered"]:
        return
    if not exchange["hresult"] and not (exchange["response"] and exchange["response"]["is_intact"]):
        yield "its answer is not what was stored"
    if not exchange["is_delivered"]:
        yield "it was answered and not delivered"


def _acknowledged(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    stored = {exchange["response"]["text"] for exchange in state["exchanges"] if exchange["response"]}
    lost = [answer for answer in scene.acknowledged if answer not in stored]
    if lost:
        yield f"{len(lost)} answers that the server had taken are not stored"


def _pages(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    """The answers since the iterator was last started hold every customer once."""
    if scene.case.kind is not Kind.ITERATOR or _failed_job(scene) is not None:
        return
    pages = [page for page in state["exchanges"] if page["job"] == scene.jobs[0] and page["response"]]
    starts = [number for number, page in enumerate(pages) if 'iterator="Start"' in page["request"]["text"]]
    answers = [str(page["response"]["text"]) for page in pages[starts[-1] :]] if starts else []
    found = Counter(re.findall(r"<CustomerRet>\s*<ListID>([^<]+)</ListID>", "".join(answers)))
    known = {customer.list_id for customer in scene.office.quickbooks.company.customers}
    if set(found) != known or set(found.values()) != {1}:
        yield f"the pages hold {len(found)} of {len(known)} customers, {sum(found.values())} times in all"


def _sessions(scene: Scene, state: dict[str, Any]) -> Iterator[str]:
    if any(session["state"] == "open" for session in state["sessions"]):
        yield "a session is still open"
    was_turned_away = any(run.verdict == "busy" for run in scene.runs)
    if was_turned_away and state["two_connectors_at"] is None:
        yield "a connector was turned away, and nobody is told that two use this user name"


def _next_session(scene: Scene) -> Iterator[str]:
    """A new job is carried out, and then there is nothing more to do."""
    job_id = scene.ledger.ask("add_job", company_file_id=scene.company_file_id, purpose="raw_query", request=QUERY)
    first, second = (scene.run(scene.another_connector()) for _ in range(2))
    if (first.verdict, first.exchanges, first.ended_well, second.verdict) != ("", 1, True, "none"):
        yield f"the next sessions: {first.verdict!r}, {first.exchanges} answers, {first.failure!r}; {second.verdict!r}"
    job = next(job for job in scene.state()["jobs"] if job["id"] == job_id)
    if job["state"] != "done":
        yield f"a new job in the next session is {job['state']}: {job['failure']}"


def story(scene: Scene) -> str:
    """The updates of a scene on a line each, for whoever looks into a failure."""
    return "\n".join(
        f"      {run.verdict!r:>8}  {' '.join(run.calls)}  {run.qbwc_code} {run.failure}".rstrip() for run in scene.runs
    )
