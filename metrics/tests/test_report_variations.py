"""Shapes of a Profit & Loss in the field, each written by hand: read to the cent, or refused in words."""

from decimal import Decimal

import pytest

from metrics.months import Month
from metrics.profit_and_loss import Section, UnreadableReport
from metrics.tests.report_files import APR, FEB, JAN, MAR, account, amounts, is_tied, read, report_in, text_of
from qbwc.qbxml.reports import MalformedReport

NUMBERED = [
    account("Sales", "Income", "40000"),
    account("Payroll", "Expense", "60000"),
    account("Payroll:Technicians", "Expense", "60100"),
    account("Payroll:Technicians:Bench", "Expense", "60110"),
    account("Payroll:Technicians:Total Quality Training", "Expense", "60120"),
    account("Accrued Group Employee Insuranc", "Expense", "61000"),
]
BRITISH = [
    account("Fees", "Income"),
    account("Closed 2019", "Income"),
    account("Subcontractors", "CostOfGoodsSold"),
    account("Vehicles", "Expense"),
    account("Rates", "Expense"),
]
CANADIAN = [
    account("Services", "Income", "41000"),
    account("Services:Contrats", "Income", "41100"),
    account("Matériel", "Income", "42000"),
    account("Salaires", "Expense", "60000"),
    account("Gain ou perte de change", "OtherExpense", "80000"),
]


def test_numbers_in_labels_only_with_own_postings_at_two_of_three_levels() -> None:
    report = read("numbers_at_three_levels", JAN, NUMBERED)
    assert {one.account_key: one.amount for one in report.amounts} == {
        "id Sales": Decimal("900.00"),
        "id Payroll:Technicians:Bench": Decimal("120.00"),
        "id Payroll:Technicians:Total Quality Training": Decimal("15.50"),
        "id Payroll:Technicians": Decimal("30.00"),
        "id Payroll": Decimal("4.50"),
        "id Accrued Group Employee Insuranc": Decimal("-20.00"),
    }
    assert is_tied(report)


def test_rows_grouped_by_kind_are_put_back_in_the_order_of_their_numbers() -> None:
    without_chart = read("numbers_at_three_levels")
    assert [one.row_number for one in without_chart.amounts] == [3, 9, 10, 11, 13, 15]
    assert {one.full_name: one.section for one in without_chart.amounts}["Payroll:Technicians"] is Section.EXPENSE
    assert is_tied(without_chart)


def test_parentheses_thousands_separators_and_renamed_totals_are_understood() -> None:
    report = read("renamed_totals", MAR, BRITISH)
    assert is_tied(report)
    assert amounts(report, JAN)["Fees"] == Decimal("1200.00")
    assert amounts(report, JAN)["Closed 2019"] == Decimal("-200.00")
    assert [report.net_income[month] for month in report.months] == [
        Decimal("440.00"),
        Decimal("580.00"),
        Decimal("400.00"),
    ]


def test_an_inactive_account_is_itself_and_a_deleted_one_keeps_its_name_and_its_parents_section() -> None:
    report = read("renamed_totals", MAR, BRITISH)
    by_name = {one.full_name: one for one in report.amounts}
    assert by_name["Closed 2019"].list_id == "id Closed 2019"
    deleted = by_name["Vehicles:Old Van"]
    assert (deleted.account_key, deleted.list_id, deleted.section) == ("name:Vehicles:Old Van", "", Section.EXPENSE)


def test_a_report_in_canadian_french_without_row_data_is_read_through_the_chart() -> None:
    report = read("canadian_french", FEB, CANADIAN)
    assert is_tied(report)
    assert {one.account_key for one in report.amounts} == {one.list_id for one in CANADIAN}
    assert amounts(report, FEB)["Gain ou perte de change"] == Decimal("12.00")


def test_difference_columns_are_skipped_by_type_or_by_title() -> None:
    percent = '<ColTitle titleRow="1" value="Jan 24" /><ColTitle titleRow="2" value="% of Income" /><ColType>Percent'
    month = percent.replace("% of Income", "{}").replace("Percent", "{}")
    cell = 'colID="3" value="100.0%" /><ColData colID="4" value="5.00" /><ColData colID="5" value="100.0%" />'
    for title, kind in (("$ Change", "Amount"), ("", "AmountDifference"), ("% Change", "PercentChange")):
        changes = [(f'"PERCENTTYPE">{percent}', f'"AMTTYPE">{month.format(title, kind)}')]
        report = read("percent_subcolumns", FEB, changes=changes)
        assert [one.amount for one in report.amounts] == [Decimal("10.00"), Decimal("5.00")]
    assert cell in text_of("percent_subcolumns")  # the skipped column does hold figures


def test_class_columns_are_refused_with_what_was_seen_and_what_to_ask_for() -> None:
    with pytest.raises(UnreadableReport) as refused:
        read("by_class", APR)
    for words in ("Total Online Services", "Unclassified", "by class", "SummarizeColumnsBy Month"):
        assert words in str(refused.value)


def test_classes_below_months_are_refused_because_a_month_is_there_twice() -> None:
    changes = [('value="Feb 24" />', 'value="Jan 24" /><ColTitle titleRow="2" value="Online Services" />')]
    changes += [("<NumColTitleRows>1", "<NumColTitleRows>2")]
    with pytest.raises(UnreadableReport, match=r"Two columns of the report are for Jan 2024 .*Online Services"):
        read("numbers_in_row_data", FEB, changes=changes)


def test_fewer_months_than_asked_without_a_total_are_refused() -> None:
    with pytest.raises(UnreadableReport) as refused:
        read("three_levels", MAR)
    for words in (
        "3 months were asked for, Jan 2024 to Mar 2024",
        "“Jan 24”",
        "none for Feb 2024, Mar 2024",
        "Ask again",
    ):
        assert words in str(refused.value)


def test_a_report_cut_short_is_refused_with_advice() -> None:
    text = text_of("three_levels")
    row = text[text.index('<DataRow rowNumber="17"') : text.index('<TextRow rowNumber="18"')]
    with pytest.raises(MalformedReport, match=r"says it has 24 rows, but 23 arrived .* fewer months"):
        report_in(text.replace(row, ""))


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_largest_amounts_are_read_and_larger_ones_refused_in_words(sign: str) -> None:
    largest = f"{sign}999999999999.99"
    report = read("three_levels", changes=[('value="75.00"', f'value="{largest}"')])
    assert amounts(report)["Total Quality Training"] == Decimal(largest)
    with pytest.raises(
        UnreadableReport, match=r"Row 17 .*larger than any amount QuickBooks can hold.*look at that cell"
    ):
        read("three_levels", changes=[('value="75.00"', f'value="{sign}1000000000000.00"')])


@pytest.mark.parametrize("zero", ["-0.00", "0", "(0.00)", ".00"])
def test_zero_is_zero_however_it_is_written(zero: str) -> None:
    changes = [
        ('value="100.00" /><ColData colID="3" value="0.00"', f'value="100.00" /><ColData colID="3" value="{zero}"')
    ]
    report = read("sparse_cells", MAR, changes=changes)
    assert str(amounts(report, FEB)["Sales"]) == "0.00"


def test_a_partial_month_is_accepted_only_at_the_end_of_the_months_asked_for() -> None:
    assert is_tied(read("renamed_totals", MAR, BRITISH))
    with pytest.raises(UnreadableReport, match="covers only a part of Mar 2024"):
        read("renamed_totals", Month(2024, 4), BRITISH)
