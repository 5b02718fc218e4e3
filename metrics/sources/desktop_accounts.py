"""Which ledger account of the chart a report row stands for (order of attempts: qbXML facts 4.3).

RowData is a full name in every capture without account numbers; with numbers on, numbers can stand in its place or
before the name. Two accounts are never confused to save a match: what fits more than one account fits none, and an
account that is not found keeps its name from the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from metrics.profit_and_loss import Section
from metrics.sources.desktop_labels import OTHER, own_name, split_number
from metrics.sources.desktop_outline import Leaf

Key = TypeVar("Key")
_OTHER_WORD = re.compile(r" - [^\W\d_]+")

_Key = TypeVar("_Key")
_SECTIONS = {section.value: section for section in Section}


@dataclass(frozen=True)
class ChartAccount:
    """A line of the chart of accounts: full_name is the colon path without numbers, number may be empty."""

    list_id: str
    name: str
    full_name: str
    number: str
    account_type: str
    special_type: str


class Chart:
    """The profit and loss accounts of a chart, found by what a report prints of them."""

    def __init__(self, accounts: Sequence[ChartAccount]) -> None:
        known = [account for account in accounts if account.account_type in _SECTIONS]
        self._by_full_name = _unique((account.full_name.casefold(), account) for account in known)
        self._by_number = _unique((account.number.casefold(), account) for account in known if account.number)
        self._by_level = _unique(key for account in known for key in _level_keys(account))

    def find(self, leaf: Leaf) -> ChartAccount | None:
        """The account of a row: by RowData, by number and name, by the path the headings draw."""
        return (
            self._by_full_name.get(leaf.row.row_value.casefold())
            or self._by_levels(leaf.row.row_value)
            or self._by_number_and_name(split_number(leaf.row.row_value))
            or self._by_label(leaf)
            or self._by_drawn_path(leaf)
        )

    def section_of_parent(self, full_name: str) -> Section | None:
        """The section of the nearest parent the chart knows: a sub-account has its parent's type."""
        levels = full_name.split(":")
        for count in range(len(levels) - 1, 0, -1):
            parent = self._by_full_name.get(":".join(levels[:count]).casefold())
            if parent is not None:
                return section_of(parent)
        return None

    def _by_levels(self, value: str) -> ChartAccount | None:
        """Walk a path whose levels are names, numbers, or both; the first may be the number of a nested account."""
        first, *rest = value.casefold().split(":")
        account = self._by_level.get(("", first)) or self._by_number.get(first)
        for level in rest:
            account = self._by_level.get((account.full_name.casefold(), level)) if account else None
        return account

    def _by_number_and_name(self, numbered: tuple[str, str]) -> ChartAccount | None:
        number, name = numbered
        account = self._by_number.get(number.casefold()) if number else None
        return account if account and account.name.casefold() == name.casefold() else None

    def _by_label(self, leaf: Leaf) -> ChartAccount | None:
        number, name = split_number(leaf.row.label)
        return self._by_number_and_name((number, name)) or self._by_number_and_name((number, name.removesuffix(OTHER)))

    def _by_drawn_path(self, leaf: Leaf) -> ChartAccount | None:
        """The longest path that is an account. A loose heading that is an account itself is never left out."""
        for skipped in range(len(leaf.loose) + 1):
            account = self._by_full_name.get(_drawn_path(leaf, skipped).casefold()) or self._by_foreign_other(
                leaf, skipped
            )
            if account is not None:
                return account
            if skipped < len(leaf.loose) and self._by_full_name.get(_name(leaf.loose[skipped]).casefold()):
                return None
        return None

    def _by_foreign_other(self, leaf: Leaf, skipped: int) -> ChartAccount | None:
        """ "X - Autre" under X, where RowData does not say that X itself is meant."""
        headings = [_name(text) for text in (*leaf.loose, *leaf.groups)[skipped:]]
        name = _name(leaf.row.label)
        if leaf.row.row_value or not headings or not _OTHER_WORD.fullmatch(name.removeprefix(headings[-1])):
            return None
        return self._by_full_name.get(":".join(headings).casefold())


def section_of(account: ChartAccount) -> Section:
    """The section by AccountType."""
    return _SECTIONS[account.account_type]


def name_without_chart(leaf: Leaf) -> str:
    """The full name the report itself gives: RowData when it holds names, else the path the headings draw."""
    levels = [split_number(level) for level in leaf.row.row_value.split(":")]
    is_number = any(name.isdecimal() for _, name in levels)
    is_cut = len(levels) == 1 and levels[0][0] != ""  # "41000 · Accounting": the parents may be missing
    if not leaf.row.row_value.strip() or is_number or is_cut:
        return _drawn_path(leaf, 0)
    return ":".join(name for _, name in levels)


def _drawn_path(leaf: Leaf, skipped: int) -> str:
    """The path of headings and label, without numbers, and without the first `skipped` loose headings.

    Loose headings may be localised sections, which are no part of a path, or account groups, which are.
    """
    headings = (*leaf.loose, *leaf.groups)[skipped:]
    name = own_name(leaf.row.label, headings)
    return ":".join([*map(_name, headings), *([name] if name else [])])


def _name(text: str) -> str:
    return split_number(text)[1]


def _level_keys(account: ChartAccount) -> Iterable[tuple[tuple[str, str], ChartAccount]]:
    parent = account.full_name.rpartition(":")[0]
    number, name = account.number, account.name
    texts = {name, number, f"{number} · {name}", f"{number}.{name}"} if number else {name}
    return [((parent.casefold(), text.casefold()), account) for text in texts]


def _unique(pairs: Iterable[tuple[Key, ChartAccount]]) -> dict[Key, ChartAccount]:
    """By key, without the keys that two accounts share. Two names of one ListID are one account: the last counts."""
    found: dict[Key, ChartAccount] = {}
    shared: set[Key] = set()
    for key, account in pairs:
        if found.get(key, account).list_id != account.list_id:
            shared.add(key)
        found[key] = account
    return {key: account for key, account in found.items() if key not in shared}
