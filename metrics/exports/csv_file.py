"""A review as CSV: the months table with the period beside it, then the derived figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from metrics.arithmetic import Unit
from metrics.derived import Figure
from metrics.exports.review import Line, Review
from metrics.spreadsheets import Cell, Percent, Row, write_csv


def review_csv(review: Review) -> bytes:
    """UTF-8 with a mark; text that looks like a formula gets an apostrophe in front."""
    return write_csv(rows_of(review))


def rows_of(review: Review) -> Iterable[Row]:
    """Facts, then one row per metric: months, period, earlier periods' change, target."""
    yield ("Company", review.company)
    yield ("Review", review.name)
    yield ("Period", review.period, review.first, review.last)
    yield ("Basis", review.basis, "Currency", review.currency)
    yield ("Status", review.status, "SHA-256", review.sha256)
    yield ("Tie-out", review.tie_out)
    yield ("Source", review.source)
    yield from (("Caution", one) for one in review.cautions)
    yield from (("Not ready because", one) for one in review.reservations)
    yield ()
    yield _heads("Metric", review)
    yield from (_row(line) for line in review.lines)
    yield from _tie_out(review)
    yield ()
    yield _heads("Worked out (changes of percentages in points)", review)
    yield from (_row(line) for line in review.derived)
    if review.unmapped:
        yield ()
        yield ("Unmapped ledger account", "Type", "Amount")
        yield from ((one.full_name, one.account_type, one.amount) for one in review.unmapped)
    if review.notes:
        yield ()
        yield ("Note", "About", "Author")
        yield from ((one.text, one.about, one.author) for one in review.notes)
    if review.actions:
        yield ()
        yield ("Action item", "Who", "By", "State")
        yield from ((one.text, one.owner, one.due_on, one.state) for one in review.actions)


def _row(line: Line) -> Row:
    changes = (None if one is None else one.absolute for one in (line.previous, line.last_year))
    target = cell(line.target, line.unit)
    return (line.label, *(cell(one, line.unit) for one in (*line.by_month, line.value)), *changes, target)


def _heads(first: str, review: Review) -> Row:
    return (
        first,
        *(str(month.month) for month in review.months),
        review.period,
        f"Change against {review.previous_label or 'the period before'}",
        f"Change against {review.last_year_label or 'last year'}",
        "Target",
    )


def _tie_out(review: Review) -> Iterable[Row]:
    nets = tuple(month.quickbooks_net_income for month in review.months)
    differences = tuple(month.off_by for month in review.months)
    yield ("QuickBooks’ Net Income", *nets, sum(nets, Decimal(0)))
    yield ("Difference", *differences, sum(differences, Decimal(0)))


def cell(value: Figure, unit: Unit) -> Cell:
    """A figure as a spreadsheet takes it."""
    if value is None:
        return None
    return Percent(Decimal(value)) if unit is Unit.PERCENT else Decimal(value)
