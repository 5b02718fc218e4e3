"""Addresses enough for the tests of this app: its own pages, an admin, a small REST interface."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from ninja import NinjaAPI

from accounts.authentication import ApiProblem, KeyOrSession, answer_problem
from accounts.permissions import Caller, company_of

api = NinjaAPI(auth=KeyOrSession(), urls_namespace="accounts-tests")
api.add_exception_handler(ApiProblem, answer_problem)


class SignedRequest(HttpRequest):
    auth: Caller


@api.api_operation(["GET", "POST"], "/whoami")
def whoami(request: SignedRequest, company: str | None = None) -> dict[str, str]:
    return {"name": request.auth.name, "company": company_of(request.auth, company).slug}


def home(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")


urlpatterns = [
    path("", home, name="home"),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
]
