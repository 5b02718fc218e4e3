"""Reports that are odd, huge or wrong, read for real: each ends in figures, or in words that say what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company
from metrics.ingest import read_profit_and_loss
from metrics.models import AccountMapping, MonthlyAmount, MonthlyMetric, MonthReading, SyncHistory
from metrics.months import Month, months_between
from metrics.recompute import recompute
from metrics.selectors import monthly_report
from metrics.tests.deliveries import delivered
from metrics.tests.factories import NOW, AccountMappingFactory, CompanyFactory
from metrics.tests.qbxml_texts import ReportText, profit_and_loss, profit_and_loss_request
from metrics.tests.report_files import text_of
from metrics.tests.test_report_size import large_text
from metrics.tests.test_safe_regex import EXPLOSIVE, SLY, VICTIM
from qbwc.purposes import Delivered

pytestmark = pytest.mark.django_db

JANUARY = (Month(2026, 1),)
GOOD = profit_and_loss({"Managed Services": ["1000.00"]}, {"Rent": ["300.00"]}, titles=["Jan 26"])
LARGEST = "999999999999.99"


@pytest.fixture
def company() -> Company:
    company = CompanyFactory.create(currency="USD")
    AccountMappingFactory.create(company=company)
    return company


def answer(company: Company, text: str, months: tuple[Month, ...] = JANUARY) -> Delivered:
    request = profit_and_loss_request(str(months[0].first_day), str(months[-1].last_day))
    return delivered(company, "profit_loss", text, request=request)


def read(company: Company, text: str, months: tuple[Month, ...] = JANUARY) -> SyncHistory:
    """The line that reading this report leaves in the sync history."""
    one = answer(company, text, months)
    read_profit_and_loss(one)
    return SyncHistory.objects.get(exchange=one.exchange)


def figures(company: Company) -> list[dict[str, Any]]:
    """Everything that reading a report may write."""
    models: tuple[Any, ...] = (MonthlyAmount, MonthlyMetric, MonthReading)
    return [row for model in models for row in model.objects.filter(company=company).order_by("pk").values()]


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new)


def spelled(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = changed(f'value="{old}"', f'value="{new}"', text)
    return text


def in_2024(text: str) -> str:
    """A fixture of 2024 for January 2026."""
    return changed("Jan 24", "Jan 26", text)


# What was odd → the report, the words of the refusal: what was seen, and what to do.
REFUSED: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "a foreign currency": (
        lambda: changed("<NumRows>", "<CurrencyRef><FullName>Euro</FullName></CurrencyRef><NumRows>"),
        ("“Euro”", "the home currency is USD", "show the report in the home currency"),
    ),
    "an amount beyond what QuickBooks holds": (
        lambda: changed('value="1000.00"', 'value="1000000000000.00"'),
        ("Row 3 (“Managed Services”)", "larger than any amount", "look at that cell"),
    ),
    "an amount in words": (
        lambda: changed('value="300.00"', 'value="n/a"'),
        ("“Rent”", "'n/a'", "Nothing of this report was used", "look at that cell"),
    ),
    "too much in all": (
        lambda: profit_and_loss(
            {f"Fund {n}": [f"{'-' * (n % 2)}{LARGEST}"] for n in range(6)},
            {f"Cost {n}": [f"{'-' * (n % 2)}{LARGEST}"] for n in range(4)},
            titles=["Jan 26"],
        ),
        ("Jan 2026 come to 9,999,999,999,999.90 in all", "“Fund 0”", "row 3", "correct it there"),
    ),
    "a column for no month": (
        lambda: changed('value="Jan 26"', 'value="Online Services"'),
        ("Online Services", "SummarizeColumnsBy Month"),
    ),
    "columns by class": (lambda: text_of("by_class"), ("by class", "SummarizeColumnsBy Month")),
    "no amount column": (
        lambda: changed('dataType="AMTTYPE"', 'dataType="PERCENTTYPE"'),
        ("columns are none", "SummarizeColumnsBy Month"),
    ),
    "another month": (lambda: changed("Jan 26", "Mar 26"), ("Mar 26", "Jan 2026")),
    "rows that were lost": (lambda: changed("<NumRows>10<", "<NumRows>99<"), ("99 rows", "fewer months")),
    "no bottom line": (
        lambda: re.sub("<TotalRow.*</TotalRow>", "", changed("<NumRows>10<", "<NumRows>9<")),
        ("Net Income", "ProfitAndLossStandard"),
    ),
}


@pytest.mark.parametrize("oddity", REFUSED)
def test_what_cannot_be_used_is_refused_in_words_and_the_old_figures_stay(company: Company, oddity: str) -> None:
    make, words = REFUSED[oddity]
    assert read(company, GOOD).success
    before = figures(company)
    line = read(company, make())
    assert not line.success
    for word in words:
        assert word in line.message, line.message
    assert figures(company) == before


@pytest.mark.parametrize("oddity", REFUSED)
def test_what_cannot_be_used_stores_nothing_for_a_company_without_figures(company: Company, oddity: str) -> None:
    assert not read(company, REFUSED[oddity][0]()).success
    assert figures(company) == []


def test_a_missing_month_whose_amounts_are_in_the_total_is_refused(company: Company) -> None:
    months = months_between(Month(2026, 1), Month(2026, 2))
    text = changed('<ColData colID="3" value="1000.00"/>', '<ColData colID="3" value="2000.00"/>')
    line = read(company, text, months)
    assert not line.success
    assert "leaves out months" in line.message
    assert "Ask again with ReturnColumns All" in line.message
    assert figures(company) == []


FRENCH = {"Total Income": "Total des produits", "Gross Profit": "Marge brute", "Total Expense": "Total des charges"}
FRENCH |= {"Net Ordinary Income": "Résultat courant", "Net Income": "Résultat net", "Jan 26": "janv. 26"}
RENAMED = {"Total Income": "Total Revenue", "Total Expense": "Total Overhead", "Net Income": "Net Surplus/(Deficit)"}
ONE_SIDED = profit_and_loss({"Managed Services": ["1000.00"]}, {"Rent": ["300.00"]}, titles=["Jan 26"])
ONE_SIDED = spelled(ONE_SIDED, {"700.00": "1000.00"})
ONE_SIDED = changed('value="Total Expense"/><ColData colID="2" value="300.00"/>', 'value="Total Expense"/>', ONE_SIDED)
# What was odd → the report, and what January comes to.
READ: dict[str, tuple[Callable[[], str], str]] = {
    "localised titles and totals": (lambda: spelled(GOOD, FRENCH), "700.00"),
    "renamed totals": (lambda: spelled(GOOD, RENAMED), "700.00"),
    "a month without a cell": (lambda: changed('<ColData colID="2" value="300.00"/>', "", ONE_SIDED), "1000.00"),
    "the largest amount": (lambda: one_account(LARGEST), LARGEST),
    "the smallest amount": (lambda: one_account(f"-{LARGEST}"), f"-{LARGEST}"),
    "amounts that only their sum makes small": (
        lambda: profit_and_loss({"Fund": [LARGEST]}, {"Cost": [LARGEST]}, titles=["Jan 26"]),
        "0.00",
    ),
    "nothing at all": (lambda: profit_and_loss({}, {}, titles=["Jan 26"]), "0.00"),
}


def one_account(amount: str) -> str:
    return profit_and_loss({"Managed Services": [amount]}, {}, titles=["Jan 26"])


@pytest.mark.parametrize("oddity", READ)
def test_what_is_odd_but_clear_becomes_figures_that_tie_out(company: Company, oddity: str) -> None:
    make, net_income = READ[oddity]
    line = read(company, make())
    assert line.success, line.message
    assert line.message == "Read 1 months, Jan 2026 to Jan 2026, accrual basis: every month ties out."
    row = MonthlyMetric.objects.get(company=company)
    assert (row.tie_out_status, row.net_profit) == ("tied", Decimal(net_income))


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_largest_amounts_are_kept_to_the_cent(company: Company, sign: str) -> None:
    names = [f"Fund {n}" for n in range(8)]
    text = profit_and_loss({name: [f"{sign}{LARGEST}"] for name in names}, {}, titles=["Jan 26"])
    text = text.replace(f'value="{sign}7999999999999.92"', f'value="{sign}{LARGEST}"')
    line = read(company, text)
    assert line.success, line.message
    row = MonthlyMetric.objects.get(company=company)
    assert row.total_revenue == Decimal(f"{sign}7999999999999.92")
    assert row.difference == Decimal(f"{sign}6999999999999.93")
    assert {amount.amount for amount in MonthlyAmount.objects.all()} == {Decimal(f"{sign}{LARGEST}")}


def test_expressions_that_explode_stop_neither_the_figures_nor_the_page(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    """Written past the checks: those known to explode are left out, one that hides it is given up and told."""
    AccountMapping.objects.filter(company=company).update(priority=9)
    patterns = [*EXPLOSIVE, SLY]
    AccountMapping.objects.bulk_create(
        AccountMapping(company=company, match_type="regex", pattern=pattern, qbr_metric_key="nrr", priority=1)
        for pattern in patterns
    )
    names = [f"{VICTIM[:250]} {n}" for n in range(40)]
    income = {name: ["10.00"] for name in ["Managed Services", *names]}
    with caplog.at_level(logging.WARNING):
        assert read(company, profit_and_loss(income, {}, titles=["Jan 26"])).success
        recompute(company, as_of=NOW.date())
    row = MonthlyMetric.objects.get(company=company)
    assert (row.mrr, row.unmapped_revenue, row.nrr) == (10, 400, 0)
    told = caplog.text
    for rule in AccountMapping.objects.filter(company=company, match_type="regex"):
        assert f"mapping {rule.pk} is left out" in told or f"mapping {rule.pk} ({SLY}) took too long" in told
    assert len(monthly_report(company).unmapped_accounts) == 40


def test_five_thousand_accounts_become_figures(company: Company) -> None:
    line = read(company, changed("Jan 24", "Jan 26", large_text(5000, (Month(2024, 1),))))
    assert line.success, line.message
    assert (line.parsed_data["accounts"], MonthlyAmount.objects.count()) == (5000, 5000)
    assert MonthlyMetric.objects.get().total_revenue == Decimal(5000 * 5001 // 2)
    assert len(monthly_report(company).unmapped_accounts) == 5000


def test_ten_years_become_figures(company: Company) -> None:
    months = months_between(Month(2016, 3), Month(2026, 2))
    line = read(company, large_text(12, months), months)
    assert line.success, line.message
    assert "Read 120 months, Mar 2016 to Feb 2026" in line.message
    assert list(MonthlyMetric.objects.values_list("net_profit", flat=True)) == [Decimal("78.00")] * 120
    assert len(monthly_report(company).months) == 120


def test_of_a_report_that_is_wrong_throughout_fifty_totals_a_month_are_kept_and_the_others_counted(
    company: Company,
) -> None:
    """Every one of 300 account groups has a total that is off, and so is Net Income."""
    report = ReportText("Jan 26")
    report.text("Income")
    for n in range(300):
        report.text(f"Group {n}")
        report.data(f"Group {n}:Work", ["1.00"])
        report.subtotal(f"Total Group {n}", ["2.00"])
    report.subtotal("Total Income", ["600.00"])
    report.total("Net Income", ["700.00"])
    line = read(company, str(report))
    assert line.success
    assert line.message.endswith("0 tie out; these do not: Jan 2026.")
    row = MonthlyMetric.objects.get(month=date(2026, 1, 1))
    assert (len(row.discrepancies), row.difference) == (50, -400)
    assert row.discrepancies[0]["label"] == "Total Group 0"
    assert (row.discrepancies[-1]["label"], row.discrepancies[-1]["more"]) == ("Net Income", "252")
    assert line.parsed_data["months"][0]["discrepancies"] == row.discrepancies
    untied = [one["total"] for one in line.parsed_data["months"][0]["untied_totals"]]
    assert (untied[0], untied[-1]) == ("Total Income", "Net Income")
    assert MonthReading.objects.get().discrepancies == row.discrepancies


def test_the_page_counts_the_totals_that_are_not_kept_too(company: Company) -> None:
    report = ReportText("Jan 26")
    report.text("Income")
    for n in range(80):
        report.text(f"Group {n}")
        report.data(f"Group {n}:Work", ["1.00"])
        report.subtotal(f"Total Group {n}", ["2.00"])
    report.subtotal("Total Income", ["80.00"])
    report.total("Net Income", ["80.00"])
    read(company, str(report))
    mark = monthly_report(company).months[0].tie_out
    assert len(mark.discrepancies) == 50
    assert mark.message.startswith("QuickBooks' report for Jan 2026 has 80 totals that its own rows do not add up to")


def test_a_name_longer_than_any_column_of_a_table_is_cut_where_it_is_only_shown(company: Company) -> None:
    name = "Long " * 80
    for amount in ("10.00", "12.00"):  # the second restates the first
        text = profit_and_loss({name.strip(): [amount]}, {}, titles=["Jan 26"])
        assert read(company, text).success
    row = MonthlyAmount.objects.get(company=company)
    assert (len(row.label), row.full_name, row.amount) == (300, name.strip(), Decimal("12.00"))
