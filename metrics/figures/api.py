"""REST: the figures of a company and their proof: months, rows, tie-outs, restatements; and reading answers again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Query, Router, Status

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_answers import metrics_answer
from metrics.api_callers import month_in
from metrics.api_schemas import CompanyQuery, MetricsOut, ProblemOut
from metrics.background import ask
from metrics.cells import cells, cells_at, rules_at
from metrics.company_time import running_month
from metrics.explain.api import csv_response
from metrics.explain.request import BadMoment, moment_of
from metrics.figures import answers, schemas
from metrics.figures.at import report_at
from metrics.figures.changes import months_changed_since, state_tag
from metrics.mappings.api_schemas import with_body
from metrics.mappings.rows import mapper_from, mapper_of
from metrics.models import Snapshot
from metrics.months import Month
from metrics.periods import Period, previous
from metrics.reading.reread_work import KIND, parameters
from metrics.reporting.settings import reporting_of
from metrics.review.answers import work_json
from metrics.review.readiness import readiness, readiness_by_month
from metrics.review.schemas import WorkOut
from metrics.selectors import MonthlyReport, monthly_report
from metrics.since import BadSince, check_year, since_of
from metrics.tie_out.detail import month_detail
from metrics.tie_out.report import TieOutMonth, tie_out_report
from metrics.tie_out.restatements import acknowledge, changed_since, restatements, with_cells

router = Router(tags=["Metrics"])
REFUSALS = {400: ProblemOut, 401: ProblemOut, 403: ProblemOut, 404: ProblemOut}
NOT_CHANGED = {304: None}


@router.get(
    "/metrics",
    response={200: MetricsOut | schemas.RowsOut} | NOT_CHANGED | REFUSALS,
    summary="The months of a company, with their tie-out",
)
def metrics(request: HttpRequest, query: Query[schemas.MetricsQuery], response: HttpResponse) -> Any:
    """With ETag: send it back as If-None-Match, and 304 says that nothing has changed."""
    company, span, now = seen_company(request, query.company), _span(query), clock.now()
    as_of, since = _as_of(query.as_of), _since("updated_since", query.updated_since)
    tag = state_tag(company, now, request.META.get("QUERY_STRING", ""))
    if (unchanged := _unchanged(request, tag)) is not None:
        return unchanged
    _tag(response, tag)
    if query.format != "json":
        return _rows(company, query, span, as_of, since, tag)
    report = _report(company, query.basis, span, as_of)
    wanted = None
    if since is not None:
        wanted = months_changed_since(company, query.basis, since, [column.month for column in report.months])
    running = running_month(company, now if as_of is None else min(as_of, now))
    ready = None
    if as_of is None:
        ready = readiness_by_month(company, query.basis, [column.month for column in report.months], running)
    return metrics_answer(report, running, ready, wanted, as_of)


@router.get(
    "/tie-out",
    response={200: schemas.TieOutReportOut} | NOT_CHANGED | REFUSALS,
    summary="Every month against QuickBooks' printed totals",
)
def tie_out(request: HttpRequest, query: Query[schemas.TieOutQuery], response: HttpResponse) -> Any:
    """Nine totals a month, the state in one word, and whether it is fit to be presented."""
    company, (first, last), now = seen_company(request, query.company), _span(query), clock.now()
    tag = state_tag(company, now, "tie-out", request.META.get("QUERY_STRING", ""))
    if (unchanged := _unchanged(request, tag)) is not None:
        return unchanged
    _tag(response, tag)
    running = running_month(company, now)
    report = tie_out_report(company, query.basis, today=running, first=first, last=last)
    ready = readiness_by_month(company, query.basis, [month.month for month in report.months], running)
    quarter = previous(Period.quarter(running, reporting_of(company).calendar))
    judged = readiness(company, quarter, query.basis, running)
    return answers.tie_out_answer(report, ready, (quarter, judged))


@router.get(
    "/tie-out/{month}",
    response={200: schemas.TieOutDetailOut} | REFUSALS,
    summary="One month's tie-out, ledger account by ledger account",
)
def tie_out_of_month(request: HttpRequest, month: str, query: Query[schemas.TieOutMonthQuery]) -> dict[str, Any]:
    """The figures shown beside those of the newest stored report, which is read again for it."""
    company = seen_company(request, query.company)
    wanted, running = month_in("month", month[:40]), running_month(company, clock.now())
    found = _one_month(company, query.basis, wanted, running)
    ready = readiness_by_month(company, query.basis, [found.month], running)
    detail = month_detail(company, query.basis, found)
    return answers.tie_out_detail(company, query.basis, detail, ready[found.month])


@router.get("/restatements", response={200: schemas.RestatementsOut} | REFUSALS, summary="Past months that changed")
def list_restatements(request: HttpRequest, query: Query[schemas.RestatementsQuery]) -> dict[str, Any]:
    """Newest first, each with its ledger accounts before and after."""
    company = seen_company(request, query.company)
    rows = restatements(
        company,
        basis=query.basis,
        month=month_in("month", query.month),
        since=_since("since", query.since),
        only_open=query.open,
    )
    total, after = rows.count(), query.offset + query.limit
    page = rows[query.offset : after]
    return {
        "company": company.name,
        "total": total,
        "next_offset": after if after < total else None,
        "restatements": [answers.restatement_json(one) for one in with_cells(company, page)],
    }


@router.get(
    "/restatements/changed-since",
    response={200: schemas.ChangedSinceOut} | REFUSALS,
    summary="What changed in past months since a date, netted",
)
def list_changed_since(request: HttpRequest, query: Query[schemas.ChangedSinceQuery]) -> dict[str, Any]:
    """An account that went back to what it was is not in it."""
    company, (first, last) = seen_company(request, query.company), _span(query)
    since, review = _since("since", query.since), None
    if since is None:
        newest = Snapshot.objects.filter(company=company, basis=query.basis).order_by("-created_at").first()
        if newest is None:
            raise ApiProblem(400, "BAD_SINCE", "No snapshot was ever frozen: say since when, as since=2026-03-01.")
        since, review = newest.created_at, newest.name
    found = changed_since(company, query.basis, since, first, last)
    return {
        "company": company.name,
        "basis": query.basis,
        "since": answers.moment(since),
        "review": review,
        "months": [answers.changed_month(month, changed) for month, changed in found.items()],
    }


@router.post(
    "/restatements/acknowledge",
    response={200: schemas.AcknowledgedOut, 422: ProblemOut} | REFUSALS,
    summary="Say that restatements were seen",
    openapi_extra=with_body({"ids": [12, 13], "note": "Late vendor bill; agreed with the controller."}),
)
def acknowledge_restatements(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.AcknowledgeIn
) -> dict[str, Any]:
    """By an administrator, or a key with write scope. Those acknowledged before keep their note."""
    company = administered_company(request, query.company, "Acknowledging restatements")
    if not body.all and not body.ids:
        raise ApiProblem(422, "NOTHING_NAMED", "Name restatements in ids, or say all: true.")
    ids = schemas.in_range(body.ids)
    if body.all:
        ids = list(restatements(company, only_open=True).values_list("pk", flat=True))
    count = acknowledge(company, ids, note=body.note, actor=caller_of(request).name, now=clock.now())
    return {"company": company.name, "acknowledged": count}


@router.post(
    "/qbwc/reread",
    response={202: WorkOut} | REFUSALS,
    summary="Read the stored answers again",
    openapi_extra=with_body({"from_scratch": False, "check": True}),
)
def reread(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.RereadIn, response: HttpResponse
) -> Status[dict[str, Any]]:
    """Never asks QuickBooks. Done in the background: Location is where its progress is told."""
    company = administered_company(request, query.company, "Reading answers again")
    asked = parameters(from_scratch=body.from_scratch, check=body.check)
    work = ask(company, KIND, asked, actor=caller_of(request).name, now=clock.now())
    response["Location"] = f"/api/work/{work.pk}"
    response["Retry-After"] = "2"
    return Status(202, work_json(work))


def _report(
    company: Company, basis: str, span: tuple[Month | None, Month | None], as_of: datetime | None
) -> MonthlyReport:
    if as_of is None:
        return monthly_report(company, basis, *span)
    return report_at(company, basis, as_of, *span)


def _rows(
    company: Company,
    query: schemas.MetricsQuery,
    span: tuple[Month | None, Month | None],
    as_of: datetime | None,
    since: datetime | None,
    tag: str,
) -> HttpResponse | dict[str, Any]:
    """A page of them; only those of the page are mapped."""
    if as_of is None:
        found, mapper = cells(company, query.basis, *span), mapper_of(company)
    else:
        found, mapper = cells_at(company, query.basis, *span, as_of), mapper_from(rules_at(company, as_of))
    if since is not None:
        wanted = months_changed_since(company, query.basis, since, {cell.month for cell in found})
        found = tuple(cell for cell in found if cell.month in wanted)
    page = list(answers.amount_rows(found[query.offset : query.offset + query.limit], mapper, query.basis))
    if query.format == "rows":
        return answers.rows_answer(company, query.basis, page, len(found), query.offset, as_of)
    file = csv_response(answers.rows_csv(page), f"{company.slug}-amounts-{query.basis}.csv")
    _tag(file, tag)
    return file


def _one_month(company: Company, basis: str, wanted: Month | None, running: Month) -> TieOutMonth:
    report = tie_out_report(company, basis, today=running, first=wanted, last=wanted)
    if wanted is None or not report.months or report.months[0].mark is None:
        raise ApiProblem(404, "NO_SUCH_MONTH", f"{wanted} has not been read from QuickBooks on {basis} basis.")
    return report.months[0]


def _span(query: schemas.SpanQuery) -> tuple[Month | None, Month | None]:
    first, last = month_in("from", query.first), month_in("to", query.last)
    if first is not None and last is not None and first > last:
        raise ApiProblem(400, "BAD_MONTHS", f"from ({first}) lies after to ({last}); swap them.")
    return first, last


def _as_of(text: str | None) -> datetime | None:
    try:
        moment = moment_of(text or "")
        if moment is not None:
            check_year(moment, "as_of")
        return moment
    except (BadMoment, BadSince) as problem:
        raise ApiProblem(400, "BAD_MOMENT", str(problem)) from problem


def _since(name: str, text: str | None) -> datetime | None:
    try:
        return since_of(text or "", name)
    except BadSince as problem:
        raise ApiProblem(400, "BAD_MOMENT", str(problem)) from problem


def _unchanged(request: HttpRequest, tag: str) -> HttpResponse | None:
    """304, or None when the answer is to be made."""
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        return None
    answer = HttpResponse(status=304)
    _tag(answer, tag)
    return answer


def _tag(response: HttpResponse, tag: str) -> None:
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
