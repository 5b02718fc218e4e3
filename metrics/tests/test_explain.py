"""Explain this number: it equals what is shown to the cent, and every part of it leads to QuickBooks' own row."""

from __future__ import annotations

import zlib
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from accounts.models import Company
from metrics.arithmetic import DERIVED, LINES, UNMAPPED_FIGURES, month_figures
from metrics.cells import cells_at
from metrics.derived import Figures, derived
from metrics.explain.explained import AccountLine, Explanation
from metrics.explain.explanations import UnknownMetric, explain
from metrics.explain.rules import Rules
from metrics.mappings.changes import save_mapping
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MonthlyAmount, MonthlyHeadCount, MonthlyMetric, ReportingSettings
from metrics.months import Month
from metrics.periods import Period, sum_period
from metrics.profit_and_loss import ZERO
from metrics.selectors import monthly_report
from metrics.tests import explained_sample as sample
from metrics.tests.factories import NOW, CompanyFactory
from qbwc import payloads
from qbwc.models import Exchange, Payload

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

JANUARY, MARCH = Month(2026, 1), Month(2026, 3)
EVERY = (*LINES, *UNMAPPED_FIGURES)
PERIODS = [Period.parse(text) for text in ("2026-Q1", "ytd:2026-03", "ttm:2026-03", "2026-01..2026-02", "fy:2026")]


@pytest.fixture(scope="module")
def made(rows_of_the_file: DjangoDbBlocker) -> int:
    with rows_of_the_file.unblock():
        return sample.make().pk


@pytest.fixture
def company(made: int, db: None) -> Company:
    return Company.objects.get(pk=made)


def shown(company: Company, basis: str = "accrual") -> dict[Month, Figures]:
    """What the dashboard's selector gives for each month, with the derived metrics worked out from it."""
    found: dict[Month, Figures] = {}
    for column in monthly_report(company, basis).months:
        figures: Figures = {
            **column.figures,
            "unmapped_revenue": column.unmapped_revenue,
            "unmapped_expenses": column.unmapped_expenses,
        }
        found[column.month] = {**figures, **derived(figures)}
    return found


def line(explained: Explanation, full_name: str) -> AccountLine:
    return next(one for one in explained.lines if one.full_name == full_name)


def bad(explained: Explanation) -> list[str]:
    return [one.words for one in explained.notices if one.tone == "bad"]


@pytest.mark.parametrize("basis", ["accrual", "cash"])
def test_every_metric_of_every_month_is_what_the_dashboard_shows_to_the_cent(company: Company, basis: str) -> None:
    for month, figures in shown(company, basis).items():
        for key in EVERY:
            explained = explain(company, key, month, basis)
            assert (key, explained.value) == (key, figures[key])
            assert bad(explained) == []


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_every_metric_of_a_period_is_the_periods_own(company: Company, period: Period) -> None:
    totals = sum_period(shown(company), period)
    for key in EVERY:
        explained = explain(company, key, period, "accrual")
        assert (key, explained.value) == (key, {**totals.figures, **totals.derived}[key])
        assert bad(explained) == []


@pytest.mark.parametrize("period", [Period.month(JANUARY), *PERIODS], ids=str)
def test_the_accounts_add_up_to_the_figure(company: Company, period: Period) -> None:
    for key in (*month_figures(()).by_key(),):
        explained = explain(company, key, period, "accrual")
        assert sum((one.contribution for one in explained.lines), ZERO) == explained.value
        parts = [part.contribution for one in explained.lines for part in one.parts]
        assert sum(parts, ZERO) == explained.value


def test_the_inputs_of_a_derived_metric_explain_themselves_and_make_it(company: Company) -> None:
    for metric in DERIVED:
        explained = explain(company, metric.key, JANUARY, "accrual")
        assert {one.key for one in explained.inputs} == set(metric.needs)
        for one in explained.inputs:
            assert explain(company, one.explains_as, JANUARY, "accrual").value == one.value
        assert metric.compute({one.key: one.value for one in explained.inputs}) == explained.value
        assert explained.formula == metric.formula


def test_the_formula_is_written_out_with_its_numbers(company: Company) -> None:
    def numbers(key: str, period: Month | Period = JANUARY) -> str:
        return explain(company, key, period, "accrual").in_numbers

    assert numbers("mrr") == "1,000.00 − 20.00 = 980.00"
    assert numbers("misc_revenue") == "−12.00 = −12.00"
    assert numbers("net_profit") == "1,225.15 − 801.11 = 424.04"
    assert numbers("gross_margin") == "(1,225.15 − 0.00) ÷ 1,225.15 = 100.0%"
    assert numbers("revenue_per_employee") == "1,225.15 ÷ 3 = 408.38"
    assert numbers("revenue_per_employee_annualised") == "(1,225.15 × 12 ÷ 1) ÷ 3 = 4,900.60"
    assert numbers("labour_multiple") == "(250.10 + 980.00 + 0.00) ÷ 500.00 = 2.46"
    assert numbers("employees") == "3"


