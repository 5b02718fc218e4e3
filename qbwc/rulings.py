"""What an answer means for its job: done, failed, again later, recover, or a person must look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from qbwc.models import Job
from qbwc.qbxml.status_codes import Policy, hresult_row, message_set_status_row, status_row
from qbwc.qbxml.statuses import MalformedAnswer, Status, Statuses, read_statuses


class Verdict(Enum):
    DONE = "done"
    FAIL = "fail"
    RETRY = "retry"
    RECOVER = "recover"
    PARK = "park"


@dataclass(frozen=True)
class Ruling:
    """`failure` is a sentence for a person ("" on success); `words` are QuickBooks' own."""

    verdict: Verdict
    failure: str = ""
    words: str = ""
    status_code: int | None = None
    iterator_id: str = ""  # more pages wait under this iteratorID


# Policy → what happens to a job. A write whose outcome is unknown goes through message-set recovery.
_VERDICTS = {
    Policy.NOT_AN_ERROR: Verdict.DONE,
    Policy.PERMANENT: Verdict.FAIL,
    Policy.PERSON: Verdict.FAIL,
    Policy.LATER: Verdict.RETRY,
    Policy.OUTCOME_UNKNOWN: Verdict.RECOVER,
}

# A statusCode came, so there is an answer: an unknown outcome is not recovered by asking again, a person must look.
INTERNAL_ERROR = 1000
_REFUSALS = {Policy.LATER: Verdict.RETRY, Policy.OUTCOME_UNKNOWN: Verdict.PARK}


def judge(job: Job, *, response: str, hresult: str, message: str) -> Ruling:
    """Rule on one exchange. Never raises: an answer that cannot be read is a failure with its reason."""
    if hresult or not response:
        return _judge_hresult(job, hresult, message)
    try:
        answer = read_statuses(response)
    except MalformedAnswer as error:
        failure = f"QuickBooks' answer could not be read: {error}. It is kept as it came."
        return Ruling(Verdict.PARK if job.is_write else Verdict.FAIL, failure)
    return _judge_message_set(answer) or _judge_responses(job, answer)


def _judge_hresult(job: Job, hresult: str, message: str) -> Ruling:
    if not hresult:
        failure = "The Web Connector sent an empty answer without an error code."
        return Ruling(Verdict.RECOVER if job.is_write else Verdict.RETRY, failure)
    row = hresult_row(hresult)
    verdict = _VERDICTS[row.policy]
    if verdict is Verdict.RECOVER and not job.is_write:
        verdict = Verdict.RETRY  # a query can simply be asked again
    failure = f"QuickBooks answered {hresult}: {message or row.meaning} {row.remedy}".strip()
    return Ruling(verdict, failure, message)


def _judge_message_set(answer: Statuses) -> Ruling | None:
    code = answer.message_set_status_code
    if not code:
        return None
    row = message_set_status_row(code)
    failure = (
        f"QuickBooks could not say whether this write was executed (messageSetStatusCode {code}). "
        f"{row.meaning} {row.remedy}"
    )
    return Ruling(Verdict.PARK, failure, status_code=code)


def _judge_responses(job: Job, answer: Statuses) -> Ruling:
    if not answer.responses:
        return Ruling(Verdict.FAIL, "QuickBooks' answer holds no response to the request.")
    refused = next((response for response in answer.responses if response.is_error), None)
    if refused is not None:
        return _refusal(job, refused)
    last = answer.responses[-1]
    more = next((r.iterator_id for r in answer.responses if r.iterator_id and r.iterator_remaining), "")
    return Ruling(Verdict.DONE, "", last.message, last.status_code, more)


def _refusal(job: Job, response: Status) -> Ruling:
    row = status_row(response.status_code, response.message)
    words = response.message or row.meaning
    failure = f"QuickBooks refused {response.name} with status {response.status_code}: {words} {row.remedy}".strip()
    verdict = _REFUSALS.get(row.policy, Verdict.FAIL)
    if job.is_write and response.status_code == INTERNAL_ERROR:
        verdict = Verdict.PARK  # it does not say that nothing was done, and a write is never repeated blindly
    return Ruling(verdict, failure, words, response.status_code)
