"""An amount out of a report cell, with the place named when it is not one."""

from __future__ import annotations

from decimal import Decimal

from metrics.profit_and_loss import UnreadableReport
from qbwc.qbxml.reports import Row
from qbwc.qbxml.values import BadValue, amount


def read_cell(row: Row, col_id: int | None) -> Decimal | None:
    """The amount, None for a cell that is missing or empty; UnreadableReport for anything that is no amount."""
    text = "" if col_id is None else row.cells.get(col_id, "")
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
