"""The accounts of the workspace as the tree QuickBooks has: sections, parents with their sums, "Parent - Other"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from metrics.mappings.matching import subject_of
from metrics.mappings.number_ranges import number_key
from metrics.profit_and_loss import ZERO, Section
from metrics.workspace.accounts import WorkspaceAccount

Amounts = tuple[Decimal | None, ...]


@dataclass(frozen=True)
class TreeRow:
    """One line: a section (depth 0), a parent with what it and all below it came to, or an account.

    `account` is the line's own account; None for a section, and for a parent that the chart does not know or whose own
    postings have a line of their own. is_continued: shown again on top of a later page, so that the path is seen.
    """

    name: str
    depth: int
    section: Section
    amounts: Amounts
    total: Decimal
    account: WorkspaceAccount | None = None
    number: str = ""
    is_section: bool = False
    is_parent: bool = False
    is_continued: bool = False
    children: int = 0


@dataclass(frozen=True)
class TreePage:
    """Some rows of the tree, with the parents of the first one on top. Pages count from 1."""

    rows: tuple[TreeRow, ...]
    number: int
    pages: int


@dataclass
class _Node:
    """A level of a path while the tree is made."""

    name: str
    own: WorkspaceAccount | None = None
    children: dict[str, _Node] = field(default_factory=dict)
    amounts: list[Decimal | None] = field(default_factory=list)
    total: Decimal = ZERO

    def add(self, account: WorkspaceAccount) -> None:
        self.total += account.total
        self.amounts = self.amounts or [None] * len(account.amounts)
        for place, amount in enumerate(account.amounts):
            if amount is not None:
                self.amounts[place] = (self.amounts[place] or ZERO) + amount


def tree_rows(accounts: Iterable[WorkspaceAccount]) -> tuple[TreeRow, ...]:
    """Sections in printed order; in each level by account number, those without one after them by name."""
    roots: dict[Section, _Node] = {}
    for account in accounts:
        node = roots.setdefault(account.section, _Node(account.section.value))
        node.add(account)
        for level in _levels(account):
            node = node.children.setdefault(level.strip().casefold(), _Node(level.strip()))
            node.add(account)
        if node.own is None:
            node.own = account
        else:  # two accounts of one name, one of them unknown to the chart: each has its line
            node.children[f"\0{account.account_key}"] = twin = _Node(account.full_name.rpartition(":")[2], account)
            twin.add(account)
    return tuple(row for section in Section if section in roots for row in _section_rows(section, roots[section]))


def page_of(rows: Sequence[TreeRow], number: int, size: int) -> TreePage:
    """The page with this number, or the nearest there is."""
    pages = max(1, -(-len(rows) // size))
    number = min(max(number, 1), pages)
    start = (number - 1) * size
    return TreePage((*_above(rows, start), *rows[start : start + size]), number, pages)


def _levels(account: WorkspaceAccount) -> list[str]:
    """Of the path. "Payroll:Payroll - Other" is Payroll itself; rules see it that way too, and know it by two names."""
    levels = account.full_name.split(":")
    if not levels[-1].strip().casefold().endswith(" - other"):
        return levels
    is_other = len(subject_of(account.full_name, account.section, "", "").names) > 1
    return levels[:-1] if is_other else levels


def _section_rows(section: Section, root: _Node) -> Iterator[TreeRow]:
    count = sum(1 for _ in _leaves(root))
    yield TreeRow(
        section.value, 0, section, tuple(root.amounts), root.total, is_section=True, is_parent=True, children=count
    )
    for node in _in_order(root):
        yield from _rows(node, 1, section)


def _rows(node: _Node, depth: int, section: Section) -> Iterator[TreeRow]:
    number = node.own.number if node.own else ""
    row = TreeRow(node.name, depth, section, tuple(node.amounts), node.total, node.own, number)
    if not node.children:
        yield row
        return
    own = node.own
    has_own_line = own is not None and own.has_amounts
    yield replace(row, account=None if has_own_line else own, is_parent=True, children=len(node.children))
    for child in _in_order(node):
        yield from _rows(child, depth + 1, section)
    if own is not None and has_own_line:  # QuickBooks prints what was booked to the parent itself last
        yield TreeRow(f"{node.name} - Other", depth + 1, section, own.amounts, own.total, own)


def _in_order(node: _Node) -> list[_Node]:
    return sorted(node.children.values(), key=_order)


def _order(node: _Node) -> tuple[bool, tuple[object, ...], str]:
    number = node.own.number.strip() if node.own else ""
    return not number, number_key(number) if number else (), node.name.casefold()


def _leaves(node: _Node) -> Iterator[_Node]:
    if node.own is not None:
        yield node
    for child in node.children.values():
        yield from _leaves(child)


def _above(rows: Sequence[TreeRow], start: int) -> list[TreeRow]:
    """The section and the parents of the row at `start`, from the top."""
    if not 0 < start < len(rows):
        return []
    found: list[TreeRow] = []
    depth = rows[start].depth
    for row in reversed(rows[:start]):
        if row.depth < depth:
            found.append(replace(row, is_continued=True))
            depth = row.depth
        if depth == 0:
            break
    return found[::-1]
