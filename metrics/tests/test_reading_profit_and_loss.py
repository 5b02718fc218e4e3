"""A Profit & Loss report in every shape: each account once, in its section, to the cent."""

from decimal import Decimal

import pytest
from lxml import etree

from metrics.months import Month
from metrics.profit_and_loss import Section, UnreadableReport
from metrics.sources.desktop import read_profit_and_loss
from metrics.tests.report_files import APR, FEB, JAN, MAR, account, amounts, is_tied, read, report_in, text_of
from qbwc.qbxml.reports import parse_report
from qbwc.tests.reference import sample


def test_every_data_row_is_an_account_and_no_total_is_one() -> None:
    report = read("three_levels")
    assert amounts(report) == {
        "Sales": Decimal("10000.00"),
        "Payroll:Staff:Accrued  Bonus": Decimal("100.00"),
        "Payroll:Staff:Accrued Bonus": Decimal("200.00"),
        "Payroll:Staff:Accrued Group Employee Insuranc": Decimal("50.00"),
        "Payroll:Staff": Decimal("1000.00"),
        "Payroll": Decimal("650.00"),
        "Rent - Other": Decimal("300.00"),
        "Total Quality Training": Decimal("75.00"),
        "Total Care Plan:Total Expense": Decimal("20.00"),
        "Total Care Plan:Net Income": Decimal("5.00"),
    }
    assert is_tied(report)


def test_a_parents_own_postings_are_kept_apart_from_its_sub_accounts() -> None:
    own = next(one for one in read("three_levels").amounts if one.full_name == "Payroll:Staff")
    assert (own.label, own.row_number, own.amount) == ("Staff - Other", 12, Decimal("1000.00"))


def test_sections_come_from_the_headings_when_no_chart_is_known() -> None:
    report = read("no_row_data", FEB)
    assert {one.full_name: one.section for one in report.amounts} == {
        "Services:Agreements": Section.INCOME,
        "Services": Section.INCOME,
        "Licences": Section.COST_OF_GOODS_SOLD,
        "Expense:Sundry": Section.EXPENSE,
        "Rent": Section.EXPENSE,
        "Income:Rebates": Section.OTHER_INCOME,
        "Interest": Section.OTHER_EXPENSE,
        "Fines": Section.OTHER_EXPENSE,
    }
    assert is_tied(report)
    assert report.net_income == {JAN: Decimal("225.00"), FEB: Decimal("194.00")}


def test_an_account_group_named_like_a_section_is_not_taken_for_one() -> None:
    report = read("heading_lookalikes")
    sections = {one.full_name: one.section for one in report.amounts}
    assert sections["Expense:Recharged"] is Section.INCOME
    assert sections["Expense (2):Paper"] is Section.EXPENSE
    assert sections["Other Income:Reversed"] is Section.OTHER_EXPENSE
    assert report.tie_out(JAN).computed_net_income == Decimal("585.00")
    assert is_tied(report)


def test_a_section_that_was_never_closed_ends_at_the_next_heading() -> None:
    report = read("unclosed_sections")
    assert {one.full_name: one.section for one in report.amounts} == {"Sales": Section.INCOME, "Rent": Section.EXPENSE}
    assert is_tied(report)


def test_a_missing_or_empty_cell_is_no_amount_and_a_printed_zero_is_one() -> None:
    report = read("sparse_cells", MAR)
    assert amounts(report, FEB) == {
        "Sales": Decimal("0.00"),
        "Sales Discounts": Decimal("-30.00"),
        "Netted Out": Decimal("0.00"),
        "Insurance": Decimal("-12.50"),
    }
    assert amounts(report, MAR) == {"Netted Out": Decimal("0.00"), "Rent": Decimal("25.00")}


def test_negative_income_expense_and_net_income_tie_out() -> None:
    report = read("sparse_cells", MAR)
    assert is_tied(report)
    assert [report.net_income[month] for month in report.months] == [
        Decimal("30.00"),
        Decimal("-17.50"),
        Decimal("-25.00"),
    ]


def test_missing_sections_and_an_idle_month_without_a_column_are_zero() -> None:
    report = read("only_other_expense", MAR)
    assert is_tied(report)
    assert report.amounts_in(FEB) == ()
    assert report.net_income == {JAN: Decimal("-15.00"), FEB: Decimal("0.00"), MAR: Decimal("-16.00")}


@pytest.mark.parametrize("name", ["empty_without_data", "empty_net_income"])
def test_an_empty_report_is_zero_in_every_month(name: str) -> None:
    report = read(name, MAR)
    assert report.amounts == ()
    assert set(report.net_income.values()) == {Decimal("0.00")}
    assert is_tied(report)


def test_an_answer_that_found_nothing_is_an_empty_report() -> None:
    answer = etree.fromstring('<GeneralSummaryReportQueryRs statusCode="1" statusMessage="nothing found" />')
    report = read_profit_and_loss(parse_report(answer), (JAN, FEB), ())
    assert report.net_income == {JAN: Decimal("0.00"), FEB: Decimal("0.00")}


