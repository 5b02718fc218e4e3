"""One company's figures: were the answers read, do the months tie out, is every account mapped."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from metrics.mappings.rows import problems_of, values_of
from metrics.models import AccountMapping, MonthlyMetric
from metrics.months import Month
from metrics.reading.sync_selectors import sync_state
from qwc.doctor_checks.company import Patient
from qwc.findings import Actor, Finding, error, fine, note, warning

MONTHS_JUDGED = 12
SHARE_TO_WARN = Decimal("0.05")


def reading(patient: Patient) -> Finding:
    failed = [line for line in sync_state(patient.company) if line.failure]
    if not failed:
        return fine("company.reading", "The newest answer of each kind could be read.")
    what = f"The newest reading failed: {', '.join(line.label for line in failed)}."
    why = " ".join(line.failure for line in failed)[:500]
    fix = "Do what the reason says; the sync console shows each job, and “Sync at the next call” reads again."
    return warning("company.reading", what, why, fix, Actor.ADMINISTRATOR)


def tie_out(patient: Patient) -> Finding:
    rows = MonthlyMetric.objects.filter(company=patient.company, tie_out_status=MonthlyMetric.TieOutStatus.UNTIED)
    months = sorted(set(rows.values_list("month", flat=True)))
    if not months:
        return fine("company.tie_out", "Every month that was read ties out.")
    names = ", ".join(Month.of(month).label for month in months[-6:])
    what = f"{len(months)} {'month does' if len(months) == 1 else 'months do'} not tie out: {names}."
    why = "QuickBooks' report does not add up to its own Net Income, so the last figures that did are shown."
    fix = "Read again; if it stays, verify the company file in QuickBooks (File, Utilities, Verify Data)."
    return warning("company.tie_out", what, why, fix, Actor.PC)


def unmapped(patient: Patient) -> Finding:
    rows = MonthlyMetric.objects.filter(company=patient.company).order_by("-month")
    newest = rows.values_list("unmapped_revenue", "unmapped_expenses", "total_revenue", "total_expenses")
    share = _share(list(newest[: MONTHS_JUDGED * 2]))  # both bases
    if not share:
        return fine("company.unmapped", "Every account of the last twelve months is mapped.")
    make = warning if share > SHARE_TO_WARN else note
    what = f"{share:.1%} of the last twelve months' revenue and expenses is unmapped."
    why = "It counts in the totals, but in no metric."
    return make("company.unmapped", what, why, "Map the accounts on the mapping page.", Actor.ADMINISTRATOR)


def _share(rows: list[tuple[Decimal, Decimal, Decimal, Decimal]]) -> Decimal:
    """Of sizes, so that a credit does not hide a charge."""
    loose = sum((abs(row[0]) + abs(row[1]) for row in rows), Decimal(0))
    whole = sum((abs(row[2]) + abs(row[3]) for row in rows), Decimal(0))
    return loose / whole if whole else Decimal(1) if loose else Decimal(0)


def mappings(patient: Patient) -> Finding:
    rows = AccountMapping.objects.filter(company=patient.company, is_active=True)
    wrong = [(row, problems) for row in rows if (problems := problems_of(values_of(row)))]
    if not wrong:
        return fine("company.mappings", "Every mapping rule can be used.")
    row, problems = wrong[0]
    what = f"{len(wrong)} mapping {'rule' if len(wrong) == 1 else 'rules'} cannot be used."
    why = f"It counts for nothing. “{row.pattern[:80]}”: {' '.join(problems.values())[:300]}"
    return error("company.mappings", what, why, "Mend or delete it on the mapping page.", Actor.ADMINISTRATOR)


CHECKS: dict[str, Callable[[Patient], Finding]] = {
    "company.reading": reading,
    "company.tie_out": tie_out,
    "company.unmapped": unmapped,
    "company.mappings": mappings,
}
