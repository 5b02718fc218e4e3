"""Files of a review: what a snapshot, or a period as it stands now, looks like in each format."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from accounts import clock
from accounts.models import Company
from metrics.background import Done, Progress, WorkFailed
from metrics.company_time import running_month
from metrics.downloads.branding_rows import branding_of
from metrics.exports.document import CannotSet
from metrics.exports.pack import MadeFile, make_file, make_pack
from metrics.exports.review import Review, review_of
from metrics.fiscal import Period, PeriodError
from metrics.mappings.changes import newest_version
from metrics.models import Snapshot
from metrics.months import Month
from metrics.reporting.settings import reporting_of
from metrics.review.freshness import change_caution, months_changed
from metrics.review.readiness import readiness
from metrics.snapshots.content import Occasion, content_of
from metrics.snapshots.earlier_figures import earlier_json
from metrics.snapshots.freezing import verify

WORK_KIND = "review_pack"


class NothingToShow(ValueError):
    """No figures for the period; the text says so."""


class WasChanged(ValueError):
    """A snapshot whose figures were changed past the application: nothing is made of it."""


def review_of_snapshot(snapshot: Snapshot) -> Review:
    """From the frozen content alone. Raises WasChanged."""
    if not verify(snapshot):
        raise WasChanged(
            f"“{snapshot.name}” was changed past the application: its hash does not fit, so no file is made of it."
            " Freeze the period again, and tell the administrator of the server."
        )
    return review_of(snapshot.content, name=snapshot.name, sha256=snapshot.sha256)


def told_what_changed(review: Review, snapshot: Snapshot) -> Review:
    """For people of the house: with the months that QuickBooks changed after the freeze."""
    first, last = Month.of(snapshot.first_month), Month.of(snapshot.last_month)
    months = months_changed(snapshot.company, snapshot.basis, first, last, snapshot.created_at)
    return replace(review, cautions=(*review.cautions, change_caution(months))) if months else review


def review_of_period(company: Company, period: Period, basis: str, now: datetime) -> Review:
    """The same content as a snapshot of this moment would have, marked as not frozen. Raises NothingToShow."""
    version = newest_version(company, now)
    occasion = Occasion(company, period, basis, now, readiness(company, period, basis, running_month(company, now)))
    content = content_of(occasion, version)
    if not content["months"]:
        raise NothingToShow(f"Nothing was read from QuickBooks for {period.label} on this basis.")
    content.setdefault("earlier", earlier_json(company, basis, period, now))
    return review_of(content, is_frozen=False)


def file_of(kind: str, review: Review) -> MadeFile:
    """One of exports.pack.TYPES, in the installation's colours."""
    return make_file(kind, review, branding_of())


def pack_parameters(snapshot: Snapshot) -> dict[str, Any]:
    """What the background needs to know to make a snapshot's pack."""
    return {"snapshot": snapshot.pk}


def period_parameters(period: Period, basis: str) -> dict[str, Any]:
    """The same for a period that is not frozen."""
    return {"period": str(period), "basis": basis}


def run_pack(company: Company, parameters: dict[str, Any], progress: Progress) -> Done:
    """Background work `review_pack`. Raises WorkFailed."""
    try:
        review = _review(company, parameters)
        made = make_pack(review, branding_of(), progress)
    except (NothingToShow, WasChanged, PeriodError, CannotSet) as problem:
        raise WorkFailed(str(problem)) from problem
    result = {"period": review.period_text, "basis": review.basis, "sha256": review.sha256}
    return Done("The pack is ready.", result, made.name, made.content_type, made.body)


def _review(company: Company, parameters: dict[str, Any]) -> Review:
    if "snapshot" in parameters:
        rows = Snapshot.objects.select_related("company")
        snapshot = rows.filter(company=company, pk=parameters["snapshot"]).first()
        if snapshot is None:
            raise NothingToShow("The snapshot was deleted in the meantime.")
        return told_what_changed(review_of_snapshot(snapshot), snapshot)
    period = Period.parse(parameters["period"], reporting_of(company).calendar)
    return review_of_period(company, period, parameters["basis"], clock.now())
