"""What the linter of .qwc files says: rules, findings and the report."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from qbwc.qbxml.code_rows import Actor


class Severity(enum.IntEnum):
    """ERROR: the Web Connector refuses the file or the connection cannot work. NOTE: right, but worth knowing."""

    ERROR = 3
    WARNING = 2
    NOTE = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `why` names the QBWC code that the Web Connector shows, where there is one."""

    id: str
    severity: Severity
    source: str
    why: str
    fix: str
    actor: Actor = Actor.DEVELOPER


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a file breaks, and where; `what` is a sentence without secrets."""

    rule: str
    what: str
    element: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule with everything that a person needs."""

    rule: str
    severity: Severity
    line: int | None
    element: str
    what: str
    why: str
    fix: str
    actor: Actor


@dataclass(frozen=True)
class LintReport:
    """Findings, worst first, and what was read: element → value, without secrets."""

    findings: tuple[Finding, ...]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)
