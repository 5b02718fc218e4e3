"""The nine totals QuickBooks prints each month, each beside what our amounts make of it, whatever they are called."""

from dataclasses import fields
from decimal import Decimal

import pytest

from metrics.profit_and_loss import (
    TOTAL_LABELS,
    PrintedTotals,
    ProfitAndLoss,
    SectionCheck,
    section_checks,
    section_totals,
)
from metrics.tests.report_files import APR, FEB, JAN, MAR, read
from metrics.tests.test_report_variations import BRITISH, CANADIAN


def printed(report: ProfitAndLoss, month: object = JAN) -> dict[str, str]:
    """Key → the total, without those that were not printed."""
    totals = report.printed[month]  # type: ignore[index]
    return {key: str(total) for key, total in totals.by_key().items() if total is not None}


def untied(report: ProfitAndLoss, month: object = JAN) -> list[SectionCheck]:
    checks = section_checks(report.printed[month], report.computed(month))  # type: ignore[index, arg-type]
    return [check for check in checks if not check.is_tied]


def test_the_nine_totals_are_listed_in_printed_order() -> None:
    totals = section_totals(())
    assert [field.name for field in fields(PrintedTotals)] == list(TOTAL_LABELS) == list(totals.by_key())
    assert set(totals.by_key().values()) == {Decimal("0.00")}


def test_english_totals_are_known_by_their_words() -> None:
    report = read("no_row_data", FEB)
    assert printed(report) == {
        "income": "525.00",
        "cost_of_goods_sold": "100.00",
        "gross_profit": "425.00",
        "expense": "205.00",
        "net_ordinary_income": "220.00",
        "other_income": "7.00",
        "other_expense": "2.00",
        "net_other_income": "5.00",
        "net_income": "225.00",
    }
    assert report.computed(JAN) == report.printed[JAN]
    assert not untied(report)


def test_a_missing_section_is_not_printed_and_is_tied_while_nothing_belongs_in_it() -> None:
    report = read("only_other_expense", MAR)
    assert list(printed(report)) == ["other_expense", "net_other_income", "net_income"]
    assert not untied(report)
    checks = {check.key: check for check in section_checks(report.printed[JAN], report.computed(JAN))}
    assert checks["income"] == SectionCheck("income", "Total Income", None, Decimal("0.00"), Decimal("0.00"), True)


def test_a_section_that_was_not_printed_but_has_amounts_is_untied() -> None:
    nothing = section_totals(())
    without = PrintedTotals(**{**nothing.by_key(), "expense": None, "net_ordinary_income": None})  # type: ignore[arg-type]
    ours = PrintedTotals(**{**nothing.by_key(), "expense": Decimal("5.00")})  # type: ignore[arg-type]
    assert [(check.key, check.difference) for check in section_checks(without, ours) if not check.is_tied] == [
        ("expense", Decimal("5.00")),
        ("net_ordinary_income", Decimal("0.00")),
    ]


def test_a_net_figure_that_was_not_printed_is_as_tied_as_its_sections() -> None:
    report = read("no_row_data", FEB)
    totals = PrintedTotals(**{**report.printed[JAN].by_key(), "gross_profit": None})  # type: ignore[arg-type]
    assert all(check.is_tied and check.difference == 0 for check in section_checks(totals, report.computed(JAN)))


@pytest.mark.parametrize("name", ["empty_without_data", "empty_net_income"])
def test_an_empty_report_prints_nothing_but_a_net_income_of_zero(name: str) -> None:
    report = read(name, MAR)
    assert [printed(report, month) for month in report.months] == [{"net_income": "0.00"}] * 3
    assert not untied(report)


def test_each_month_has_its_own_checks() -> None:
    report = read("does_not_add_up", APR)
    assert [(check.key, check.difference) for check in untied(report, FEB)] == [("net_income", Decimal("-100.00"))]
    assert [(check.key, check.difference) for check in untied(report, MAR)] == [
        ("expense", Decimal("-40.00")),
        ("net_ordinary_income", Decimal("40.00")),
        ("net_income", Decimal("40.00")),
    ]
    assert not untied(report, APR)


def test_renamed_totals_are_known_by_place_and_figures() -> None:
    report = read("renamed_totals", MAR, BRITISH)
    assert printed(report, FEB) == {
        "income": "1000.00",
        "cost_of_goods_sold": "300.00",
        "gross_profit": "700.00",
        "expense": "120.00",
        "net_ordinary_income": "580.00",
        "net_income": "580.00",
    }
    assert not any(untied(report, month) for month in report.months)


def test_equal_figures_are_told_apart_by_what_stands_above_them() -> None:
    report = read("canadian_french", FEB, CANADIAN)
    assert printed(report) == {
        "income": "1000.00",  # the same figure as gross profit: there is no cost of goods sold
        "gross_profit": "1000.00",
        "expense": "500.00",
        "net_ordinary_income": "500.00",
        "other_expense": "-7.00",
        "net_income": "507.00",
    }
    assert not untied(report)


def test_a_section_that_ends_with_an_account_group_is_told_from_that_group() -> None:
    group_last = read("canadian_french", FEB, CANADIAN, changes=MOVED)
    assert [one.row_number for one in group_last.amounts_in(JAN)][:3] == [3, 5, 6]
    assert printed(group_last)["income"] == "1000.00"
    assert not untied(group_last)


# "Matériel" moves above the group "Services": its rows get one number more each.
MOVED = [
    ('TextRow rowNumber="3" value="41000', 'TextRow rowNumber="4" value="41000'),
    ('DataRow rowNumber="7"', 'DataRow rowNumber="3"'),
    ('DataRow rowNumber="5"', 'DataRow rowNumber="6"'),
    ('DataRow rowNumber="4"', 'DataRow rowNumber="5"'),
    ('SubtotalRow rowNumber="6"', 'SubtotalRow rowNumber="7"'),
]


def test_a_renamed_total_that_fits_nothing_is_known_by_the_accounts_above_it() -> None:
    january = '<ColData colID="1" value="Total Overheads" /><ColData colID="2" value="{}" />'
    others = '<ColData colID="3" value="{}" /><ColData colID="4" value="{}" />'
    right = january.format("160.00") + others.format("120.00", "100.00")
    wrong = january.format("161.00") + others.format("121.00", "101.00")
    report = read("renamed_totals", MAR, BRITISH, changes=[(right, wrong)])
    assert [(check.key, check.printed) for check in untied(report)] == [("expense", Decimal("161.00"))]


def test_a_net_figure_of_an_unknown_name_that_fits_nothing_is_not_guessed() -> None:
    right = 'value="Margin" /><ColData colID="2" value="600.00" /><ColData colID="3" value="700.00" />'
    wrong = right.replace("600.00", "611.00").replace("700.00", "711.00")
    report = read("renamed_totals", MAR, BRITISH, changes=[(right, wrong)])
    assert report.printed[JAN].gross_profit is None
    assert not report.tie_out(JAN).is_tied


def test_totals_of_account_groups_are_no_totals_of_sections() -> None:
    report = read("heading_lookalikes")
    assert printed(report) == {
        "income": "1000.00",
        "gross_profit": "1000.00",
        "expense": "400.00",
        "net_ordinary_income": "600.00",
        "other_expense": "15.00",
        "net_other_income": "-15.00",
        "net_income": "585.00",
    }