def test_an_expense_mapped_to_a_revenue_metric_lowers_it(company: Company) -> None:
    fees = line(explain(company, "misc_revenue", JANUARY, "accrual"), "Merchant Fees")
    assert (fees.printed, fees.contribution, fees.sign) == (Decimal(12), Decimal(-12), -1)
    discounts = line(explain(company, "mrr", JANUARY, "accrual"), "Discounts")
    assert (discounts.printed, discounts.contribution, discounts.sign) == (Decimal(-20), Decimal(-20), 1)


def test_a_line_names_the_rule_and_the_version_it_came_in_with(company: Company) -> None:
    (rule,) = line(explain(company, "mrr", JANUARY, "accrual"), "Managed Services").rules
    assert (rule.match_words, rule.pattern, rule.priority, rule.note) == (
        "Full name contains",
        "managed",
        10,
        "Agreements",
    )
    assert rule.came_in is not None
    assert (rule.came_in.actor, rule.came_in.version) == ("dana", 2)
    row = AccountMapping.objects.get(pattern="managed")
    save_mapping(row, MappingValues("contains", "managed", "orr", note="Moved"), actor="erin", now=sample.LATER)
    (rule,) = line(explain(company, "orr", JANUARY, "accrual"), "Managed Services").rules
    assert rule.came_in is not None
    assert (rule.came_in.actor, rule.came_in.version, rule.came_in.at) == ("erin", 8, sample.LATER)


def test_an_account_no_rule_knows_says_which_rules_were_tried(company: Company) -> None:
    odd = line(explain(company, "unmapped_revenue", JANUARY, "accrual"), "Odd Jobs")
    assert (odd.rules, odd.is_unmapped) == ((), True)
    assert [one.pattern for one in odd.tried] == ["managed", "projects", "Discounts", "merchant", "rent", "wages"]
    assert {one.words for one in odd.tried} == {"its pattern does not fit the name"}


def test_the_evidence_is_the_very_row_and_its_checksum_holds(company: Company) -> None:
    explained = explain(company, "mrr", JANUARY, "accrual")
    managed = line(explained, "Managed Services")
    assert managed.evidence is not None
    assert managed.evidence.text == (
        '<DataRow rowNumber="3"><RowData rowType="account" value="Managed Services"/>'
        '<ColData colID="1" value="Managed Services"/><ColData colID="2" value="1000.00"/>'
        '<ColData colID="3" value="1150.00"/><ColData colID="4" value="950.00"/><ColData colID="5" value="3100.00"/>'
        "</DataRow>"
    )
    (source,) = explained.sources
    exchange = Exchange.objects.get(pk=source.exchange_id)
    assert exchange.response_payload is not None
    assert (source.is_intact, source.job_id, source.sha256) == (True, exchange.job_id, exchange.response_payload.sha256)
    assert (source.answered_at, source.sent_at) == (exchange.answered_at, exchange.sent_at)
    assert source.sync_message.startswith("Read 3 months")
    assert managed.evidence.shows_amount


def tamper(company: Company) -> Payload:
    month = MonthlyMetric.objects.get(company=company, basis="accrual", month=date(2026, 1, 1))
    assert month.exchange is not None
    payload = month.exchange.response_payload
    assert payload is not None
    return payload


def test_a_stored_answer_that_was_changed_is_told_loudly(company: Company) -> None:
    payload = tamper(company)
    payload.body = zlib.compress(payloads.text_of(payload).replace("1000.00", "9000.00").encode())
    payload.save()
    explained = explain(company, "mrr", JANUARY, "accrual")
    assert explained.sources[0].is_intact is False
    assert "NOT what QuickBooks sent" in bad(explained)[0]
    assert explained.value == 980  # the figures were read before


def test_a_stored_answer_that_cannot_be_unpacked_is_told_loudly(company: Company) -> None:
    payload = tamper(company)
    payload.body = b"rubbish"
    payload.save()
    explained = explain(company, "mrr", JANUARY, "accrual")
    assert "cannot be unpacked" in bad(explained)[0]
    assert all(one.evidence is not None and one.evidence.text is None for one in explained.lines)


def test_an_answer_that_is_no_longer_stored_is_said_so(company: Company) -> None:
    tamper(company).delete()
    explained = explain(company, "mrr", JANUARY, "accrual")
    assert [(one.tone, "no longer stored" in one.words) for one in explained.notices] == [("warn", True)]
    assert explained.value == 980


def test_a_stored_figure_that_its_accounts_do_not_make_is_told_loudly(company: Company) -> None:
    MonthlyMetric.objects.filter(company=company, month=date(2026, 1, 1), basis="accrual").update(mrr=5)
    assert "The stored figure is 5.00, but its ledger accounts come to 980.00." in bad(
        explain(company, "mrr", JANUARY, "accrual")
    )[0]  # fmt: skip


