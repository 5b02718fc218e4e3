"""A Profit & Loss prints the company's own arithmetic in every variation, in the layout of QuickBooks."""

import datetime
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import pytest
from lxml import etree

from simulators.company import Company, make_company
from simulators.date_ranges import Span, split
from simulators.quickbooks import QuickBooks
from simulators.tests.quickbooks_documents import AS_OF, ask_one, fresh_company, schema_errors, texts, wrapped

ZERO = Decimal("0.00")
MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}
SECTION_TOTALS = {
    "Total Income": "Income",
    "Total COGS": "CostOfGoodsSold",
    "Total Expense": "Expense",
    "Total Other Income": "OtherIncome",
    "Total Other Expense": "OtherExpense",
}


def report(first: datetime.date, last: datetime.date, columns: str, basis: str, *, rows: str = "ActiveOnly",
           return_columns: str = "All") -> str:  # fmt: skip
    """A P&L request."""
    return (
        "<GeneralSummaryReportQueryRq><GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType>"
        f"<ReportPeriod><FromReportDate>{first}</FromReportDate><ToReportDate>{last}</ToReportDate></ReportPeriod>"
        f"<SummarizeColumnsBy>{columns}</SummarizeColumnsBy><ReturnRows>{rows}</ReturnRows>"
        f"<ReturnColumns>{return_columns}</ReturnColumns><ReportBasis>{basis}</ReportBasis>"
        "</GeneralSummaryReportQueryRq>"
    )


def cells(row: etree._Element) -> dict[int, Decimal]:
    """colID -> amount; what is missing is zero."""
    return {
        int(cell.get("colID", "")): Decimal(cell.get("value", ""))
        for cell in row.iterfind("ColData")
        if cell.get("colID") != "1"
    }


def label(row: etree._Element) -> str:
    """What stands in the label column."""
    return row.get("value") or next(c.get("value", "") for c in row.iterfind("ColData") if c.get("colID") == "1")


def path(row: etree._Element) -> str:
    """The full name in RowData; "" without."""
    data = row.find("RowData")
    return "" if data is None else data.get("value", "")


def rows_of(response: etree._Element) -> list[etree._Element]:
    """All rows in display order."""
    return list(response.iterfind("ReportRet/ReportData/*"))


class Expected:
    """The company's own arithmetic for the columns of a report, TOTAL last when there are several."""

    def __init__(self, company: Company, spans: list[Span], basis: str) -> None:
        if len(spans) > 1:
            spans = [*spans, Span(spans[0].first, spans[-1].last)]
        self.own = [company.natural_amounts(span.first, span.last, basis) for span in spans]
        self.sections = [company.section_totals(span.first, span.last, basis) for span in spans]
        self.net = [company.net_income(span.first, span.last, basis) for span in spans]

    def tree(self, full_name: str) -> list[Decimal]:
        """Per column, the account with all below it."""
        below = full_name + ":"
        return [
            sum((a for name, a in own.items() if f"{name}:".startswith(below)), ZERO)
            for own in self.own
        ]  # fmt: skip


def check(response: etree._Element, expected: Expected) -> None:
    """Every number of the report against the company's own."""
    width = range(2, 2 + len(expected.net))
    seen: dict[str, list[Decimal]] = {}
    for row in rows_of(response):
        printed = [cells(row).get(column, ZERO) for column in width]
        if row.tag == "DataRow":
            assert path(row) not in seen
            seen[path(row)] = printed
        elif row.tag == "SubtotalRow" and path(row):
            assert printed == expected.tree(path(row))
        elif label(row) in SECTION_TOTALS:
            assert printed == [sections[SECTION_TOTALS[label(row)]] for sections in expected.sections]
        elif row.tag == "TotalRow":
            assert printed == expected.net
    names = {name for own in expected.own for name, amount in own.items() if amount}
    assert {name for name, printed in seen.items() if any(printed)} == names
    for name, printed in seen.items():
        assert printed == [own.get(name, ZERO) for own in expected.own]


