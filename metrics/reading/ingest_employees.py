"""The employee list into what head count needs of it; names are never asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.models import Company
from metrics.head_counts.rows import as_employee, first_list_at, freeze
from metrics.models import EmployeeRecord, SyncHistory
from metrics.reading.sync_record import READ_ALREADY, Reading, Refused, is_superseded, moment_of, record, response_in
from metrics.recompute import recompute
from qbwc.purposes import Delivered
from qbwc.qbxml.responses import EmployeeRet, MalformedAnswer, read_employees

_COLUMNS = ("is_active", "employee_type", "hired_date", "released_date", "created_date", "modified_date")


def parse(delivered: Delivered) -> tuple[EmployeeRet, ...]:
    """Raises Refused. Nobody matches (statusCode 1): an empty tuple."""
    try:
        return read_employees(response_in(delivered.text, "EmployeeQueryRs"))
    except MalformedAnswer as problem:
        raise Refused(f"The employee list cannot be read: {problem}") from problem


def write(employees: tuple[EmployeeRet, ...], delivered: Delivered, company: Company) -> Reading:
    """Upsert all; an employee who is missing was never paid and was deleted in QuickBooks (qbxml.md 5)."""
    is_minimal = delivered.job.parameters.get("fields") == "minimal"
    rows = [_row(company, employee) for employee in employees]
    if is_superseded(delivered, SyncHistory.SyncType.EMPLOYEES):
        since = first_list_at(company)
        record(delivered, SyncHistory.SyncType.EMPLOYEES, Reading(READ_ALREADY), success=True)
        freeze(company, [as_employee(row) for row in rows], delivered.exchange, moment_of(delivered))
        if first_list_at(company) != since:
            _freeze_by_later_lists(company, delivered)
        recompute(company, as_of=delivered.now.date())
        return Reading(READ_ALREADY)
    if is_minimal:
        _keep_restricted(rows, company)
    _replace(rows, company)
    reading = _reading(len(rows), is_minimal)
    # Recorded first: head counts appear once an employees answer was read, and this is one.
    record(delivered, SyncHistory.SyncType.EMPLOYEES, reading, success=True)
    freeze(company, [as_employee(row) for row in rows], delivered.exchange, moment_of(delivered))
    recompute(company, as_of=delivered.now.date())
    return reading


def _freeze_by_later_lists(company: Company, delivered: Delivered) -> None:
    """A first list that comes late: lists that were read already turn out to be the first after a month's end."""
    later = SyncHistory.objects.filter(
        company=company, sync_type=SyncHistory.SyncType.EMPLOYEES, success=True, exchange_id__gt=delivered.exchange.pk
    )
    for line in later.exclude(exchange__response_payload=None).select_related("exchange").order_by("exchange_id"):
        assert line.exchange is not None
        one = Delivered(line.exchange.job, line.exchange, None, "", delivered.now)
        employees = [as_employee(_row(company, employee)) for employee in parse(one)]
        freeze(company, employees, line.exchange, moment_of(one))


def _reading(count: int, is_minimal: bool) -> Reading:
    text = f"Read {count} employees."
    if is_minimal:
        text += (
            " Hire and release dates were left out, because the QuickBooks user that the Web Connector signs in as"
            " may not see them; months are estimated from when records were made and changed. A QuickBooks"
            " administrator can grant that user the Employees and Payroll area."
        )
    return Reading(text, {"employees": count, "fields": "minimal" if is_minimal else "all"})


def _row(company: Company, employee: EmployeeRet) -> EmployeeRecord:
    return EmployeeRecord(
        company=company,
        list_id=employee.list_id,
        is_active=employee.is_active,
        employee_type=employee.employee_type,
        hired_date=employee.hired_date,
        released_date=employee.released_date,
        created_date=employee.created_date,
        modified_date=employee.modified_date,
    )


def _keep_restricted(rows: Sequence[EmployeeRecord], company: Company) -> None:
    """A minimal answer has no dates of hire and release; those once read stay, unless they contradict it."""
    known: Mapping[str, EmployeeRecord] = {row.list_id: row for row in EmployeeRecord.objects.filter(company=company)}
    for row in rows:
        before = known.get(row.list_id)
        if before is None:
            continue
        row.employee_type, row.hired_date = before.employee_type, before.hired_date
        if before.is_active == row.is_active:
            row.released_date = before.released_date


def _replace(rows: Sequence[EmployeeRecord], company: Company) -> None:
    EmployeeRecord.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["company", "list_id"], update_fields=list(_COLUMNS)
    )
    EmployeeRecord.objects.filter(company=company).exclude(list_id__in=[row.list_id for row in rows]).delete()
