"""Pages for getting a company connected: new company, connect page, .qwc download, public support page."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of
from qbwc import first_contact
from qbwc.models import CompanyFile
from qwc import code_search, document
from qwc.connect import NotConnected, connect, new_password, set_password
from qwc.forms import CompanyForm
from qwc.last_session import last_session
from qwc.set_up_page import set_up_page
from qwc.set_up_views import qwc_attachment

logger = logging.getLogger(__name__)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_company(request: HttpRequest) -> HttpResponse:
    """Superusers: a name and a user name; the answer shows the password, once."""
    caller = caller_of(request)
    if caller.user is None or not caller.user.is_superuser:
        raise PermissionDenied
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_free(form):
        return _register(request, form)
    return render(request, "qwc/new_company.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators of the company: the steps for the QuickBooks PC; POST makes a new password and shows it, once."""
    company = administered(request, slug)
    company_file = CompanyFile.objects.filter(company=company).first()
    if company_file is None:
        return _first_file(request, company)
    if request.method != "POST":
        return set_up_page(request, company_file)
    password = new_password()
    set_password(company_file, password, clock.now(), actor=caller_of(request).name)
    return set_up_page(request, company_file, password=password)


@never_cache
@login_required
@require_GET
def download(request: HttpRequest, slug: str) -> HttpResponse:
    """The .qwc as an attachment; 409 with the connect page when the Web Connector would refuse it."""
    company = administered(request, slug)
    company_file = get_object_or_404(CompanyFile, company=company)
    try:
        return qwc_attachment(company_file, actor=caller_of(request).name)
    except document.BadConnection:
        return set_up_page(request, company_file, status=409)


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """AppSupport: the Web Connector fetches it without signing in and wants 200 (QBWC1003, QBWC1004).

    For people it says how the last session ended, and explains every code; also while the database is away.
    """
    first_contact.note_request(first_contact.Sign.SUPPORT, request.META, clock.now())
    question = request.GET.get("q", "")[: code_search.LONGEST_QUESTION]
    context = {"question": question, "codes": code_search.search(question), "now": clock.now()}
    try:
        context["last"] = last_session()
    except Exception:  # whatever it is: without 200 the Web Connector takes no connection file
        logger.exception("the support page could not look up the last session")
        context["is_down"] = True
    return render(request, "qwc/support.html", context)


def _is_free(form: CompanyForm) -> bool:
    """This page makes new companies; an existing one has its own connect page."""
    if not Company.objects.filter(name=" ".join(form.cleaned_data["name"].split())).exists():
        return True
    form.add_error("name", "There is a company with this name already. Open it and choose Connect QuickBooks.")
    return False


def _first_file(request: HttpRequest, company: Company) -> HttpResponse:
    """A company made without a company file, in the admin for example, gets one here."""
    data = {"name": company.name, "username": request.POST.get("username", "")} if request.method == "POST" else None
    form = CompanyForm(data, initial={"name": company.name})
    if request.method == "POST" and form.is_valid():
        return _register(request, form, company)
    context = {"form": form, "company": company}
    return render(request, "qwc/new_company.html", context, status=422 if form.errors else 200)


def _register(request: HttpRequest, form: CompanyForm, company: Company | None = None) -> HttpResponse:
    password = new_password()
    try:
        connected = connect(**form.cleaned_data, password=password, now=clock.now(), actor=caller_of(request).name)
    except NotConnected as error:
        form.add_error(None, str(error))
        return render(request, "qwc/new_company.html", {"form": form, "company": company}, status=422)
    return set_up_page(request, connected.company_file, password=password)
