"""REST around a review: targets, reporting settings, head counts, notes, and work in the background."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Path, Query, Router, Status
from ninja.files import UploadedFile

from accounts import clock
from accounts.api_access import administered_company, caller_of, seen_company
from accounts.authentication import ApiProblem
from accounts.models import Company
from metrics.api_schemas import LARGEST_ID, CompanyQuery, ProblemOut
from metrics.head_counts import changes as head_count_changes
from metrics.head_counts.changes import BadHeadCount
from metrics.head_counts.selectors import head_counts
from metrics.models import BackgroundWork, Note
from metrics.months import Month
from metrics.reporting.settings import BadSettings, reporting_of, save_reporting
from metrics.review import notes, schemas
from metrics.review.answers import (
    difference_json,
    head_count_json,
    head_counts_json,
    note_json,
    reporting_json,
    target_json,
    work_json,
)
from metrics.review.notes import BadNote, NoteWasChanged, NotYourNote
from metrics.spreadsheets import MOST_BYTES, SheetError
from metrics.targets.changes import difference, save_targets
from metrics.targets.files import TargetFile, read_targets
from metrics.targets.rules import TargetError, TargetKind, TargetSource, TargetValue
from metrics.targets.selectors import targets, values

router = Router(tags=["Reviews"])

REFUSALS = dict.fromkeys((400, 401, 403, 404, 422), ProblemOut)
RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class Refusal(ApiProblem):
    """Something that cannot be kept; `detail` says for each place what is wrong."""

    def __init__(self, code: str, message: str, detail: list[dict[str, Any]], status: int = 422) -> None:
        super().__init__(status, code, message)
        self.detail = detail


@router.get("/targets", response={200: schemas.TargetsOut} | REFUSALS, summary="Targets and budgets by month")
def list_targets(request: HttpRequest, query: Query[schemas.TargetsQuery]) -> dict[str, Any]:
    company = seen_company(request, query.company)
    first, last = span(query)
    found = targets(company, first, last, query.kind)
    return {"company": company.name, "targets": [target_json(one) for one in found]}


@router.put("/targets", response={200: schemas.TargetDifferenceOut} | REFUSALS, summary="Set targets")
def put_targets(request: HttpRequest, query: Query[CompanyQuery], body: schemas.TargetsIn) -> dict[str, Any]:
    """Those named are set, all others stay. One that cannot be kept, and nothing is saved."""
    company = administered_company(request, query.company, "Changing targets")
    wanted, problems = [], []
    for place, one in enumerate(body.targets):
        try:
            wanted.append(TargetValue(one.metric, month_of(one.month), amount_of(one.amount), one.kind))
        except TargetError as problem:
            problems.append({"where": f"targets.{place}", "why": str(problem)})
    refuse("BAD_TARGETS", "Nothing was saved: some targets cannot be kept.", problems)
    found = save_targets(company, wanted, actor=caller_of(request).name, now=clock.now())
    return difference_json(company, found, dry_run=False)


@router.delete("/targets", response={200: schemas.TargetDifferenceOut} | REFUSALS, summary="Delete targets")
def delete_targets(request: HttpRequest, query: Query[CompanyQuery], body: schemas.PlacesIn) -> dict[str, Any]:
    """What is not there is passed over; QuickBooks' own budget stays."""
    company = administered_company(request, query.company, "Changing targets")
    places = [(one.kind, one.metric, month_of(one.month)) for one in body.targets]
    found = save_targets(company, (), places, actor=caller_of(request).name, now=clock.now())
    return difference_json(company, found, dry_run=False)


@router.post("/targets/import", response={200: schemas.TargetDifferenceOut} | REFUSALS, summary="Import a file")
def import_targets(request: HttpRequest, query: Query[schemas.ImportQuery], file: File[UploadedFile]) -> dict[str, Any]:
    """A CSV or .xlsx file with metrics down and months across, or one line per month and metric."""
    company = administered_company(request, query.company, "Changing targets")
    read = _file(file, query.kind)
    removed = _removed(company, read) if query.replace else set()
    if query.dry_run:
        found = difference(company, read.values, removed)
    else:
        found = save_targets(company, read.values, removed, actor=caller_of(request).name, now=clock.now())
    return difference_json(company, found, dry_run=query.dry_run, rounded=read.rounded)


