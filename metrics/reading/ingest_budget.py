"""QuickBooks' Budget vs. Actual report into budgeted amounts by ledger account, and from there into targets."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Company
from metrics.models import BudgetAmount, LedgerAccount
from metrics.reading.request_window import BudgetWindow, UnknownWindow, budget_window_of
from metrics.reading.sync_record import Reading, Refused, moment_of, response_in
from metrics.sources.desktop import ChartAccount, UnreadableReport
from metrics.sources.desktop_budget import Budget, NoBudget, read_budget_answer
from metrics.targets.budget_rows import map_budget, replace_budget
from qbwc.payloads import text_of
from qbwc.purposes import Delivered
from qbwc.qbxml.reports import MalformedReport
from qbwc.qbxml.responses import Response


@dataclass(frozen=True)
class Asked:
    """An answer with what it was asked for."""

    window: BudgetWindow
    response: Response


def parse(delivered: Delivered) -> Asked:
    """Raises Refused."""
    payload = delivered.exchange.request_payload
    try:
        if payload is None:
            raise UnknownWindow("The request it answers is no longer stored.")
        return Asked(budget_window_of(text_of(payload)), response_in(delivered.text, "BudgetSummaryReportQueryRs"))
    except UnknownWindow as problem:
        raise Refused(f"The budget cannot be used. {problem}") from problem


def write(asked: Asked, delivered: Delivered, company: Company) -> Reading:
    """Replace the fiscal year's budget; that there is none is an answer too. Needs the company's lock.

    Raises Refused.
    """
    window = asked.window
    budget = _read(asked, company)
    if isinstance(budget, NoBudget):
        replace_budget(company, window.months, (), delivered.exchange)
        map_budget(company, moment_of(delivered))
        return Reading(budget.reason, {"fiscal_year": window.fiscal_year, "accounts": 0, "months": 0})
    rows = [
        BudgetAmount(
            company=company,
            month=one.month.first_day,
            account_key=one.account_key,
            full_name=one.full_name,
            account_type=one.section.value,
            amount=one.amount,
            exchange=delivered.exchange,
        )
        for one in budget.amounts
    ]
    replace_budget(company, window.months, rows, delivered.exchange)
    map_budget(company, moment_of(delivered))
    return _reading(budget)


def _read(asked: Asked, company: Company) -> Budget | NoBudget:
    chart = [
        ChartAccount(row.list_id, row.name, row.full_name, row.number, row.account_type, row.special_type)
        for row in LedgerAccount.objects.filter(company=company).order_by("is_active", "pk")
    ]
    window = asked.window
    try:
        return read_budget_answer(asked.response, window.fiscal_year, window.months, chart, company.currency)
    except (MalformedReport, UnreadableReport) as problem:
        raise Refused(f"The budget cannot be used. {problem}") from problem


def _reading(budget: Budget) -> Reading:
    accounts = len({one.account_key for one in budget.amounts})
    words = (
        f"Read the budget of the fiscal year {budget.fiscal_year}: {accounts} accounts, {len(budget.months)} months."
    )
    wrong = [one.label for one in budget.discrepancies]
    if wrong:
        words += f" QuickBooks' own totals do not add up to it: {', '.join(dict.fromkeys(wrong))}."
    return Reading(words, {"fiscal_year": budget.fiscal_year, "accounts": accounts, "months": len(budget.months)})
