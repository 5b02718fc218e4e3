"""Pages for getting a company connected: new company, connect page, .qwc download, public support page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import audit, clock
from accounts.models import Company
from qbwc.models import CompanyFile
from qwc import doctor, document
from qwc.access import administered, caller_of
from qwc.attention import attention_of
from qwc.connect import NotConnected, connect, connection_file, new_password, set_password, soap_url
from qwc.forms import CompanyForm


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
        return _page(request, company_file)
    password = new_password()
    set_password(company_file, password, clock.now(), actor=caller_of(request).name)
    return _page(request, company_file, password=password)


@never_cache
@login_required
@require_GET
def download(request: HttpRequest, slug: str) -> HttpResponse:
    """The .qwc as an attachment; 409 with the connect page when the Web Connector would refuse it."""
    company = administered(request, slug)
    company_file = get_object_or_404(CompanyFile, company=company)
    try:
        content = document.render(connection_file(company_file, settings.PUBLIC_URL))
    except document.BadConnection:
        return _page(request, company_file, status=409)
    audit.record(action="qwc.downloaded", success=True, now=clock.now(), actor=caller_of(request).name, company=company)
    headers = {"Content-Disposition": f'attachment; filename="tieout-{company.slug}.qwc"'}
    return HttpResponse(content, content_type="application/x-qwc", headers=headers)


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """AppSupport: the Web Connector fetches it without signing in and wants 200 (QBWC1003, QBWC1004)."""
    return render(request, "qwc/support.html")


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
    return _page(request, connected.company_file, password=password)


def _page(request: HttpRequest, company_file: CompanyFile, *, password: str = "", status: int = 200) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "company": company_file.company,
        "company_file": company_file,
        "soap_url": soap_url(settings.PUBLIC_URL),
        "problems": document.problems(connection_file(company_file, settings.PUBLIC_URL)),
        "seen": doctor.seen_of(company_file),
        "password": password,
        "attention": attention_of(company_file, now),
        "now": now,
        "may_administer": True,
    }
    return render(request, "qwc/connect.html", context, status=status)
