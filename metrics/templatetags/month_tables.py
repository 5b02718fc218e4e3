"""The long tables of a company's page: each row's cells as one text, because a page holds many hundreds of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from metrics.charts import Cell, Row
from metrics.months import Month
from metrics.selectors import MonthColumn, UnmappedAccount
from metrics.templatetags.figures import account_type, figure, leaf, parents, tie_out_mark

register = template.Library()

_NOT_READ = '<span class="visually-hidden">not read</span>–'
_ESTIMATED = '<abbr title="estimated">*</abbr>'
_CLASSES = {
    (True, False): ' class="zero"',
    (False, True): ' class="running"',
    (True, True): ' class="zero running"',
}


@register.simple_tag
def month_heads(columns: Sequence[MonthColumn], running: Month, restated: Collection[Month]) -> SafeString:
    """The `<th>` of each month."""
    return SafeString("".join(_head(column.month, running, column.month in restated) for column in columns))


def _head(month: Month, running: Month, is_restated: bool) -> str:
    names, tags = ("num running", ' <span class="tag">so far</span>') if month >= running else ("num", "")
    tags += ' <span class="tag warn">restated</span>' if is_restated else ""
    return f'<th scope="col" class="{names}">{month.label[:3]} <span class="year">{month.year}</span>{tags}</th>'


@register.simple_tag
def cells(row: Row, months: Sequence[Month], slug: str, query: str) -> SafeString:
    """A row's `<td>` elements, each a link to its explanation."""
    start = escape(reverse("explain", args=(slug, row.key, "m")).removesuffix("m/"))
    end = escape(f"/{query}")
    found = (_cell(cell, f"{start}{month}{end}") for cell, month in zip(row.cells, months, strict=True))
    return SafeString("".join(found))


def _cell(cell: Cell, address: str) -> str:
    opening = f"<td{_CLASSES.get((cell.value == 0, cell.is_running), '')}>"
    if cell.value is None:
        return f"{opening}{_NOT_READ}</td>"
    return f'{opening}<a href="{address}">{figure(cell.value)}</a>{_ESTIMATED if cell.is_estimated else ""}</td>'


@register.simple_tag
def net_income_cells(columns: Iterable[MonthColumn], running: Month) -> SafeString:
    """What QuickBooks printed as Net Income, month by month."""
    amounts = ((column, figure(column.tie_out.quickbooks_net_income)) for column in columns)
    return SafeString("".join(f"{_plain(column, running)}{text}</td>" for column, text in amounts))


@register.simple_tag
def tie_out_cells(columns: Iterable[MonthColumn], running: Month) -> SafeString:
    """Whether each month equals it."""
    marks = ((column, tie_out_mark(column.tie_out.is_tied, column.tie_out.difference)) for column in columns)
    return SafeString("".join(f"{_plain(column, running)}{mark}</td>" for column, mark in marks))


def _plain(column: MonthColumn, running: Month) -> str:
    return '<td class="running">' if column.month >= running else "<td>"


_UNMAPPED = (
    '<tr role="row"><th scope="row" role="rowheader">{}{}</th><td role="cell" class="short" data-label="Type">{}</td>'
    '<td role="cell" class="num" data-label="Amount"><span>{}</span></td>'
    '<td role="cell" class="num" data-label="Months">{}</td>'
    '<td role="cell" class="short" data-label="Last in">{}</td></tr>'
)


@register.simple_tag
def unmapped_rows(accounts: Iterable[UnmappedAccount]) -> SafeString:
    """The rows of the ledger accounts that no rule knows: in a new company that may be all of them."""
    return SafeString("".join(_unmapped_row(account) for account in accounts))


def _unmapped_row(account: UnmappedAccount) -> str:
    number = f'<span class="path">{escape(account.number)} · </span>' if account.number else ""
    path = f'<span class="path">{escape(parents(account.full_name))}</span>'
    kind = escape(account_type(account.account_type))
    amount: Decimal = account.amount_total
    return _UNMAPPED.format(
        f"{number}{path}", escape(leaf(account.full_name)), kind, figure(amount), account.months,
        account.last_month.label,
    )  # fmt: skip
