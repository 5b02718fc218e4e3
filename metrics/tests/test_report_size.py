"""Reports as large as they get: 120 months, 5,000 accounts. Written here line by line: only their size is the point."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.months import Month, months_between
from metrics.profit_and_loss import ProfitAndLoss, UnreadableReport
from metrics.sources.desktop import ChartAccount, read_profit_and_loss
from metrics.tests.report_files import JAN, account, is_tied, report_in


def large_text(accounts: int, months: tuple[Month, ...], wrong: str = "") -> str:
    """Every account has its own number as amount, every month; `wrong` is the first account's cell in column 2."""
    titles = [f"{month.label[:3]} {month.year % 100:02d}" for month in months] + ["TOTAL"]
    columns = "".join(
        f'<ColDesc colID="{place}" dataType="AMTTYPE"><ColTitle titleRow="1" value="{title}" />'
        "<ColType>Amount</ColType></ColDesc>"
        for place, title in enumerate(titles, 2)
    )
    total = accounts * (accounts + 1) // 2
    rows = [
        f'<DataRow rowNumber="{n + 1}"><RowData rowType="account" value="Group {n % 7}:Account {n}" />'
        f'<ColData colID="1" value="Account {n}" />{cells(n, len(months))}</DataRow>'
        for n in range(1, accounts + 1)
    ]
    if wrong:
        rows[0] = rows[0].replace('colID="2" value="1.00"', f'colID="2" value="{wrong}"')
    end = [
        f'<SubtotalRow rowNumber="{accounts + 2}"><ColData colID="1" value="Total Income" />'
        f"{cells(total, len(months))}</SubtotalRow>",
        f'<TotalRow rowNumber="{accounts + 3}"><ColData colID="1" value="Net Income" />'
        f"{cells(total, len(months))}</TotalRow>",
    ]
    return (
        '<QBXML><QBXMLMsgsRs><GeneralSummaryReportQueryRs statusCode="0"><ReportRet><ReportBasis>Accrual</ReportBasis>'
        f"<NumRows>{accounts + 3}</NumRows><NumColumns>{len(titles) + 1}</NumColumns>"
        '<NumColTitleRows>1</NumColTitleRows><ColDesc colID="1" dataType="STRTYPE"><ColTitle titleRow="1" />'
        f'<ColType>Label</ColType></ColDesc>{columns}<ReportData><TextRow rowNumber="1" value="Income" />'
        f"{''.join(rows)}{''.join(end)}</ReportData></ReportRet></GeneralSummaryReportQueryRs></QBXMLMsgsRs></QBXML>"
    )


def cells(amount: int, months: int) -> str:
    month = "".join(f'<ColData colID="{place}" value="{amount}.00" />' for place in range(2, months + 2))
    return f'{month}<ColData colID="{months + 2}" value="{amount * months}.00" />'


def chart_of(accounts: int) -> list[ChartAccount]:
    return [account(f"Group {n % 7}:Account {n}", "Income") for n in range(1, accounts + 1)]


def read_large(accounts: int, months: tuple[Month, ...], wrong: str = "") -> ProfitAndLoss:
    return read_profit_and_loss(report_in(large_text(accounts, months, wrong)), months, chart_of(accounts))


def test_ten_years_of_months_are_read_and_tie_out() -> None:
    months = months_between(Month(2016, 7), Month(2026, 6))
    report = read_large(20, months)
    assert len(months) == 120
    assert len(report.amounts) == 20 * 120
    assert is_tied(report)
    assert set(report.net_income.values()) == {Decimal("210.00")}
    assert all(report.computed(month) == report.computed(months[0]) for month in months)


def test_five_thousand_accounts_are_read_and_tie_out() -> None:
    report = read_large(5000, (JAN,))
    assert len(report.amounts) == 5000
    assert {one.account_key for one in report.amounts} == {one.list_id for one in chart_of(5000)}
    assert report.printed[JAN].income == Decimal(5000 * 5001 // 2)
    assert is_tied(report)


def test_one_bad_cell_among_many_is_named() -> None:
    with pytest.raises(UnreadableReport, match=r"Row 2 \(“Account 1”\), column 2 reads '1 000.00'"):
        read_large(300, months_between(JAN, Month(2024, 12)), wrong="1 000.00")


def test_one_wrong_cell_among_many_unties_its_month_only() -> None:
    months = months_between(JAN, Month(2026, 12))
    report = read_large(300, months, wrong="1.01")
    assert [month for month in months if not report.tie_out(month).is_tied] == [JAN]