def test_as_of_an_earlier_moment_it_is_what_was_known_then(company: Company) -> None:
    rules = Rules(company, sample.BETWEEN)
    found = cells_at(company, "accrual", JANUARY, MARCH, sample.BETWEEN)
    for month in (JANUARY, Month(2026, 2), MARCH):
        here = [one for one in found if one.month == month]
        then = month_figures((rules.match(one).metric_key, one.section, one.amount) for one in here).by_key()
        for key, value in then.items():
            assert explain(company, key, month, "accrual", sample.BETWEEN).value == value
    now = explain(company, "unmapped_revenue", JANUARY, "accrual")
    before = explain(company, "unmapped_revenue", JANUARY, "accrual", sample.BETWEEN)
    assert (before.value, now.value) == (Decimal("5.05"), Decimal("7.05"))
    (odd,) = before.lines
    assert odd.evidence is not None
    assert 'value="5.05"' in (odd.evidence.text or "")
    assert before.months[0].is_tied
    assert before.notices[0].words.startswith("As known on 16 Mar 2026, 12:00 UTC")


def test_before_the_first_reading_nothing_was_known(company: Company) -> None:
    explained = explain(company, "mrr", JANUARY, "accrual", NOW.replace(year=2025))
    assert (explained.value, explained.is_known, explained.lines) == (None, False, ())
    assert "Nothing of Jan 2026 was read from QuickBooks by then" in explained.notices[0].words


def test_a_month_that_was_never_read_is_not_a_zero(company: Company) -> None:
    explained = explain(company, "net_margin", Month(2024, 1), "accrual")
    assert (explained.value, explained.is_known) == (None, False)


def test_a_share_of_nothing_says_why_it_means_nothing(company: Company) -> None:
    MonthlyMetric.objects.filter(company=company, basis="cash").update(total_revenue=0)
    explained = explain(company, "net_margin", JANUARY, "cash")
    assert explained.value is None
    assert "what it is measured against (total revenue) is zero or less" in explained.notices[0].words


def test_an_untied_month_says_so(company: Company) -> None:
    MonthlyMetric.objects.filter(company=company, basis="accrual", month=date(2026, 2, 1)).update(
        tie_out_status="untied", difference=1
    )
    explained = explain(company, "mrr", Month(2026, 2), "accrual")
    assert explained.notices[0].words.startswith("Feb 2026 does not tie out.")
    assert not explained.months[0].is_tied


def test_head_counts_tell_how_they_came_about(company: Company) -> None:
    def story(month: Month) -> tuple[str, list[tuple[str, int, bool]]]:
        found = explain(company, "employees", month, "accrual").head_count
        assert found is not None
        return found.how, [(part.employee_type, part.people, part.is_counted) for part in found.parts]

    assert story(JANUARY) == ("hindsight", [("Regular", 2, True), ("Owner", 1, True)])
    assert story(MARCH)[0] == "running"
    ReportingSettings.objects.create(company=company, counts_owners=False)
    assert story(JANUARY)[1] == [("Regular", 2, True), ("Owner", 1, False)]
    row = MonthlyHeadCount.objects.create(
        company=company, month=date(2026, 1, 1), counts={"Regular": 2}, frozen_at=sample.LATER
    )
    assert story(JANUARY)[0] == "frozen"
    row.entered, row.entered_by = 9, "dana"
    row.save()
    explained = explain(company, "employees", JANUARY, "accrual")
    assert explained.head_count is not None
    assert explained.head_count.words == "Entered by dana: 9. An entered count wins over every list."
    assert explain(CompanyFactory.create(), "employees", JANUARY, "accrual").head_count is None


def test_a_head_count_of_an_earlier_moment_is_told_only_if_it_was_frozen_by_then(company: Company) -> None:
    explained = explain(company, "employees", JANUARY, "accrual", sample.BETWEEN)
    assert explained.value is None
    assert explained.head_count is not None
    assert explained.head_count.how == "unknown"


def test_an_account_printed_in_several_rows_says_that_they_were_added(company: Company) -> None:
    MonthlyAmount.objects.filter(company=company, full_name="Rent", basis="accrual").update(row_number=4)
    explained = explain(company, "other_expenses", JANUARY, "accrual")
    assert "QuickBooks printed these accounts in several rows, which were added: Rent." in [
        one.words for one in explained.notices
    ]


def test_a_metric_that_does_not_exist_is_refused(company: Company) -> None:
    with pytest.raises(UnknownMetric, match="No metric is called “ebitda”"):
        explain(company, "ebitda", JANUARY, "accrual")


def test_the_number_of_queries_does_not_grow_with_accounts_and_each_text_is_unpacked_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    unpack = payloads.text_of

    def noted(payload: Payload) -> str:
        opened.append(payload.pk)
        return unpack(payload)

    monkeypatch.setattr(payloads, "text_of", noted)
    with CaptureQueriesContext(connection) as context:
        explain(company, "net_profit", JANUARY, "accrual")
    assert len(context) <= 12
    assert len(opened) == 1
    opened.clear()
    explain(company, "net_profit", Period.parse("2026-Q1"), "accrual")
    assert opened == []
