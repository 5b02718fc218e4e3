"""The rows with amounts of a Desktop report, each with the ledger account and the section it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.profit_and_loss import Section, UnreadableReport
from metrics.sources.desktop_accounts import Chart, ChartAccount, name_without_chart, section_of
from metrics.sources.desktop_cells import read_cells
from metrics.sources.desktop_columns import MonthColumns
from metrics.sources.desktop_outline import Leaf, Outline


@dataclass(frozen=True)
class Line:
    """A leaf with the account it stands for; cells as in LeafFigures."""

    leaf: Leaf
    account: ChartAccount | None
    full_name: str
    section: Section
    cells: tuple[Decimal | None, ...]

    @property
    def account_key(self) -> str:
        return self.account.list_id if self.account else f"name:{self.full_name}"


def read_lines(outline: Outline, chart: Chart, columns: MonthColumns) -> list[Line]:
    """Every leaf with its account, section and amounts; UnreadableReport for one in no known section."""
    accounts = [chart.find(leaf) for leaf in outline.leaves]
    by_heading = _sections_by_heading(outline.leaves, accounts)
    lines: list[Line] = []
    for leaf, account in zip(outline.leaves, accounts, strict=True):
        full_name = account.full_name if account else name_without_chart(leaf)
        section = section_of(account) if account else _section_without_chart(leaf, full_name, chart, by_heading)
        lines.append(Line(leaf, account, full_name, section, read_cells(leaf.row, columns.col_ids)))
    return lines


def _section_without_chart(leaf: Leaf, full_name: str, chart: Chart, by_heading: dict[int, Section]) -> Section:
    """By the English heading, by the parent's type, by the other accounts under the same localised heading."""
    section = leaf.section or chart.section_of_parent(full_name) or by_heading.get(leaf.heading)
    if section is None:
        raise UnreadableReport(
            f"Row {leaf.row.row_number} (“{leaf.row.label or leaf.row.row_value}”) is under no heading of a Profit & "
            "Loss that is known here, and the chart of accounts does not have it as an income or expense account. "
            "Read the chart of accounts again, then the report; it has to be ProfitAndLossStandard."
        )
    return section


def _sections_by_heading(leaves: Sequence[Leaf], accounts: Sequence[ChartAccount | None]) -> dict[int, Section]:
    """What localised headings stand for, where all accounts the chart knows under one agree."""
    found: dict[int, set[Section]] = {}
    for leaf, account in zip(leaves, accounts, strict=True):
        if leaf.heading and account:
            found.setdefault(leaf.heading, set()).add(section_of(account))
    return {heading: sections.pop() for heading, sections in found.items() if len(sections) == 1}
