"""An examination for a reader: what they may see of it, as one JSON object, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.models import Company
from accounts.permissions import Caller
from qwc.doctor_checks.examination import Examination
from qwc.findings import BY_NAME, Finding, Group, Level, without_details, worst_level

_SIGNS = {Level.ERROR: "ERROR  ", Level.WARNING: "WARNING", Level.NOTE: "note   ", Level.OK: "ok     "}


def companies_for(caller: Caller) -> list[Company]:
    """Those whose findings the caller gets: the ones they administer, or the key's own."""
    visible = list(Company.objects.visible_to(caller))
    if caller.api_key is not None or (caller.user is not None and caller.user.is_superuser):
        return visible
    return [company for company in visible if caller.may_administer(company)]


def sees_details(caller: Caller) -> bool:
    """Paths, addresses and versions are for whoever runs the server."""
    return caller.user is not None and caller.user.is_superuser


def findings_for(found: Iterable[Finding], *, with_details: bool) -> tuple[Finding, ...]:
    return tuple(found) if with_details else tuple(without_details(each) for each in found)


def as_json(examination: Examination, *, with_details: bool = True) -> dict[str, Any]:
    """What `manage.py doctor --json` prints and GET /api/doctor answers."""
    found = findings_for(examination.findings, with_details=with_details)
    return {
        "level": worst_level(found).value,
        "checked_at": examination.at.isoformat(timespec="seconds"),
        "public_url_checked_at": examination.outside_at.isoformat(timespec="seconds")
        if examination.outside_at
        else None,
        "counts": {level.value: sum(each.level is level for each in found) for level in Level},
        "findings": [_row(each) for each in found],
    }


def _row(finding: Finding) -> dict[str, Any]:
    check = BY_NAME[finding.check]
    return {
        "check": finding.check,
        "group": check.group.value,
        "title": check.title,
        "level": finding.level.value,
        "company": finding.company or None,
        "what": finding.what,
        "why": finding.why,
        "fix": finding.fix,
        "actor": finding.actor.value,
        "details": dict(finding.details),
    }


def lines(examination: Examination, *, with_all: bool) -> list[str]:
    """Worst first; what is well is only counted unless `with_all`."""
    found = examination.findings
    shown = [each for each in found if with_all or each.level is not Level.OK]
    said = [line for each in shown for line in _lines_of(each)]
    well = sum(each.level is Level.OK for each in found)
    problems = sum(each.is_problem for each in found)
    ending = f"{well} of {len(found)} checks are well" + ("." if problems else "; nothing has to be done.")
    return [*said, ending]


def _lines_of(finding: Finding) -> list[str]:
    whose = f" [{finding.company}]" if finding.company else ""
    said = [f"{_SIGNS[finding.level]} {finding.check}{whose}: {finding.what}"]
    if finding.level is not Level.OK:
        said += [f"        {text}" for text in (finding.why, _advice(finding)) if text]
        said += [f"        {name}: {value}" for name, value in finding.details]
    return said


def _advice(finding: Finding) -> str:
    if not finding.fix:
        return ""
    return f"To do, by {finding.actor.value}: {finding.fix}"


def groups_of(found: Iterable[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """For the page: (title, company's slug, findings worst first), the group with the worst finding first."""
    grouped: dict[tuple[Group, str], list[Finding]] = {}
    for each in found:  # worst first already, so that the first of a group places it
        grouped.setdefault((BY_NAME[each.check].group, each.company), []).append(each)
    return [(group.value, company, rows) for (group, company), rows in grouped.items()]
