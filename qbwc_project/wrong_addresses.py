"""What is not there under /api/ is answered in JSON too: unknown addresses, and methods an address does not take."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import update_wrapper
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.views.decorators.csrf import csrf_exempt

from accounts import clock
from passthrough import answers
from passthrough.addresses import is_ours
from passthrough.api import respond
from passthrough.contract import ErrorCode
from passthrough.problems import Problem

View: TypeAlias = Callable[..., Any]

_LONGEST_SHOWN = 200


@csrf_exempt  # a POST to a wrong address is told that it is wrong, whoever sent it
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 in the shape of passthrough.contract, whatever the method. No address of the API ends in a slash."""
    path = request.path[:_LONGEST_SHOWN]
    slash = " Leave out the slash at its end." if path.endswith("/") else ""
    words = f"There is nothing at {path}.{slash} /api/docs lists every address."
    return respond(answers.of_problem(Problem(ErrorCode.NOT_FOUND, words), clock.now()))


def with_json_refusals(patterns: Sequence[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses; where the framework would answer 405 in plain text it is JSON, in the address's own shape."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _with_json_refusals(pattern.callback)
    return list(patterns)


def _with_json_refusals(view: View) -> View:
    async def awaited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answering: Coroutine[Any, Any, HttpResponseBase] = view(request, *args, **kwargs)
        return _refusal(request, await answering)

    def called(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _refusal(request, view(request, *args, **kwargs))

    return update_wrapper(awaited if iscoroutinefunction(view) else called, view)


def _refusal(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not isinstance(response, HttpResponseNotAllowed):
        return response
    allowed = ", ".join(sorted(response["Allow"].split(", ")))  # the framework's order changes with each process
    words = f"{request.path[:_LONGEST_SHOWN]} does not take {str(request.method)[:20]}; it takes {allowed}."
    answer: HttpResponse
    if is_ours(request.path):
        answer = respond(answers.of_problem(Problem(ErrorCode.METHOD_NOT_ALLOWED, words), clock.now()))
    else:
        error = {"code": str(ErrorCode.METHOD_NOT_ALLOWED), "message": words}
        answer = JsonResponse({"error": error}, status=response.status_code)
    answer["Allow"] = allowed
    return answer
