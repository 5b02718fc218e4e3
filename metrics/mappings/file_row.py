"""One mapping as a row of a file: what is exported, imported, and compared before an import is applied."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.mapping import MatchType, Rule
from metrics.months import Month
from metrics.profit_and_loss import Section

# In the order in which a file has them.
COLUMNS = (
    "priority",
    "match_type",
    "pattern",
    "list_id",
    "account_types",
    "account_numbers",
    "metric",
    "effective_from",
    "effective_to",
    "active",
    "note",
)


@dataclass(frozen=True)
class MappingFileRow:
    """A mapping in plain words; account_types are QuickBooks' AccountTypes, none of them: every account."""

    priority: int
    match_type: str
    pattern: str
    list_id: str
    account_types: tuple[str, ...]
    account_numbers: str
    qbr_metric_key: str
    effective_from: Month | None = None
    effective_to: Month | None = None
    is_active: bool = True
    note: str = ""


@dataclass(frozen=True)
class RowError:
    """What is wrong with a cell: the row as the spreadsheet numbers it (0: the file as a whole), the column's name."""

    row: int
    column: str
    message: str


def rule_of(row: MappingFileRow) -> Rule:
    """The rule it stands for; ValueError for a match type or account type that does not exist."""
    return Rule(
        rule_id=None,
        match_type=MatchType(row.match_type),
        pattern=row.pattern,
        sections=frozenset(Section(value) for value in row.account_types),
        metric_key=row.qbr_metric_key,
        priority=row.priority,
        list_id=row.list_id,
        numbers=row.account_numbers,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
    )
