"""An amount out of a report cell, with the place named when it is not one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from metrics.profit_and_loss import ZERO, UnreadableReport
from qbwc.qbxml.reports import Row
from qbwc.qbxml.values import BadValue, amount

# How QuickBooks writes nearly every cell, and never more than it can hold: read without a second look.
_PLAIN = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")


def read_cell(row: Row, col_id: int | None) -> Decimal | None:
    """The amount, None for a cell that is missing or empty; UnreadableReport for anything that is no amount."""
    text = "" if col_id is None else row.cells.get(col_id, "")
    if _PLAIN.fullmatch(text):
        return Decimal(text) or ZERO  # "-0.00" is zero too
    if not text.strip():
        return None
    try:
        return amount(text)
    except BadValue as error:
        raise UnreadableReport(
            f"Row {row.row_number} (“{row.label or row.row_value}”), column {col_id} reads {text[:40]!r}: {error} "
            "Nothing of this report was used. Open the report in QuickBooks and look at that cell; if it is right "
            "there, send us the stored answer."
        ) from error


def read_cells(row: Row, col_ids: Sequence[int | None]) -> tuple[Decimal | None, ...]:
    """A row's amounts in these columns, as read_cell; most of a report's work is done here."""
    if not row.cells:
        return (None,) * len(col_ids)
    return tuple(read_cell(row, col_id) for col_id in col_ids)