@router.get("/reporting", response={200: schemas.ReportingOut} | REFUSALS, summary="How figures are read and shown")
def get_reporting(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    company = seen_company(request, query.company)
    return reporting_json(company, reporting_of(company))


@router.patch("/reporting", response={200: schemas.ReportingOut} | REFUSALS, summary="Change settings")
def patch_reporting(request: HttpRequest, query: Query[CompanyQuery], body: schemas.ReportingPatch) -> dict[str, Any]:
    """Fields that are left out stay as they are."""
    company = administered_company(request, query.company, "Changing the settings")
    changes = body.dict(exclude_unset=True)
    if "unmapped_threshold_percent" in changes:
        changes["unmapped_threshold_percent"] = _percent(changes["unmapped_threshold_percent"])
    try:
        reporting = save_reporting(company, changes, actor=caller_of(request).name, now=clock.now())
    except BadSettings as bad:
        detail = [{"where": field, "why": why} for field, why in bad.problems.items()]
        raise Refusal("BAD_SETTINGS", f"Nothing was saved. {bad}", detail) from bad
    return reporting_json(company, reporting)


@router.get("/head-counts", response={200: schemas.HeadCountsOut} | REFUSALS, summary="Head counts by month")
def list_head_counts(request: HttpRequest, query: Query[CompanyQuery]) -> dict[str, Any]:
    """Newest first."""
    company = seen_company(request, query.company)
    return head_counts_json(company, head_counts(company, clock.now()))


@router.put("/head-counts/{month}", response={200: schemas.HeadCountOut} | REFUSALS, summary="Enter a head count")
def put_head_count(
    request: HttpRequest, month: str, query: Query[CompanyQuery], body: schemas.HeadCountIn
) -> dict[str, Any]:
    company = administered_company(request, query.company, "Entering a head count")
    wanted, actor, now = month_of(month), caller_of(request).name, clock.now()
    if body.employees is None:
        head_count_changes.take_back(company, wanted, actor=actor, now=now)
    else:
        try:
            head_count_changes.enter(company, wanted, body.employees, body.note, actor=actor, now=now)
        except BadHeadCount as bad:
            detail = [{"where": field, "why": why} for field, why in bad.problems.items()]
            raise Refusal("BAD_HEAD_COUNT", str(bad), detail) from bad
    line = next((one for one in head_counts(company, now) if one.month == wanted), None)
    if line is None:
        raise ApiProblem(404, "NO_SUCH_MONTH", f"There is no head count, and there are no figures, of {wanted}.")
    return head_count_json(line)


@router.get("/notes", response={200: schemas.NotesOut} | REFUSALS, summary="Notes on months and metrics")
def list_notes(request: HttpRequest, query: Query[schemas.SpanQuery]) -> dict[str, Any]:
    """Newest first."""
    company = seen_company(request, query.company)
    first, last = span(query)
    return {"company": company.name, "notes": [note_json(note) for note in notes.notes(company, first, last)]}


@router.post("/notes", response={201: schemas.NoteOut} | REFUSALS, summary="Add a note")
def add_note(request: HttpRequest, query: Query[CompanyQuery], body: schemas.NoteIn) -> Status[dict[str, Any]]:
    """By any person who may see the company, or a key with write scope."""
    company = _may_note(request, query.company)
    month = month_of(body.month) if body.month else None
    try:
        note = notes.add_note(company, body.text, month, body.metric, actor=caller_of(request).name, now=clock.now())
    except BadNote as bad:
        raise _bad_note(bad) from bad
    return Status(201, note_json(note))


@router.patch("/notes/{note_id}", response={200: schemas.NoteOut, 409: ProblemOut} | REFUSALS, summary="Change a note")
def change_note(
    request: HttpRequest, query: Query[CompanyQuery], body: schemas.NotePatch, note_id: RowId
) -> dict[str, Any]:
    """By its author or an administrator. With `version`, never over what somebody else wrote meanwhile."""
    company = _may_note(request, query.company)
    note, caller = _note(company, note_id), caller_of(request)
    may_administer = caller.may_administer(company)
    try:
        return note_json(
            notes.change_note(
                note,
                body.text,
                actor=caller.name,
                may_administer=may_administer,
                now=clock.now(),
                seen=body.version,
            )
        )
    except NotYourNote as problem:
        raise ApiProblem(403, "FORBIDDEN", str(problem)) from problem
    except NoteWasChanged as problem:
        raise ApiProblem(409, "NOTE_CHANGED", str(problem)) from problem
    except BadNote as bad:
        raise _bad_note(bad) from bad


@router.delete("/notes/{note_id}", response={204: None} | REFUSALS, summary="Delete a note")
def delete_note(request: HttpRequest, query: Query[CompanyQuery], note_id: RowId) -> Status[None]:
    company = _may_note(request, query.company)
    caller = caller_of(request)
    may_administer = caller.may_administer(company)
    try:
        notes.delete_note(_note(company, note_id), actor=caller.name, may_administer=may_administer, now=clock.now())
    except NotYourNote as problem:
        raise ApiProblem(403, "FORBIDDEN", str(problem)) from problem
    return Status(204, None)


@router.get(
    "/work/{work_id}",
    response={200: schemas.WorkOut, 202: schemas.WorkOut} | REFUSALS,
    summary="How far work in the background is",
)
def get_work(request: HttpRequest, query: Query[CompanyQuery], work_id: RowId) -> Status[dict[str, Any]]:
    """202 while it waits or runs, 200 when it is done or has failed."""
    work = _work(request, query.company, work_id)
    is_over = work.state in (BackgroundWork.State.DONE, BackgroundWork.State.FAILED)
    return Status(200 if is_over else 202, work_json(work))


@router.get("/work/{work_id}/file", response=REFUSALS, summary="The file that work in the background made")
def get_work_file(request: HttpRequest, query: Query[CompanyQuery], work_id: RowId) -> HttpResponse:
    work = _work(request, query.company, work_id)
    if work.file_body is None or work.state != BackgroundWork.State.DONE:
        raise ApiProblem(404, "NO_FILE", f"There is no file: the work is {work.get_state_display().lower()}.")
    headers = {"Content-Disposition": _disposition(work.file_name), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(work.file_body), content_type=work.file_type, headers=headers)


def month_of(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as problem:
        raise ApiProblem(400, "BAD_MONTHS", f"“{text}” is not a month; write it as 2026-01.") from problem


def span(query: schemas.SpanQuery) -> tuple[Month | None, Month | None]:
    first, last = (month_of(text) if text else None for text in (query.first, query.last))
    if first is not None and last is not None and first > last:
        raise ApiProblem(400, "BAD_MONTHS", f"from ({first}) lies after to ({last}); swap them.")
    return first, last


def amount_of(text: str) -> Decimal:
    """Raises TargetError."""
    try:
        return Decimal(text)
    except InvalidOperation as problem:
        raise TargetError("The amount is not a number: write it as 1234.56.") from problem


def refuse(code: str, message: str, problems: list[dict[str, Any]]) -> None:
    if problems:
        raise Refusal(code, message, problems)


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as problem:
        detail = [{"where": "unmapped_threshold_percent", "why": "Write a number like 1.5."}]
        raise Refusal("BAD_SETTINGS", "Nothing was saved: the threshold is not a number.", detail) from problem


def _file(file: UploadedFile, kind: TargetKind) -> TargetFile:
    try:
        read = read_targets(file.read(MOST_BYTES + 1), kind)
    except SheetError as problem:
        raise ApiProblem(422, "BAD_FILE", str(problem)) from problem
    problems = [{"where": f"{one.column}{one.row}", "why": one.message} for one in read.problems]
    refuse("BAD_FILE", "Nothing was saved: some cells of the file cannot be used.", problems)
    return read


def _removed(company: Company, read: TargetFile) -> set[tuple[TargetKind, str, Month]]:
    """What the file's months and kinds have now, of people and files."""
    months, kinds = {one.month for one in read.values}, {one.kind for one in read.values}
    return {
        (one.kind, one.metric_key, one.month)
        for one in values(company)
        if one.month in months and one.kind in kinds and one.source is not TargetSource.QUICKBOOKS
    }


def _may_note(request: HttpRequest, name: str | None) -> Company:
    """A person who sees the company; a program only with write scope."""
    return (
        seen_company(request, name)
        if caller_of(request).user is not None
        else administered_company(request, name, "Writing notes")
    )


def _note(company: Company, note_id: int) -> Note:
    note = Note.objects.filter(company=company, pk=note_id).select_related("company").first()
    if note is None:
        raise ApiProblem(404, "NO_SUCH_NOTE", f"{company.name} has no note {note_id}.")
    return note


def _bad_note(bad: BadNote) -> Refusal:
    return Refusal("BAD_NOTE", str(bad), [{"where": field, "why": why} for field, why in bad.problems.items()])


def _work(request: HttpRequest, name: str | None, work_id: int) -> BackgroundWork:
    company = seen_company(request, name)
    work = BackgroundWork.objects.filter(company=company, pk=work_id).first()
    if work is None:
        raise ApiProblem(404, "NO_SUCH_WORK", f"{company.name} has no work {work_id}; it is kept for seven days.")
    return work


def _disposition(name: str) -> str:
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in name)
    return f'attachment; filename="{plain or "file"}"'
