"""What the books give cause to tell: unmapped, untied and restated months, missed targets; few queries for many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import Company, Membership, User
from alerts.acknowledging import acknowledge
from alerts.looking import look
from alerts.models import Alert, Thresholds
from alerts.sources import Found, sources
from metrics.alerting import sources as alert_sources
from metrics.alerting import targets as alert_targets
from metrics.models import MonthlyMetric, ReportingSettings, Restatement, Target
from metrics.months import Month
from metrics.recompute import recompute
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetValue
from metrics.tests import sample_company as sample
from metrics.tie_out.restatements import acknowledge as acknowledge_restatements
from qbwc.models import Exchange, Job, Payload

pytestmark = pytest.mark.django_db
NOW = sample.NOW
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def company(dana: User) -> Company:
    found = sample.synced_company(dana)
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    return found


def found_by(look_at: Callable[..., Iterable[Found]], *companies: Company) -> list[Found]:
    return list(look_at(companies or list(Company.objects.all()), NOW))


def a_month(company: Company, month: Month, **columns: Any) -> None:
    assert MonthlyMetric.objects.filter(company=company, month=month.first_day).update(**columns)


def restate(company: Company, month: Month = OCTOBER, after: str = "90.00") -> Restatement:
    text = Payload.objects.create(sha256=f"{Payload.objects.count():064}", size=1, body=b"x")
    job = Job.objects.create(company_file=company.company_file, purpose="profit_loss", created_at=NOW, available_at=NOW)
    exchange = Exchange.objects.create(job=job, sent_at=NOW, request_payload=text)
    return Restatement.objects.create(
        company=company, basis="accrual", month=month.first_day, exchange=exchange, detected_at=NOW,
        net_income_before=Decimal(100), net_income_after=Decimal(after), revenue_before=0, revenue_after=0, cells=1,
    )  # fmt: skip


def test_a_synced_company_gives_no_cause(company: Company) -> None:
    for source in sources().values():
        assert found_by(source.look) == [], source.kind


def test_an_untied_month_is_told_with_its_difference_and_the_running_one_is_not(company: Company) -> None:
    a_month(company, OCTOBER, tie_out_status="untied", difference=Decimal("-12.00"))
    a_month(company, NOVEMBER, tie_out_status="untied", difference=Decimal("5.00"))
    (one,) = found_by(alert_sources.untied)
    assert (one.subject, one.value, one.link) == ("2026-10:accrual", "(12.00)", "/companies/cascadia/tie-out/2026-10/")
    before = one.fingerprint
    a_month(company, OCTOBER, difference=Decimal("15.00"))
    assert found_by(alert_sources.untied)[0].fingerprint != before


def test_a_month_of_another_basis_than_the_companys_is_not_looked_at(company: Company) -> None:
    a_month(company, OCTOBER, tie_out_status="untied", difference=Decimal(1), basis="cash")
    assert found_by(alert_sources.untied) == []
    ReportingSettings.objects.create(company=company, default_basis="cash")
    assert [one.subject for one in found_by(alert_sources.untied)] == ["2026-10:cash"]


@pytest.mark.parametrize(
    ("revenue", "expenses", "percent", "amount", "is_told"),
    [
        ("9.00", "0", "1", None, False),  # of 1,000 revenue and 1,000 expenses
        ("11.00", "0", "1", None, True),  # more of the revenue than the settings allow
        ("0", "19.00", "1", None, False),
        ("0", "21.00", "1", None, True),
        ("0", "21.00", "2", None, False),
        ("0", "19.00", "1", "15", True),
        ("-30.00", "0", "1", None, True),
    ],
)
def test_unmapped_amounts_are_told_over_the_share_or_the_amount(
    company: Company, revenue: str, expenses: str, percent: str, amount: str | None, is_told: bool
) -> None:
    unmapped = {"unmapped_revenue": Decimal(revenue), "unmapped_expenses": Decimal(expenses)}
    a_month(company, OCTOBER, total_revenue=Decimal(1000), total_expenses=Decimal(1000), **unmapped)
    values = {"unmapped.percent": percent} | ({"unmapped.amount": amount} if amount else {})
    Thresholds.objects.create(company=company, values=values)
    assert bool(found_by(alert_sources.unmapped)) is is_told


def test_a_share_is_not_said_to_be_what_the_limit_is(company: Company) -> None:
    a_month(company, OCTOBER, total_revenue=Decimal(10000), total_expenses=Decimal(0), unmapped_revenue=Decimal("104"))
    (one,) = found_by(alert_sources.unmapped)
    assert "just over 1% of its revenue" in one.words
    assert "1.0%" not in one.words


def test_unmapped_amounts_are_another_thing_only_when_they_double(company: Company) -> None:
    def told(amount: str) -> tuple[str, int]:
        a_month(
            company, OCTOBER, unmapped_expenses=Decimal(amount), total_revenue=Decimal(1000),
            total_expenses=Decimal(1000),
        )  # fmt: skip
        (one,) = found_by(alert_sources.unmapped)
        return one.fingerprint, one.size

    assert told("21") == told("39")
    assert told("41")[1] > told("39")[1]


def test_a_restated_month_is_told_and_acknowledged_from_either_side(company: Company) -> None:
    first = restate(company)
    look(NOW)
    alert = Alert.objects.get()
    assert (alert.subject, alert.kind) == ("2026-10:accrual", "restated")
    assert "net income 100.00 → 90.00" in alert.words
    acknowledge(company, [alert.pk], note="Agreed.", actor="dana", now=NOW)
    first.refresh_from_db()
    assert (first.acknowledged_by, first.note) == ("dana", "Agreed.")
    look(NOW)
    alert.refresh_from_db()
    assert alert.state == "ended"
    second = restate(company, after="80.00")
    look(NOW + timedelta(hours=1))
    alert.refresh_from_db()
    assert alert.state == "open", "another restatement of the month is another thing"
    acknowledge_restatements(company, [second.pk], note="", actor="erin", now=NOW)
    look(NOW + timedelta(hours=2))
    alert.refresh_from_db()
    assert alert.state == "ended"


def test_acknowledging_a_restated_month_acknowledges_only_what_was_known_by_then(company: Company) -> None:
    first = restate(company)
    look(NOW)
    second = restate(company, after="80.00")  # no look yet: nobody has seen it
    acknowledge(company, [Alert.objects.get().pk], note="", actor="dana", now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.acknowledged_by, second.acknowledged_by) == ("dana", "")
    look(NOW + timedelta(minutes=5))
    alert = Alert.objects.get()
    assert (alert.state, alert.value) == ("open", "80.00")


def test_another_threshold_is_no_news_of_what_is_known(company: Company, dana: User, client: Client) -> None:
    client.force_login(dana)
    a_month(company, OCTOBER, unmapped_expenses=Decimal(90), total_revenue=Decimal(1000), total_expenses=Decimal(1000))
    look(NOW)
    acknowledge(company, [Alert.objects.get().pk], note="", actor="dana", now=NOW)
    for percent, words in (("0.5", "(the limit is 0.5%)"), ("2", "(the limit is 2%)"), ("0.1", "(the limit is 0.1%)")):
        form = {"what": "thresholds", "unmapped.percent": percent}
        assert client.post("/companies/cascadia/alerts/settings/", form).status_code == 302
        look(NOW + timedelta(minutes=5))
        alert = Alert.objects.get()
        assert (alert.state, alert.to_tell, alert.change) == ("acknowledged", False, ""), percent
        assert words in alert.words
    client.post("/companies/cascadia/alerts/settings/", {"what": "thresholds", "unmapped.percent": "50"})
    look(NOW + timedelta(minutes=10))
    assert Alert.objects.get().state == "ended"


def test_an_alert_says_since_when_also_after_the_month_was_read_again(company: Company) -> None:
    a_month(company, OCTOBER, tie_out_status="untied", difference=Decimal(1), synced_at=NOW - timedelta(days=9))
    look(NOW)
    a_month(company, OCTOBER, synced_at=NOW)
    look(NOW + timedelta(hours=2))
    assert Alert.objects.get().since == NOW - timedelta(days=9)


def target(company: Company, key: str, amount: str, *months: Month) -> None:
    wanted = [TargetValue(key, month, Decimal(amount)) for month in months]
    save_targets(company, wanted, actor="dana", now=NOW)


def test_a_target_that_was_missed_is_told_for_the_latest_month_and_quarter(company: Company) -> None:
    july = Month(2026, 7)
    quarter = (july, july.plus(1), july.plus(2))
    for month in (*quarter, OCTOBER):
        a_month(company, month, mrr=Decimal(80), total_revenue=Decimal(100))
        MonthlyMetric.objects.update(synced_at=NOW)
    target(company, "mrr", "100", *quarter, OCTOBER)
    target(company, "total_revenue", "101", *quarter, OCTOBER)
    found = {one.subject: one for one in found_by(alert_targets.missed)}
    assert set(found) == {"2026-10:mrr:accrual", "2026-07..2026-09:mrr:accrual"}
    missed = found["2026-10:mrr:accrual"]
    assert missed.words == "Monthly recurring revenue missed its target in Oct 2026: 80.00 against 100.00."
    assert missed.link == "/companies/cascadia/explain/mrr/2026-10/?basis=accrual"
    assert "240.00 against 300.00" in found["2026-07..2026-09:mrr:accrual"].words


def test_a_month_that_was_not_read_since_it_ended_has_missed_nothing(company: Company) -> None:
    a_month(company, OCTOBER, mrr=Decimal(80))
    target(company, "mrr", "100", OCTOBER)
    MonthlyMetric.objects.update(synced_at=NOW.replace(month=10, day=30))
    assert found_by(alert_targets.missed) == []
    MonthlyMetric.objects.update(synced_at=NOW)
    assert len(found_by(alert_targets.missed)) == 1
    Thresholds.objects.create(company=company, values={"target_missed.percent": "25"})
    assert found_by(alert_targets.missed) == []


def test_a_derived_metric_and_a_cost_are_judged_by_their_own_direction(company: Company) -> None:
    a_month(company, OCTOBER, net_profit=Decimal(10), total_revenue=Decimal(100), product_cogs=Decimal(50))
    target(company, "net_margin", "20", OCTOBER)
    target(company, "product_cogs", "60", OCTOBER)
    assert [one.subject for one in found_by(alert_targets.missed)] == ["2026-10:net_margin:accrual"]
    Target.objects.filter(metric_key="product_cogs").update(amount=Decimal(40))
    assert len(found_by(alert_targets.missed)) == 2


@pytest.mark.parametrize("count", [1, 40])
def test_every_source_takes_the_same_few_queries_for_many_companies(
    dana: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        made = sample.synced_company(dana, f"Company {number}", f"company-{number}", months=6)
        a_month(made, OCTOBER, tie_out_status="untied", difference=Decimal(1), unmapped_revenue=Decimal(10**6))
        restate(made)
        target(made, "mrr", "99999999", OCTOBER)
    look(NOW)
    assert Alert.objects.filter(company__slug="company-0").count() == 4
    with django_assert_num_queries(20):
        look(NOW + timedelta(minutes=5))


def test_figures_that_changed_ask_for_one_look_after_the_commit(
    company: Company, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "alerts.tasks.look_at_company.apply_async", lambda kwargs, **_: asked.append(kwargs["company_id"])
    )
    with django_capture_on_commit_callbacks(execute=True):
        recompute(company, as_of=NOW.date())
        recompute(company, as_of=NOW.date())
        assert asked == []
    assert asked == [company.pk]


def test_the_tab_of_a_company_leads_to_its_alerts(client: Client, dana: User, company: Company) -> None:
    client.force_login(dana)
    a_month(company, OCTOBER, tie_out_status="untied", difference=Decimal("-12.00"))
    look(NOW)
    assert b'href="/companies/cascadia/alerts/"' in client.get("/companies/cascadia/targets/").content
    page = client.get("/companies/cascadia/alerts/").content.decode()
    assert "Oct 2026 does not tie out" in page
    for kind in ("Untied month", "Unmapped over the threshold", "Restated month", "Target missed", "Stale sync"):
        assert kind in page
