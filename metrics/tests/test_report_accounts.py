"""Which ledger account a report row stands for: RowData, numbers, labels, headings; and when it is nobody's."""

from decimal import Decimal

import pytest

from metrics.profit_and_loss import AccountAmount, ProfitAndLoss, Section, UnreadableReport
from metrics.sources.desktop import ChartAccount
from metrics.tests.report_files import APR, FEB, JAN, account, amounts, is_tied, read

CARS = "Automobile Expense"
NUMBERED_CHART = [
    account("Checking", "Bank", "10000"),
    account("Consulting", "Income", "41000"),
    account(CARS, "Expense", "60200"),
    account(f"{CARS}:Gasoline", "Expense", "60210"),
    account(f"{CARS}:Repairs", "Expense", "60220"),
    account("Rent", "Expense", "61000"),
]


def row(report: ProfitAndLoss, number: int) -> AccountAmount:
    return next(one for one in report.amounts if one.row_number == number)


def test_all_three_forms_of_numbers_in_row_data_find_their_account() -> None:
    report = read("numbers_in_row_data", FEB, NUMBERED_CHART)
    assert is_tied(report)
    assert [row(report, number).account_key for number in (3, 8, 9, 10, 13)] == [
        "id Consulting",  # "41000 · Consulting"
        f"id {CARS}:Gasoline",  # "60200:Gasoline"
        f"id {CARS}:Repairs",  # "60200:60220"
        f"id {CARS}",  # "60200", labelled "60200 · Automobile Expense - Other"
        "id Rent",  # "61000"
    ]


def test_a_resolved_account_carries_what_the_chart_says() -> None:
    found = row(read("numbers_in_row_data", FEB, NUMBERED_CHART), 8)
    assert (found.list_id, found.full_name, found.number) == (f"id {CARS}:Gasoline", f"{CARS}:Gasoline", "60210")
    assert (found.label, found.section, found.amount) == ("60210 · Gasoline", Section.EXPENSE, Decimal("80.25"))


def test_accounts_the_chart_does_not_know_keep_their_name_from_the_report() -> None:
    report = read("numbers_in_row_data", FEB, NUMBERED_CHART)
    new = row(report, 11)
    assert (new.account_key, new.list_id, new.number) == (f"name:{CARS}:Tolls", "", "60230")
    assert row(report, 14).account_key == "name:Brand New"


def test_without_a_chart_every_account_has_the_name_its_headings_draw() -> None:
    report = read("numbers_in_row_data", FEB)
    assert is_tied(report)
    assert [one.account_key for one in report.amounts_in(JAN)] == [
        "name:Consulting",
        f"name:{CARS}:Gasoline",
        f"name:{CARS}:Repairs",
        f"name:{CARS}",
        "name:Rent",
    ]


def test_numbers_that_stand_in_labels_only_change_nothing() -> None:
    chart = [account("Design", "Income", "40110"), account("6080 - Office:6080.13 - Internet", "Expense")]
    report = read("numbers_in_labels", JAN, chart)
    assert is_tied(report)
    assert [one.account_key for one in report.amounts] == ["id Design", "id 6080 - Office:6080.13 - Internet"]
    assert [one.number for one in report.amounts] == ["40110", ""]


def test_without_row_data_the_path_is_rebuilt_from_the_open_headings() -> None:
    chart = [account("Services", "Income", "40000"), account("Services:Agreements", "Income", "40100")]
    report = read("no_row_data", FEB, chart)
    assert is_tied(report)
    assert row(report, 4).account_key == "id Services:Agreements"
    assert row(report, 5).account_key == "id Services"  # "40000 · Services - Other"
    assert row(report, 22).account_key == "name:Income:Rebates"


def test_the_same_name_below_another_parent_is_another_account() -> None:
    chart = [account("Bonus", "Expense"), account("Marketing:Taxes", "Expense"), account("Payroll:Wages", "Expense")]
    report = read("does_not_add_up", APR, chart)
    assert row(report, 8).account_key == "id Payroll:Wages"
    assert row(report, 9).account_key == "name:Payroll:Taxes"


def test_names_differing_by_a_double_space_stay_apart() -> None:
    parent = "Payroll:Staff:"
    chart = [account(f"{parent}Accrued  Bonus", "Expense"), account(f"{parent}Accrued Bonus", "Expense")]
    report = read("three_levels", JAN, chart)
    assert row(report, 9).account_key == f"id {parent}Accrued  Bonus"
    assert row(report, 10).account_key == f"id {parent}Accrued Bonus"


def test_names_are_compared_without_upper_and_lower_case() -> None:
    assert row(read("three_levels", JAN, [account("SALES", "Income")]), 3).account_key == "id SALES"


def test_an_account_that_is_really_called_other_is_not_its_namesake() -> None:
    chart = [account("Rent", "Expense"), account("Rent - Other", "Expense")]
    assert row(read("three_levels", JAN, chart), 16).account_key == "id Rent - Other"


def test_an_ambiguous_number_resolves_to_nobody() -> None:
    chart = [account("Rent", "Expense", "61000"), account("Rental", "Expense", "61000")]
    assert row(read("numbers_in_row_data", FEB, chart), 13).account_key == "id Rent"  # by its name
    chart = [account("Lease", "Expense", "61000"), account("Rental", "Expense", "61000")]
    assert row(read("numbers_in_row_data", FEB, chart), 13).account_key == "name:Rent"


def test_an_account_known_under_an_older_name_too_is_found_under_both() -> None:
    older = ChartAccount("id Rent", "Premises", "Premises", "61000", "Expense", "")
    report = read("numbers_in_row_data", FEB, [older, *NUMBERED_CHART])
    assert row(report, 13).account_key == "id Rent"


def test_rows_of_one_account_are_added() -> None:
    again = ('value="Payroll:Staff:Accrued Bonus" />', 'value="Payroll:Staff:Accrued  Bonus" />')
    report = read("three_levels", changes=[again])
    assert amounts(report)["Payroll:Staff:Accrued  Bonus"] == Decimal("300.00")
    assert len(report.amounts) == 9
    assert is_tied(report)


def test_the_charts_account_type_decides_the_section() -> None:
    report = read("three_levels", JAN, [account("Total Quality Training", "OtherExpense")])
    assert row(report, 17).section is Section.OTHER_EXPENSE
    assert [one.label for one in report.discrepancies] == ["Total Expense", "Net Ordinary Income"]
    assert report.tie_out(JAN).difference == Decimal("0.00")


def test_one_unknown_name_in_two_sections_is_refused() -> None:
    with pytest.raises(UnreadableReport, match="“Rent” appears in two sections"):
        read("heading_lookalikes", changes=[('rowType="account" value="Fees"', 'rowType="account" value="Rent"')])
