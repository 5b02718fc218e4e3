"""For any generated company: our monthly metrics equal the company's own arithmetic, whatever the report looks like."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.arithmetic import month_figures
from metrics.mapping import Rule, compile_rules
from metrics.mappings.default_mappings import DEFAULT_RULES
from metrics.months import Month, months_between
from metrics.profit_and_loss import ProfitAndLoss
from metrics.sources.desktop import ChartAccount, read_profit_and_loss
from qbwc.qbxml import requests
from qbwc.qbxml.message_set import MessageSet, Request, render
from qbwc.qbxml.reports import parse_report
from qbwc.qbxml.responses import Response, parse_answer, read_accounts
from simulators.company import Company, make_company
from simulators.quickbooks import QuickBooks

AS_OF = date(2026, 6, 17)
MONTHS = months_between(Month(2024, 7), Month(2026, 6))
Basis = Literal["Accrual", "Cash"]
MAPPER = compile_rules(
    [
        Rule(number, rule.match_type, rule.pattern, rule.sections, rule.metric_key, number)
        for number, rule in enumerate(DEFAULT_RULES)
    ]
)


def _ask(quickbooks: QuickBooks, element: object) -> Response:
    quickbooks.begin_session("")
    text = quickbooks.process(render(MessageSet(requests=(Request("1", element),))))  # type: ignore[arg-type]
    quickbooks.end_session()
    return parse_answer(text).responses[0]


def _read(quickbooks: QuickBooks, basis: Basis) -> ProfitAndLoss:
    accounts = read_accounts(_ask(quickbooks, requests.account_query()))
    chart = [ChartAccount(a.list_id, a.name, a.full_name, a.number, a.account_type, a.special_type) for a in accounts]
    query = requests.profit_and_loss_query(MONTHS[0].first_day, MONTHS[-1].last_day, basis)
    return read_profit_and_loss(parse_report(_ask(quickbooks, query).element[0]), MONTHS, chart)


def _assert_equals_the_books(company: Company, read: ProfitAndLoss, basis: Basis) -> None:
    for month in MONTHS:
        own = company.net_income(month.first_day, month.last_day, basis)
        tie_out = read.tie_out(month)
        assert tie_out.is_tied, (month, tie_out.discrepancies)
        assert tie_out.quickbooks_net_income == own
        rows = [
            (MAPPER.match(row.full_name, row.section).metric_key, row.section, row.amount)
            for row in read.amounts_in(month)
        ]
        assert month_figures(rows).net_profit == own
        amounts = company.natural_amounts(month.first_day, month.last_day, basis)
        assert {r.full_name: r.amount for r in read.amounts_in(month) if r.amount} == {
            name: amount for name, amount in amounts.items() if amount
        }


@settings(max_examples=8, deadline=None, print_blob=True)
@given(
    seed=st.integers(0, 10_000),
    uses_account_numbers=st.booleans(),
    basis=st.sampled_from(("Accrual", "Cash")),
    row_data_form=st.sampled_from(("full_name", "number_and_name", "none")),
    zero_cells=st.sampled_from(("missing", "0.00")),
    total_col_type=st.sampled_from(("Amount", "Total")),
)
def test_our_figures_equal_the_companys_own_arithmetic(
    seed: int,
    uses_account_numbers: bool,
    basis: Basis,
    row_data_form: str,
    zero_cells: str,
    total_col_type: str,
) -> None:
    company = make_company(seed, AS_OF, uses_account_numbers=uses_account_numbers)
    quickbooks = QuickBooks(
        company,
        row_data_form=row_data_form,  # type: ignore[arg-type]
        zero_cells=zero_cells,  # type: ignore[arg-type]
        total_col_type=total_col_type,  # type: ignore[arg-type]
    )
    _assert_equals_the_books(company, _read(quickbooks, basis), basis)


@pytest.mark.parametrize("empty_form", ["no_data", "net_income_only"])
def test_a_company_without_postings_has_twenty_four_tied_months_of_nothing(empty_form: str) -> None:
    company = make_company(1, date(2020, 1, 31), months=1)
    quickbooks = QuickBooks(company, empty_form=empty_form)  # type: ignore[arg-type]
    read = _read(quickbooks, "Accrual")
    assert not read.amounts
    assert all(read.tie_out(month).is_tied for month in MONTHS)
    assert {read.net_income[month] for month in MONTHS} == {Decimal(0)}