def test_a_lone_net_income_that_is_not_zero_is_untied() -> None:
    report = read("empty_net_income", JAN, changes=[('value="0.00"', 'value="12.00"')])
    assert report.tie_out(JAN).difference == Decimal("-12.00")
    assert not is_tied(report)


def test_localised_headings_are_read_through_the_chart_of_accounts() -> None:
    chart = [
        account("Ventes", "Income"),
        account("Achats", "CostOfGoodsSold"),
        account("Personnel", "Expense"),
        account("Personnel:Salaires", "Expense"),
        account("Intérêts", "OtherIncome"),
        account("Amendes", "OtherExpense"),
    ]
    report = read("french_headings", FEB, chart)
    assert is_tied(report)
    assert report.net_income == {JAN: Decimal("375.00"), FEB: Decimal("394.00")}
    sections = {one.full_name: one.section for one in report.amounts}
    assert sections["Nouveau compte"] is Section.INCOME  # as the account beside it
    assert sections["Personnel:Primes"] is Section.EXPENSE  # as its parent


def test_localised_headings_without_a_chart_are_refused() -> None:
    with pytest.raises(UnreadableReport, match=r"Row 3 \(“Ventes”\).*chart of accounts"):
        read("french_headings", FEB)


def test_a_report_without_net_income_is_refused() -> None:
    with pytest.raises(UnreadableReport, match=r"ends with row 23 \(“Net Ordinary Income”\) instead of Net Income"):
        read("three_levels", changes=[("<NumRows>24", "<NumRows>23"), (_last_row("three_levels"), "")])


def _last_row(name: str) -> str:
    text = text_of(name)
    return text[text.index("<TotalRow") : text.index("</TotalRow>") + len("</TotalRow>")]


@pytest.mark.parametrize(
    ("printed", "seen"),
    [("12.34.56", "'12.34.56'"), ("1.234,56", "'1.234,56'"), ("$75", r"'\$75'"), ("NaN", "'NaN'"), ("1E3", "'1E3'")],
)
def test_a_cell_that_is_no_amount_is_refused_with_row_column_and_text(printed: str, seen: str) -> None:
    with pytest.raises(UnreadableReport, match=rf"Row 17 \(“Total Quality Training”\), column 2 reads {seen}"):
        read("three_levels", changes=[('value="75.00"', f'value="{printed}"')])


def test_amounts_reach_up_to_a_cent_below_a_trillion_and_no_further() -> None:
    largest = [('value="75.00"', 'value="999999999999.99"')]
    assert amounts(read("three_levels", changes=largest))["Total Quality Training"] == Decimal("999999999999.99")
    with pytest.raises(UnreadableReport, match="Row 17"):
        read("three_levels", changes=[('value="75.00"', 'value="1000000000000.00"')])


def test_the_basis_is_the_reports_and_has_to_be_the_one_asked_for() -> None:
    report = report_in(text_of("numbers_in_labels"))
    assert read_profit_and_loss(report, (JAN,), (), "cash").basis == "cash"
    assert read("three_levels").basis == "accrual"
    with pytest.raises(UnreadableReport, match="on cash basis, but accrual basis was asked for"):
        read_profit_and_loss(report, (JAN,), (), "accrual")
    with pytest.raises(UnreadableReport, match="basis is “Modified”"):
        read("three_levels", changes=[(">Accrual<", ">Modified<")])


def test_a_file_that_does_not_say_its_basis_is_read() -> None:
    assert read("three_levels", changes=[("<ReportBasis>Accrual</ReportBasis>", "")]).basis == ""
    assert read("three_levels", changes=[(">Accrual<", ">None<")]).basis == ""


def test_a_month_the_report_was_not_asked_for_has_no_tie_out() -> None:
    with pytest.raises(KeyError):
        read("three_levels").tie_out(APR)
    with pytest.raises(ValueError, match="at least one month"):
        read_profit_and_loss(report_in(text_of("three_levels")), (), ())


def test_the_one_month_sample_adds_up_to_its_totals() -> None:
    january = Month(2026, 1)
    report = read_profit_and_loss(report_in(sample("SYNTH_pnl_single_month_no_numbers.xml")), (january,), ())
    sums = {
        section: sum((one.amount for one in report.amounts if one.section is section), Decimal(0))
        for section in Section
    }
    assert sums == {
        Section.INCOME: Decimal("159359.43"),
        Section.COST_OF_GOODS_SOLD: Decimal("80149.82"),
        Section.EXPENSE: Decimal("52031.66"),
        Section.OTHER_INCOME: Decimal("1123.70"),
        Section.OTHER_EXPENSE: Decimal("1728.66"),
    }
    assert report.tie_out(january).quickbooks_net_income == Decimal("26572.99")
    assert is_tied(report)


def test_a_real_balance_sheet_is_not_read_as_a_profit_and_loss() -> None:
    balance_sheet = report_in(sample("REAL_report_balance_sheet_71rows.xml").replace("Mar 20, 25", "Mar 25"))
    with pytest.raises(UnreadableReport):
        read_profit_and_loss(balance_sheet, (Month(2025, 3),), [account("Cash Held in Bank", "Bank")])
