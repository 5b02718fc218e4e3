"""Targets and budgets from CSV and Excel: both forms, what spreadsheets do to months and numbers, problems by cell."""

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.arithmetic import LINES, Unit
from metrics.months import Month
from metrics.targets.files import (
    MOST_PROBLEMS,
    Problem,
    SheetError,
    long_rows,
    read_targets,
    targets_csv,
    targets_xlsx,
    wide_rows,
)
from metrics.targets.rules import TARGET_KEYS, TargetKind, TargetSource, TargetValue

D = Decimal
JAN, FEB = Month(2026, 1), Month(2026, 2)


def value(key: str, month: Month, amount: str, kind: TargetKind = TargetKind.TARGET) -> TargetValue:
    return TargetValue(key, month, D(amount), kind, TargetSource.FILE)


def test_the_wide_form_has_metrics_down_and_months_across() -> None:
    found = read_targets(b"metric,2026-01,2026-02\nmrr,100,200.50\nNet margin,15,15.5%\nemployees,,8\n")
    assert found.values == (
        value("mrr", JAN, "100"),
        value("mrr", FEB, "200.50"),
        value("net_margin", JAN, "15"),
        value("net_margin", FEB, "15.5"),
        value("employees", FEB, "8"),
    )
    assert found.is_sound
    assert found.rounded == 0


def test_the_long_form_has_one_line_per_month_and_metric() -> None:
    found = read_targets(b"Month;Metric;Kind;Amount\n2026-01;mrr;budget;100\n2026-02;mrr;;200\n", TargetKind.TARGET)
    assert found.values == (value("mrr", JAN, "100", TargetKind.BUDGET), value("mrr", FEB, "200"))


def test_the_kind_asked_for_is_for_rows_that_do_not_say() -> None:
    found = read_targets(b"metric,kind,2026-01\nmrr,,1\norr,target,2\n", TargetKind.BUDGET)
    assert [one.kind for one in found.values] == [TargetKind.BUDGET, TargetKind.TARGET]


@pytest.mark.parametrize("month", ["2026-01", "2026-01-01", "Jan 2026", "Jan-26", "january 2026", " 2026-01 "])
def test_months_are_read_as_spreadsheets_turn_them_over(month: str) -> None:
    assert read_targets(f"metric,{month}\nmrr,1\n".encode()).values == (value("mrr", JAN, "1"),)


def test_months_and_percentages_of_a_workbook_may_be_real_ones() -> None:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["metric", datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)])
    book.active.append(["net_margin", 0.355, 12])
    book.active["B2"].number_format = "0.0%"
    book.active.append(["mrr", 8333.333333333334, 10])
    book.save(content)
    found = read_targets(content.getvalue())
    assert found.values == (
        value("net_margin", JAN, "35.5"),
        value("net_margin", FEB, "12"),
        value("mrr", JAN, "8333.33"),
        value("mrr", FEB, "10"),
    )
    assert found.rounded == 1


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('"1,234.56"', "1234.56"),
        ('"(1,234.56)"', "-1234.56"),
        ("-5", "-5"),
        ("−5.5", "-5.5"),
        ("$ 10", "10"),
        (".5", "0.5"),
        ("1.005", "1.01"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert [one.amount for one in read_targets(f"metric,2026-01\nmrr,{text}\n".encode()).values] == [D(amount)]


@pytest.mark.parametrize("text", ["", "-", "–", " "])
def test_an_empty_cell_or_a_dash_is_no_target(text: str) -> None:
    found = read_targets(f"metric,2026-01\nmrr,{text}\n".encode())
    assert (found.values, found.problems) == ((), ())


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("mrr", "abc", "'abc' is not a number: write it as 1234.56"),
        ("mrr", '"1.234,56"', "is not a number"),
        ("mrr", '"1,23"', "is not a number"),
        ("mrr", "5-", "is not a number"),
        ("mrr", "(5", "is not a number"),
        ("mrr", "1e5", "is not a number"),
        ("mrr", "35%", "'35%' is not an amount for this metric"),
        ("mrr", "=B1*12", "formula without its result"),
        ("mrr", "9999999999999", "lies between"),
        ("mrr", "1" * 3000, "The amount is too large."),
        ("net_margin", "0.35", "0.35 could be 0.35% or 35%: write the percent sign"),
        ("employees", "-1", "0 or more"),
        ("magic", "1", "'magic' is not a metric"),
        ("=cmd()", "1", "'=cmd()' is not a metric"),
    ],
)
def test_what_is_wrong_with_a_cell_is_said_with_its_place(key: str, text: str, message: str) -> None:
    found = read_targets(f"metric,2026-01,2026-02\norr,1,2\n{key},,{text}\n".encode())
    assert [one.amount for one in found.values] == [D(1), D(2)]
    assert not found.is_sound
    (problem,) = found.problems
    assert (problem.row, problem.column) == (3, "C" if key in TARGET_KEYS else "A")
    assert message in problem.message
    assert len(problem.message) < 200