def check_counts(response: etree._Element) -> None:
    """NumRows, NumColumns and rowNumbers agree with what is there."""
    rows = rows_of(response)
    assert texts(response, "ReportRet/NumRows") == [str(len(rows))]
    assert [row.get("rowNumber") for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    columns = [column.get("colID") for column in response.iterfind("ReportRet/ColDesc")]
    assert texts(response, "ReportRet/NumColumns") == [str(len(columns))]
    assert columns == [str(n) for n in range(1, len(columns) + 1)]


@pytest.mark.parametrize("attempt", range(12))
def test_every_number_is_the_companys_own_in_a_random_variation(attempt: int, is_thorough: bool) -> None:
    seed = random.SystemRandom().randrange(10**9) if is_thorough else 20261121 + attempt
    print(f"seed {seed}")
    dice = random.Random(seed)
    company = make_company(seed, AS_OF, months=dice.randint(1, 14), uses_account_numbers=dice.random() < 0.5)
    zero_cells: Literal["missing", "0.00"] = dice.choice(("missing", "0.00"))
    total: Literal["Amount", "Total"] = dice.choice(("Amount", "Total"))
    quickbooks = QuickBooks(company, zero_cells=zero_cells, total_col_type=total)
    first = company.first_day + datetime.timedelta(days=dice.choice((0, 0, dice.randrange(60))))
    last = max(first, AS_OF + datetime.timedelta(days=dice.choice((0, 12, -20))))
    columns = dice.choice(("TotalOnly", "Month", "Quarter", "Year"))
    basis = dice.choice(("Accrual", "Cash"))
    rows = dice.choice(("ActiveOnly", "NonZero", "All"))
    request = report(first, last, columns, basis, rows=rows)
    response = ask_one(quickbooks, request)
    whole = Span(first, last)
    spans = [whole] if columns == "TotalOnly" else list(split(whole, MONTHS[columns], 1))
    check(response, Expected(company, spans, basis))
    check_counts(response)


FIRST = datetime.date(2026, 3, 1)
LAST = datetime.date(2026, 5, 31)


def shown(quickbooks: QuickBooks, basis: str = "Accrual", **wanted: str) -> etree._Element:
    """The P&L of March to May by month."""
    return ask_one(quickbooks, report(FIRST, LAST, "Month", basis, **wanted))


def test_the_layout_is_that_of_quickbooks() -> None:
    labels = [label(row) for row in rows_of(shown(QuickBooks(fresh_company())))]
    skeleton = ["Ordinary Income/Expense", "Income", "Total Income", "Cost of Goods Sold", "Total COGS", "Gross Profit",
                "Expense", "Total Expense", "Net Ordinary Income", "Other Income/Expense", "Other Income",
                "Total Other Income", "Other Expense", "Total Other Expense", "Net Other Income",
                "Net Income"]  # fmt: skip
    assert [text for text in labels if text in skeleton] == skeleton
    assert {str(row.tag) for row in rows_of(shown(QuickBooks(fresh_company())))} == {
        "TextRow",
        "DataRow",
        "SubtotalRow",
        "TotalRow",
    }


def test_a_parent_prints_heading_children_other_and_total() -> None:
    rows = rows_of(shown(QuickBooks(fresh_company())))
    labels = [label(row) for row in rows]
    start, end = labels.index("Managed Services"), labels.index("Total Managed Services")
    assert rows[start].tag == "TextRow"
    assert labels[end - 1] == "Managed Services - Other"
    assert path(rows[end - 1]) == path(rows[end]) == "Managed Services"
    deepest = next(row for row in rows if label(row) == "HIPAA Compliance Agreements")
    assert path(deepest) == "Managed Services:Compliance & Security:HIPAA Compliance Agreements"


def test_account_numbers_stand_before_the_names_in_labels_only() -> None:
    company = fresh_company(uses_account_numbers=True)
    rows = rows_of(shown(QuickBooks(company)))
    row = next(row for row in rows if path(row) == "Managed Services:Managed IT Agreements")
    assert label(row) == "40100 · Managed IT Agreements"
    assert "Total 40000 · Managed Services" in [label(row) for row in rows]
    numbered = rows_of(shown(QuickBooks(company, row_data_form="number_and_name")))
    assert "40000 · Managed Services:40100 · Managed IT Agreements" in [path(row) for row in numbered]
    bare = rows_of(shown(QuickBooks(company, row_data_form="none")))
    assert {path(row) for row in bare} == {""}
    assert [label(row) for row in bare] == [label(row) for row in rows]
    assert [cells(row) for row in bare] == [cells(row) for row in numbered] == [cells(row) for row in rows]


def titles(response: etree._Element) -> list[tuple[str | None, str | None]]:
    """Title and ColType of every column."""
    return [
        (title.get("value") if (title := column.find("ColTitle")) is not None else None, column.findtext("ColType"))
        for column in response.iterfind("ReportRet/ColDesc")
    ]


def test_several_columns_have_a_total_and_a_single_one_has_none() -> None:
    assert titles(shown(QuickBooks(fresh_company(), total_col_type="Total"))) == [
        (None, "Label"),
        ("Mar 26", "Amount"),
        ("Apr 26", "Amount"),
        ("May 26", "Amount"),
        ("TOTAL", "Total"),
    ]
    single = ask_one(QuickBooks(fresh_company()), report(FIRST, LAST, "TotalOnly", "Accrual"))
    assert titles(single) == [(None, "Label"), ("Mar - May 26", "Amount")]


def test_cells_without_activity_are_missing_or_zero() -> None:
    sparse = rows_of(shown(QuickBooks(fresh_company())))
    full = rows_of(shown(QuickBooks(fresh_company(), zero_cells="0.00")))
    assert any(len(cells(row)) < 4 for row in sparse if row.tag == "DataRow")
    assert all(len(cells(row)) == 4 for row in full if row.tag != "TextRow")
    assert len(cells(sparse[-1])) == 4  # Net Income is printed in every column


def test_idle_months_vanish_unless_all_columns_are_asked_for() -> None:
    company = fresh_company(months=2)
    request = report(datetime.date(2026, 1, 1), LAST, "Month", "Accrual", return_columns="{}")
    every = ask_one(QuickBooks(company), request.replace("{}", "All"))
    active = ask_one(QuickBooks(company), request.replace("{}", "ActiveOnly"))
    assert [title for title, _ in titles(every)] == [None, "Jan 26", "Feb 26", "Mar 26", "Apr 26", "May 26", "TOTAL"]
    assert [title for title, _ in titles(active)] == [None, "Apr 26", "May 26", "TOTAL"]
    assert cells(rows_of(every)[-1])[7] == cells(rows_of(active)[-1])[4]


def post(quickbooks: QuickBooks, debits: Mapping[str, str]) -> None:
    """A journal entry on 2026-05-04, negative amounts as credits."""
    lines = "".join(
        f"<Journal{kind}Line><AccountRef><FullName>{name}</FullName></AccountRef><Amount>{amount.lstrip('-')}</Amount>"
        f"</Journal{kind}Line>"
        for name, amount in debits.items()
        for kind in ["Credit" if amount.startswith("-") else "Debit"]
    )
    entry = f"<JournalEntryAdd><TxnDate>2026-05-04</TxnDate>{lines}</JournalEntryAdd>"
    assert ask_one(quickbooks, f"<JournalEntryAddRq>{entry}</JournalEntryAddRq>").get("statusCode") == "0"


def test_rows_that_net_to_zero_go_only_when_nonzero_is_asked_for() -> None:
    company = fresh_company()
    company.postings.clear()
    quickbooks = QuickBooks(company)
    post(quickbooks, {"Subcontractors": "10.00", "Freight In": "-10.00"})
    post(quickbooks, {"Subcontractors": "-10.00", "Freight In": "15.00", "Operating Checking": "-5.00"})
    active = shown(quickbooks)
    assert [path(row) for row in rows_of(active) if row.tag == "DataRow"] == ["Subcontractors", "Freight In"]
    assert cells(next(row for row in rows_of(active) if path(row) == "Subcontractors")) == {4: ZERO, 5: ZERO}
    nonzero = shown(quickbooks, rows="NonZero")
    assert [path(row) for row in rows_of(nonzero) if row.tag == "DataRow"] == ["Freight In"]
    every = shown(quickbooks, rows="All")
    leaves = {path(row) for row in rows_of(every) if path(row)}
    assert {a.full_name for a in company.profit_and_loss_accounts() if a.is_active} == leaves


def test_sections_without_an_account_are_left_out() -> None:
    company = fresh_company()
    company.postings.clear()
    quickbooks = QuickBooks(company)
    post(quickbooks, {"Amortization": "7.00", "Operating Checking": "-7.00"})
    assert [label(row) for row in rows_of(shown(quickbooks))] == [
        "Other Income/Expense", "Other Expense", "Amortization", "Total Other Expense", "Net Other Income", "Net Income"
    ]  # fmt: skip
    post(quickbooks, {"Hardware Sales": "-3.00", "Operating Checking": "3.00"})
    labels = [label(row) for row in rows_of(shown(quickbooks))]
    assert labels[:6] == [
        "Ordinary Income/Expense", "Income", "Hardware Sales", "Total Income", "Gross Profit", "Net Ordinary Income"
    ]  # fmt: skip


def test_an_empty_report_has_two_forms() -> None:
    company = fresh_company()
    company.postings.clear()
    nothing = shown(QuickBooks(company))
    assert nothing.find("ReportRet/ReportData") is None
    assert texts(nothing, "ReportRet/NumRows") == ["0"]
    lone = rows_of(shown(QuickBooks(company, empty_form="net_income_only")))
    assert [(row.tag, label(row)) for row in lone] == [("TotalRow", "Net Income")]
    assert set(cells(lone[0]).values()) == {ZERO}


def test_basis_none_is_the_files_own_preference() -> None:
    company = fresh_company()
    company.summary_report_basis = "Cash"
    assert texts(shown(QuickBooks(company), "None"), "ReportRet/ReportBasis") == ["Cash"]
    assert cells(rows_of(shown(QuickBooks(company), "None"))[-1]) == cells(
        rows_of(shown(QuickBooks(company), "Cash"))[-1]
    )


def test_without_a_period_it_is_the_fiscal_year_to_date() -> None:
    company = fresh_company()
    request = (
        "<GeneralSummaryReportQueryRq><GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType>{}"
    )
    bare = ask_one(QuickBooks(company), request.format("</GeneralSummaryReportQueryRq>"))
    assert texts(bare, "ReportRet/ReportSubtitle") == ["January 1 through May 19, 2026"]
    company.first_month_fiscal_year = "April"
    fiscal = ask_one(QuickBooks(company), request.format("</GeneralSummaryReportQueryRq>"))
    assert texts(fiscal, "ReportRet/ReportSubtitle") == ["April 1 through May 19, 2026"]
    macro = "<ReportDateMacro>LastMonth</ReportDateMacro></GeneralSummaryReportQueryRq>"
    assert texts(ask_one(QuickBooks(company), request.format(macro)), "ReportRet/ReportSubtitle") == ["April 2026"]


def test_headings_can_be_those_of_a_localised_edition() -> None:
    headings = {"Income": "Revenu", "Total Income": "Total des revenus", "Net Income": "Bénéfice net", "TOTAL": "SOMME",
                "Profit & Loss": "État des résultats", "Other": "Autre"}  # fmt: skip
    response = shown(QuickBooks(fresh_company(), headings=headings))
    labels = [label(row) for row in rows_of(response)]
    assert {"Revenu", "Total des revenus", "Bénéfice net", "Managed Services - Autre"} <= set(labels)
    assert titles(response)[-1] == ("SOMME", "Amount")
    assert texts(response, "ReportRet/ReportTitle") == ["État des résultats"]


@pytest.mark.parametrize("columns", ["TotalOnly", "Month", "Quarter", "Year"])
def test_every_variation_is_valid_by_intuits_schema(columns: str) -> None:
    company = fresh_company(uses_account_numbers=True)
    request = wrapped(report(FIRST, LAST, columns, "Cash", rows="All"))
    for quickbooks in (
        QuickBooks(company, zero_cells="0.00", total_col_type="Total", row_data_form="number_and_name"),
        QuickBooks(company, row_data_form="none"),
    ):
        assert schema_errors(quickbooks.process(request)) == ""
    company.postings.clear()
    for quickbooks in (QuickBooks(company), QuickBooks(company, empty_form="net_income_only")):
        assert schema_errors(quickbooks.process(request)) == ""
