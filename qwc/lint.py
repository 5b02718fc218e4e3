"""A linter for any .qwc file, ours or another's: every rule of the Web Connector, with reason and remedy."""

from __future__ import annotations

from typing import Any, Final

from qwc.lint_addresses import check_addresses, without_secrets
from qwc.lint_checks import check_choices, check_identity, check_names, check_presence, check_schedule
from qwc.lint_findings import Finding, LintReport, Severity
from qwc.lint_reading import IN_SCHEDULER, LARGEST, Reading, read
from qwc.lint_rules import finding_of
from qwc.who import WHO

__all__ = ["LARGEST", "Finding", "LintReport", "Severity", "answer_of", "lint"]

_ADDRESSES: Final = frozenset({"AppURL", "AppSupport", "CertURL"})
_LONGEST_FACT: Final = 300


def lint(text: bytes) -> LintReport:
    """Every broken rule, worst first and then in the file's order. Never raises; needs no network."""
    reading = read(text)
    if reading.is_read:
        for check in (check_presence, check_names, check_addresses, check_identity, check_choices, check_schedule):
            check(reading)
    findings = sorted(map(finding_of, reading.broken), key=lambda found: (-found.severity, found.line or 0))
    return LintReport(tuple(findings), _facts(reading))


def _facts(reading: Reading) -> dict[str, str]:
    """What was read, in the file's order; of a repeated element the first."""
    facts: dict[str, str] = {}
    for element in reading.elements:
        if element.name == "Scheduler" or (element.name in IN_SCHEDULER and "Scheduler" in facts):
            continue
        value = element.value.strip()
        shown = without_secrets(value) if element.name in _ADDRESSES else value
        if element.name in IN_SCHEDULER:
            facts["Scheduler"] = f"{element.name} {shown[:40]}"
        else:
            facts.setdefault(element.name, shown[:_LONGEST_FACT])
    return facts


def answer_of(report: LintReport) -> dict[str, Any]:
    """The report as JSON has it."""
    return {
        "ok": not report.has_errors,
        "findings": [
            {
                "rule": found.rule,
                "severity": found.severity.name.lower(),
                "line": found.line,
                "element": found.element,
                "what": found.what,
                "why": found.why,
                "fix": found.fix,
                "who": WHO[found.actor],
            }
            for found in report.findings
        ],
        "facts": report.facts,
    }
