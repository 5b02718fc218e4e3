"""A report that does not add up says where: month, row, printed, computed; right months stay tied."""

from dataclasses import replace
from decimal import Decimal

import pytest

from metrics.profit_and_loss import Discrepancy, ProfitAndLoss
from metrics.sources.desktop import read_profit_and_loss
from metrics.tests.report_files import APR, FEB, JAN, MAR, account, amounts, is_tied, read, report_in, text_of


@pytest.fixture
def report() -> ProfitAndLoss:
    return read("does_not_add_up", APR)


def test_a_wrong_subtotal_unties_the_month_although_net_income_is_right(report: ProfitAndLoss) -> None:
    january = report.tie_out(JAN)
    assert not january.is_tied
    assert january.difference == Decimal("0.00")
    assert january.discrepancies == (Discrepancy(JAN, 10, "Total Payroll", Decimal("330.01"), Decimal("330.00")),)


def test_a_wrong_net_income_is_the_difference(report: ProfitAndLoss) -> None:
    february = report.tie_out(FEB)
    assert (february.is_tied, february.difference) == (False, Decimal("-100.00"))
    assert (february.quickbooks_net_income, february.computed_net_income) == (Decimal("570.00"), Decimal("470.00"))
    assert february.discrepancies == (Discrepancy(FEB, 14, "Net Income", Decimal("570.00"), Decimal("470.00")),)


def test_a_missing_account_shows_in_every_total_above_it(report: ProfitAndLoss) -> None:
    march = report.tie_out(MAR)
    assert (march.is_tied, march.difference) == (False, Decimal("40.00"))
    assert [(one.row_number, one.label, one.computed - one.printed) for one in march.discrepancies] == [
        (12, "Total Expense", Decimal("-40.00")),
        (13, "Net Ordinary Income", Decimal("40.00")),
        (14, "Net Income", Decimal("40.00")),
    ]


def test_a_right_month_beside_wrong_ones_is_tied(report: ProfitAndLoss) -> None:
    april = report.tie_out(APR)
    assert (april.is_tied, april.difference, april.discrepancies) == (True, Decimal("0.00"), ())


def test_the_amounts_are_read_as_printed_whatever_the_totals_say(report: ProfitAndLoss) -> None:
    assert amounts(report, MAR) == amounts(report, APR)


@pytest.mark.parametrize(
    ("row", "label", "printed", "wrong"),
    [
        (13, "Total Staff", "1350.00", "1350.10"),
        (15, "Total Payroll", "2000.00", "1999.99"),
        (21, "Total Total Care Plan", "25.00", "20.00"),
        (22, "Total Expense", "2400.00", "-2400.00"),
    ],
)
def test_every_printed_total_is_checked(row: int, label: str, printed: str, wrong: str) -> None:
    report = read("three_levels", changes=[(f'value="{printed}" /></Subt', f'value="{wrong}" /></Subt')])
    assert [(one.row_number, one.label, one.printed) for one in report.discrepancies] == [(row, label, Decimal(wrong))]


@pytest.mark.parametrize(
    ("row", "label"),
    [(10, "Total Cost of Goods Sold"), (11, "Gross Profit"), (18, "Net Ordinary Income"), (29, "Net Other Income")],
)
def test_every_net_figure_is_checked(row: int, label: str) -> None:
    cell = f'<ColData colID="1" value="{label}" /><ColData colID="2" value="'
    report = read("no_row_data", FEB, changes=[(cell, f"{cell}1")])
    assert [(one.month, one.row_number, one.label) for one in report.discrepancies] == [(JAN, row, label)]


def test_a_total_that_is_not_printed_counts_as_zero() -> None:
    report = read("three_levels", changes=[('<ColData colID="2" value="7600.00" /></Subt', "</Subt")])
    assert report.discrepancies == (Discrepancy(JAN, 23, "Net Ordinary Income", Decimal("0.00"), Decimal("7600.00")),)


def test_a_group_total_without_its_heading_is_checked_by_name() -> None:
    gone = [('<TextRow rowNumber="18" value="Total Care Plan" />', '<TextRow rowNumber="18" value="" />')]
    assert is_tied(read("three_levels", changes=gone))
    wrong = [*gone, ('value="25.00" /></Subt', 'value="26.00" /></Subt')]
    assert [one.row_number for one in read("three_levels", changes=wrong).discrepancies] == [21]


@pytest.mark.parametrize(
    ("name", "months"), [("three_levels", 1), ("no_row_data", 2), ("heading_lookalikes", 1), ("numbers_in_row_data", 2)]
)
def test_one_cent_off_in_any_cell_unties_its_month_and_no_other(name: str, months: int) -> None:
    asked = (JAN, FEB)[:months]
    report = report_in(text_of(name))
    cells = [(place, col_id) for place, row in enumerate(report.rows) for col_id in row.cells if col_id <= months + 1]
    assert len(cells) > 10
    for place, col_id in cells:
        row = report.rows[place]
        wrong = replace(row, cells={**row.cells, col_id: str(Decimal(row.cells[col_id]) + Decimal("0.01"))})
        changed = replace(report, rows=(*report.rows[:place], wrong, *report.rows[place + 1 :]))
        read_again = read_profit_and_loss(changed, asked, ())
        assert [read_again.tie_out(month).is_tied for month in asked] == [month != asked[col_id - 2] for month in asked]


FRENCH = [account("Ventes", "Income"), account("Achats", "CostOfGoodsSold"), account("Personnel", "Expense")]
FRENCH += [account("Intérêts", "OtherIncome"), account("Amendes", "OtherExpense")]


def test_a_total_of_an_unknown_name_has_to_fit_something_it_can_mean() -> None:
    cells = '<ColData colID="2" value="{}" /><ColData colID="3" value="{}" /><ColData colID="4" value="1200.00" />'
    wrong = [(cells.format("600.00", "600.00"), cells.format("601.00", "599.00"))]
    assert is_tied(read("french_headings", FEB, FRENCH))
    found = read("french_headings", FEB, FRENCH, changes=wrong).discrepancies
    assert {(one.row_number, one.label) for one in found} == {(9, "Marge brute")}
    assert {one.month for one in found} == {JAN, FEB}


def test_an_unknown_total_means_one_thing_for_the_whole_row() -> None:
    cells = '<ColData colID="2" value="600.00" /><ColData colID="3" value="{}" /><ColData colID="4" value="{}" />'
    # January's figure fits gross profit, February's fits the income section: one of the two months is wrong.
    wrong = [(cells.format("600.00", "1200.00"), cells.format("850.00", "1450.00"))]
    found = read("french_headings", FEB, FRENCH, changes=wrong).discrepancies
    assert [(one.row_number, one.label) for one in found] == [(9, "Marge brute")]
