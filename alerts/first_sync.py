"""Which companies are being read for the first time: what is found meanwhile is not told before it is done."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from qbwc.models import Job

_OPEN = (Job.State.QUEUED, Job.State.IN_FLIGHT)


def companies_in_first_sync(company_ids: Iterable[int]) -> frozenset[int]:
    """Those with a reading on its way that was never done before. One query."""
    done = Job.objects.filter(plan=OuterRef("plan"), state=Job.State.DONE)
    first = Job.objects.filter(
        ~Exists(done), company_file__company__in=list(company_ids), plan__isnull=False, state__in=_OPEN
    )
    return frozenset(first.order_by().values_list("company_file__company_id", flat=True))
