"""Which column is which month: by the months asked for, checked against the titles, refused when in doubt."""

from decimal import Decimal

import pytest

from metrics.months import Month, months_between
from metrics.profit_and_loss import UnreadableReport
from metrics.sources.desktop_titles import Period, fit_in_another_language, read_title
from metrics.tests.report_files import APR, FEB, JAN, MAR, account, amounts, is_tied, read

MAY_26 = Month(2026, 5)


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Jan 24", Period(JAN, JAN)),
        ("January 2024", Period(JAN, JAN)),
        ("Jan '24", Period(JAN, JAN)),
        ("Sept 23", Period(Month(2023, 9), Month(2023, 9))),
        ("May 1 - 19, 26", Period(MAY_26, MAY_26, 1, 19)),
        ("May 1, 26", Period(MAY_26, MAY_26, 1, 1)),
        ("1 - 19 May 26", Period(MAY_26, MAY_26, 1, 19)),
        ("Jan - Dec 24", Period(JAN, Month(2024, 12))),
        ("Jan 24 - May 26", Period(JAN, MAY_26)),
        ("Jan 15 - Feb 14, 24", Period(JAN, FEB)),
        ("Dec 15, 23 - Jan 14, 24", Period(Month(2023, 12), JAN)),
        ("Dec 99", Period(Month(1999, 12), Month(1999, 12))),
    ],
)
def test_english_titles_are_read(title: str, period: Period) -> None:
    assert read_title(title) == period


@pytest.mark.parametrize(
    "title", ["TOTAL", "", "Office 365", "janv. 24", "Ma 24", "Jan", "24", "Jan 24 Class", "Jan 99999"]
)
def test_other_titles_are_no_period(title: str) -> None:
    assert read_title(title) is None


@pytest.mark.parametrize(
    "change",
    [('value="TOTAL" /><ColType>Amount', 'value="TOTAL" /><ColType>Total'), ('value="TOTAL"', 'value="Total"')],
)
def test_the_total_column_is_dropped_by_type_or_title(change: tuple[str, str]) -> None:
    report = read("sparse_cells", MAR, changes=[change])
    assert amounts(report, JAN)["Sales"] == Decimal("100.00")
    assert is_tied(report)


def test_a_total_column_of_type_total_needs_no_title() -> None:
    changes = [('value="TOTAL" /><ColType>Amount', 'value="Sum" /><ColType>Total')]
    assert is_tied(read("sparse_cells", MAR, changes=changes))


def test_columns_are_joined_by_title_and_not_by_place() -> None:
    swapped = [('value="Jan 24"', 'value="x"'), ('value="Feb 24"', 'value="Jan 24"'), ('value="x"', 'value="Feb 24"')]
    report = read("sparse_cells", MAR, changes=swapped)
    assert amounts(report, FEB)["Sales"] == Decimal("100.00")
    assert is_tied(report)


def test_the_running_month_may_be_partial() -> None:
    assert amounts(read("sparse_cells", MAR), MAR)["Rent"] == Decimal("25.00")


@pytest.mark.parametrize("title", ["Mar 5 - 31, 24", "Feb 1 - 19, 24"])
def test_any_other_part_of_a_month_is_refused(title: str) -> None:
    month = title[:3]
    old = "Mar 1 - 19, 24" if month == "Mar" else "Feb 24"
    with pytest.raises(UnreadableReport, match=f"Column “{title}” covers only a part of {month} 2024"):
        read("sparse_cells", MAR, changes=[(f'value="{old}"', f'value="{title}"')])


def test_one_figure_for_many_months_is_refused() -> None:
    with pytest.raises(UnreadableReport, match="“Jan - Dec 24” covers Jan 2024 to Dec 2024 in one figure"):
        read("three_levels", Month(2024, 12), changes=[('value="Jan 24"', 'value="Jan - Dec 24"')])


@pytest.mark.parametrize("title", ["TOTAL", ""])
def test_a_lone_column_over_one_month_may_be_called_total_or_nothing(title: str) -> None:
    changes = [('value="Jan 24"', f'value="{title}"')]
    assert is_tied(read("three_levels", JAN, changes=changes))
    with pytest.raises(UnreadableReport, match="2 month columns for Jan 2024 to Feb 2024 were expected"):
        read("three_levels", FEB, changes=changes)


def test_a_month_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(UnreadableReport, match="“Feb 24” is outside of the months asked for, Jan 2024"):
        read("numbers_in_row_data", JAN)


def test_two_columns_for_one_month_are_refused() -> None:
    with pytest.raises(UnreadableReport, match="Two columns of the report are for Jan 2024"):
        read("numbers_in_row_data", FEB, changes=[('value="Feb 24"', 'value="Jan 24"')])


def test_class_columns_are_refused_even_when_their_number_fits() -> None:
    with pytest.raises(UnreadableReport, match=r"columns are 3 \(“Office 365 / \(Online Services\)”.*by class"):
        read("by_class", MAR)
    with pytest.raises(UnreadableReport, match="SummarizeColumnsBy Month"):
        read("by_class", APR)


def test_a_missing_month_whose_amounts_are_in_the_total_is_refused() -> None:
    lost = [('<ColData colID="4" value="31.00" /></DataRow>', '<ColData colID="4" value="38.00" /></DataRow>')]
    with pytest.raises(UnreadableReport, match=r"leaves out months, but row 3 \(“Bank Charge”\) has a total of 38.00"):
        read("only_other_expense", MAR, changes=lost)


def test_percent_columns_are_skipped() -> None:
    report = read("percent_subcolumns", FEB)
    assert [one.amount for one in report.amounts] == [Decimal("10.00"), Decimal("5.00")]
    assert is_tied(report)


def test_rows_without_any_amount_column_are_refused() -> None:
    without = [('dataType="AMTTYPE"', 'dataType="PERCENTTYPE"')]
    with pytest.raises(UnreadableReport, match="columns are none; 1 month columns for Jan 2024"):
        read("three_levels", changes=without)


FRENCH = [account("Ventes", "Income"), account("Achats", "CostOfGoodsSold"), account("Personnel", "Expense")]
FRENCH += [account("Intérêts", "OtherIncome"), account("Amendes", "OtherExpense")]


def test_a_total_column_in_another_language_is_known_by_its_sums() -> None:
    assert is_tied(read("french_headings", FEB, FRENCH))
    not_a_sum = [('<ColData colID="4" value="1700.00" />', '<ColData colID="4" value="1700.01" />')]
    with pytest.raises(UnreadableReport, match=r"columns are 3 .*“Somme”.*; 2 month columns"):
        read("french_headings", FEB, FRENCH, changes=not_a_sum)


def test_titles_in_another_language_have_to_fit_the_months() -> None:
    two_years = months_between(JAN, Month(2025, 2))
    names = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
    titles = [f"{names[month.month - 1]} {month.year % 100}" for month in two_years]
    assert fit_in_another_language(titles, two_years)
    assert not fit_in_another_language(titles[:-1], two_years)
    assert not fit_in_another_language([*titles[:-1], "mars 25"], two_years)  # February cannot be called mars
    assert not fit_in_another_language([*titles[:-1], "févr. 24"], two_years)
    assert not fit_in_another_language(["Dept 24", "Dept 24"], (JAN, FEB))
    assert not fit_in_another_language(["24", "24"], (JAN, FEB))
    assert fit_in_another_language(["1月 2024", "2月 2024"], (JAN, FEB)) is False  # one word for every month
