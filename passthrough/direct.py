"""One call from its bytes to its answer, beside Django's request cycle: what is not needed while it is held is gone.

A request object, its body and its place in the framework are 30 KB and 3 ms a call. api.py does the same inside them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from django.conf import settings

from accounts import clock
from accounts.authentication import HEADER
from accounts.permissions import Caller
from passthrough import answers, replies, service
from passthrough.access import caller_by_key, caller_here, company_for
from passthrough.answers import Answer
from passthrough.call_reading import Asked, read_call
from passthrough.contract import ErrorCode
from passthrough.holding import Held, Run, in_thread
from passthrough.problems import Problem
from passthrough.requests import AcceptedRequest

logger = logging.getLogger(__name__)

# Up to here a body is read in no time, wherever that is done.
SMALL_BODY = 64 * 1024

Prepared: TypeAlias = tuple[service.Call, AcceptedRequest | Problem]


async def answer(asked: Asked, body: bytes, gone: Callable[[], Awaitable[None]], run: Run) -> Answer | None:
    """The answer to a POST of qbXML with a small body; None when `gone` returned before there was one."""
    call = Held()
    try:
        # Redis, which counts the calls of all processes, is waited for here, and in no thread.
        caller = await caller_by_key(_key(asked), run) if settings.REDIS_URL else None
        submitted = await certainly(run(partial(_submit, asked, body, caller, call.expect)), run)
        del asked, body, caller  # a held call keeps no documents in memory
        return await replies.reply(submitted, call, gone, run)
    except replies.HungUp:
        return None
    except Problem as problem:
        return answers.of_problem(problem, clock.now())
    except Exception:
        logger.exception("a call failed")
        return answers.of_problem(Problem(ErrorCode.INTERNAL_ERROR), clock.now())
    finally:
        call.forget()


def _submit(asked: Asked, body: bytes, caller: Caller | None, expect: service.Expect) -> service.Submitted:
    """All of it in one go: a change of threads takes as long as reading a small body."""
    caller = caller or caller_here(_key(asked))
    return submit(asked, caller, prepare(asked, body), expect)


def _key(asked: Asked) -> str:
    return asked.headers.get(HEADER.lower(), "")


def prepare(asked: Asked, body: bytes) -> Prepared:
    """The call and its qbXML, judged as far as that needs no database. Problem when the call cannot be read."""
    call = read_call(asked, body)
    return call, service.read(call)


def submit(asked: Asked, caller: Caller, prepared: Prepared, expect: service.Expect) -> service.Submitted:
    """In a thread that may use the database. Problem."""
    company = company_for(caller, asked.query.get("company"))
    return service.submit(*prepared, caller, company, clock.now(), expect)


async def certainly(submitting: Awaitable[service.Submitted], run: Run = in_thread) -> service.Submitted:
    """A caller that hangs up while its call is being queued would leave a job that nobody holds: withdraw it."""
    task = asyncio.ensure_future(submitting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(Problem):
            await replies.abandon(await task, run)
        raise
