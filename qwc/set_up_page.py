"""The set-up page as its administrators see it; several views end on it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import clock
from qbwc.models import CompanyFile
from qwc import doctor, document, set_up, set_up_links
from qwc.attention import attention_of
from qwc.connect import connection_file, soap_url


def set_up_page(
    request: HttpRequest, company_file: CompanyFile, *, password: str = "", link: str = "", status: int = 200
) -> HttpResponse:
    """`password` and `link` are shown this once; neither is kept."""
    now = clock.now()
    context: dict[str, Any] = {
        "company": company_file.company,
        "company_file": company_file,
        "soap_url": soap_url(settings.PUBLIC_URL),
        "problems": document.problems(connection_file(company_file, settings.PUBLIC_URL)),
        "change": set_up.change_since_download(company_file),
        "checklist": set_up.checklist(company_file, now),
        "with_details": True,
        "seen": doctor.seen_of(company_file),
        "password": password,
        "link": link,
        "links": set_up_links.usable(now).filter(company_file=company_file),
        "attention": attention_of(company_file, now),
        "now": now,
        "may_administer": True,
    }
    return render(request, "qwc/connect.html", context, status=status)