def test_a_column_that_is_neither_month_nor_known_is_a_problem_and_a_total_is_passed_over() -> None:
    found = read_targets(b"metric,name,2026-01,Q1,2026-01,total\nmrr,Anything,1,2,3,4\n")
    assert found.values == (value("mrr", JAN, "1"),)
    assert found.problems == (
        Problem(1, "D", "'Q1' is not a month: write it as 2026-01."),
        Problem(1, "E", "2026-01 has two columns."),
    )


def test_the_same_target_twice_is_a_problem() -> None:
    found = read_targets(b"month,metric,amount\n2026-01,mrr,1\n2026-01,Monthly recurring revenue,2\n")
    assert found.problems == (Problem(3, "C", "mrr for 2026-01 stands in row 2 already."),)
    assert found.values == (value("mrr", JAN, "1"),)


def test_a_line_of_the_long_form_names_the_cell_that_is_wrong() -> None:
    found = read_targets(b"month,metric,kind,amount\n2026-13,mrr,,1\n2026-01,mrr,plan,1\n2026-01,x,,1\n2026-01\n")
    assert [(one.row, one.column) for one in found.problems] == [(2, "A"), (3, "C"), (4, "B"), (5, "B")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"name,2026-01\nmrr,1\n", "no column called metric"),
        (b"metric,kind\nmrr,target\n", "no column for a month"),
    ],
)
def test_a_file_without_the_columns_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    with pytest.raises(SheetError, match=reason):
        read_targets(content)


def test_a_thousand_problems_are_told_as_a_hundred() -> None:
    found = read_targets(b"metric,2026-01\n" + b"magic,1\n" * 1000)
    assert len(found.problems) == MOST_PROBLEMS


def test_blank_rows_and_a_heading_further_down_keep_the_row_numbers_of_the_sheet() -> None:
    found = read_targets(b"\n\nmetric,2026-01\n\nmagic,1\n")
    assert found.problems[0].row == 5


def test_an_empty_sheet_to_fill_in_has_the_metrics_and_months_asked_for() -> None:
    rows = wide_rows([], months=[JAN, FEB], keys=("mrr", "net_margin"))
    assert rows == (
        ("metric", "name", "kind", "2026-01", "2026-02"),
        ("mrr", "Monthly recurring revenue", "target", None, None),
        ("net_margin", "Net margin", "target", None, None),
    )
    assert read_targets(targets_xlsx(rows)).values == ()


VALUES = st.lists(
    st.builds(
        TargetValue,
        st.sampled_from([key for key in TARGET_KEYS if LINES[key].unit is not Unit.COUNT]),
        st.builds(Month, st.integers(2020, 2030), st.integers(1, 12)),
        st.decimals("-999999999999.99", "999999999999.99", places=2),
        st.sampled_from(TargetKind),
        st.just(TargetSource.FILE),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: (one.metric_key, one.month, one.kind),
)


@settings(max_examples=60)
@given(VALUES)
def test_any_targets_come_back_from_either_form_and_format(values: list[TargetValue]) -> None:
    for rows in (wide_rows(values), long_rows(values)):
        for content in (targets_csv(rows), targets_xlsx(rows)):
            found = read_targets(content)
            assert found.problems == ()
            assert set(found.values) == set(values)
            assert found.rounded == 0
