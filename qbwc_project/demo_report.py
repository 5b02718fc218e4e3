"""The demo's figures as text: the answer of /api/metrics as tables of a terminal's width, and the proof under them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from metrics.arithmetic import METRICS
from metrics.months import Month

WIDTH = 120
MONTHS = 24
MONTHS_IN_A_TABLE = (12, 8, 6, 4, 3)  # whole parts of 24; the widest that fits is taken
LABELS = {metric.key: metric.label for metric in METRICS}
PROOF = ("QuickBooks Net Income", "Difference", "Tie-out")

Row = tuple[str, list[str]]


def render(answer: Mapping[str, Any]) -> str:
    """Tables of the last 24 months, then the proof and what is unmapped."""
    months = answer["months"][-MONTHS:]
    head = f"{answer['company']}: monthly figures in {answer['currency']}, {answer['basis']} basis"
    parts = [head, *tables(months), proof(months), *unmapped(answer)]
    return "\n\n".join(parts)


def shortcomings(answer: Mapping[str, Any]) -> list[str]:
    """Why this is not 24 months that tie out; empty when it is."""
    months = answer["months"][-MONTHS:]
    found = [] if len(months) == MONTHS else [f"{len(months)} months are there instead of {MONTHS}."]
    for month in months:
        tie_out = month["tie_out"]
        if tie_out["status"] != "tied" or Decimal(tie_out["difference"]) != 0:
            found.append(f"{month['month']} does not tie out: {tie_out['status']}, {tie_out['difference']} apart.")
    return found


def tables(months: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [heading(months), *metric_rows(months), *proof_rows(months)]
    label_width = max(len(label) for label, _ in rows)
    cell_width = max((len(cell) for _, cells in rows for cell in cells), default=0) + 1
    step = months_in_a_table(label_width, cell_width)
    for start in range(0, len(months), step):
        lines = [line(label, cells[start : start + step], label_width, cell_width) for label, cells in rows]
        rule = "-" * len(lines[0])
        totals = len(METRICS) + 1
        yield "\n".join([lines[0], rule, *lines[1:totals], rule, *lines[totals:]])


def months_in_a_table(label_width: int, cell_width: int) -> int:
    fitting = [count for count in MONTHS_IN_A_TABLE if label_width + count * cell_width <= WIDTH]
    return fitting[0] if fitting else MONTHS_IN_A_TABLE[-1]


def line(label: str, cells: Sequence[str], label_width: int, cell_width: int) -> str:
    return label.ljust(label_width) + "".join(cell.rjust(cell_width) for cell in cells)


def heading(months: Sequence[Mapping[str, Any]]) -> Row:
    return "", [Month.parse(month["month"]).label for month in months]


def metric_rows(months: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for key, label in LABELS.items():
        yield label, [figure(month["metrics"].get(key)) for month in months]


def proof_rows(months: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    tie_outs = [month["tie_out"] for month in months]
    yield PROOF[0], [figure(tie_out["quickbooks_net_income"]) for tie_out in tie_outs]
    yield PROOF[1], [figure(tie_out["difference"]) for tie_out in tie_outs]
    yield PROOF[2], ["tied" if tie_out["status"] == "tied" else tie_out["status"].upper() for tie_out in tie_outs]


def figure(value: str | int | None) -> str:
    """Money with thousands and cents, a head count as it is, nothing as a dash."""
    if value is None:
        return "-"
    return f"{Decimal(value):,.2f}" if isinstance(value, str) else str(value)


def proof(months: Sequence[Mapping[str, Any]]) -> str:
    ours = sum((Decimal(month["metrics"]["net_profit"]) for month in months), Decimal(0))
    theirs = sum((Decimal(month["tie_out"]["quickbooks_net_income"]) for month in months), Decimal(0))
    tied = sum(month["tie_out"]["status"] == "tied" for month in months)
    sign = "=" if ours == theirs else "is not"
    return (
        f"Proof: {tied} of {len(months)} months tie out to the cent. "
        f"Our net profit {ours:,.2f} {sign} QuickBooks' Net Income {theirs:,.2f}."
    )


def unmapped(answer: Mapping[str, Any]) -> Iterator[str]:
    accounts = answer["unmapped_accounts"]
    if accounts:
        lines = [f"  {each['account']} ({each['account_type']}): {figure(each['total'])}" for each in accounts]
        head = "Unmapped accounts (no rule knows them; they are counted in the totals and wait for a mapping):"
        yield "\n".join([head, *lines])
