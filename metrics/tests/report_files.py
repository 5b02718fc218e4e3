"""Reads the hand-written reports in metrics/tests/data: by name, for months of 2024, with a chart in one line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from lxml import etree

from metrics.months import Month, months_between
from metrics.profit_and_loss import ProfitAndLoss
from metrics.sources.desktop import ChartAccount, read_profit_and_loss
from qbwc.qbxml.reports import Report, parse_report

DATA = Path(__file__).parent / "data"
JAN, FEB, MAR, APR = (Month(2024, number) for number in range(1, 5))


def text_of(name: str) -> str:
    """The XML text of a fixture; NAME.xml."""
    return (DATA / f"{name}.xml").read_text(encoding="utf-8")


def report_in(text: str) -> Report:
    """The report in a whole qbXML answer."""
    found = etree.fromstring(text.encode()).find(".//GeneralSummaryReportQueryRs")
    assert found is not None
    return parse_report(found)


def read(
    name: str, last: Month = JAN, chart: Sequence[ChartAccount] = (), *, changes: Sequence[tuple[str, str]] = ()
) -> ProfitAndLoss:
    """A fixture from January 2024 to `last`, with texts replaced first; each has to be there exactly once."""
    text = text_of(name)
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return read_profit_and_loss(report_in(text), months_between(JAN, last), chart)


def account(full_name: str, account_type: str, number: str = "") -> ChartAccount:
    """A line of a chart; its ListID is "id " and its full name."""
    name = full_name.rpartition(":")[2]
    return ChartAccount(f"id {full_name}", name, full_name, number, account_type, "")


def amounts(report: ProfitAndLoss, month: Month = JAN) -> dict[str, Decimal]:
    """Full name → amount."""
    return {one.full_name: one.amount for one in report.amounts_in(month)}


def is_tied(report: ProfitAndLoss) -> bool:
    """Whether every month of the report is."""
    return all(report.tie_out(month).is_tied for month in report.months)
