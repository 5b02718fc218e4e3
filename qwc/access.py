"""The company file that a page is about."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.models import Company
from qbwc.models import CompanyFile


def file_of(company: Company) -> CompanyFile:
    """The company's file; 404 when it was never connected."""
    return get_object_or_404(CompanyFile.objects.select_related("company"), company=company)
