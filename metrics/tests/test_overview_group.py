"""The group on the overview: what it adds up, and that no open alert is missing from what needs attention."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from accounts import clock
from accounts.models import Company, User
from accounts.permissions import Caller
from alerts.models import Alert
from metrics.models import ReportingSettings
from metrics.months import Month
from metrics.overview.companies import Overview, Sort, overview
from metrics.tests import sample_company as sample
from metrics.tests.callers import words_of
from metrics.tests.factories import MonthlyMetricFactory
from qbwc.alerts import OUTCOME_UNKNOWN, WRONG_FILE

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
NOW = sample.NOW
OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


def member(dana: User, name: str, revenue: str, profit: str, basis: str = "accrual", **settings: int) -> Company:
    made = sample.company_of(dana, name, name.lower())
    ReportingSettings.objects.create(company=made, default_basis=basis, **settings)
    for of_basis, factor in ((basis, 1), ("cash" if basis == "accrual" else "accrual", 1000)):
        MonthlyMetricFactory.create(
            company=made,
            basis=of_basis,
            month=OCTOBER.first_day,
            total_revenue=Decimal(revenue) * factor,
            net_profit=Decimal(profit) * factor,
        )
    return made


def seen(dana: User, words: str = "") -> Overview:
    return overview(Caller(user=dana), NOW, sort=Sort.NAME, words=words)


def an_alert(company: Company, kind: str, *, is_acknowledged: bool = False) -> None:
    Alert.objects.create(
        company=company, kind=kind, subject="x", fingerprint="x", tone="bad", words="It is so.", since=NOW,
        opened_at=NOW, last_seen_at=NOW, updated_at=NOW, is_acknowledged=is_acknowledged,
    )  # fmt: skip


def test_a_group_is_the_sum_of_its_members_to_the_cent_each_on_its_own_basis(dana: User) -> None:
    members = [("0.01", "-0.02"), ("33333.33", "11111.11"), ("66666.67", "-99999.99"), ("0.00", "0.00")]
    for number, (revenue, profit) in enumerate(members):
        basis = "cash" if number == 1 else "accrual"
        member(dana, f"Company{number}", revenue, profit, basis, fiscal_year_first_month=number * 3 + 1)
    sample.company_of(dana, "Empty", "empty")
    (total,) = seen(dana).totals
    assert total.revenue == sum(Decimal(revenue) for revenue, _ in members)
    assert total.net_profit == sum(Decimal(profit) for _, profit in members)
    assert total.margin == (total.net_profit * 100 / total.revenue).quantize(Decimal("0.1"))
    assert (total.companies, total.without, total.on_cash) == (4, 1, 1)


def test_amounts_of_different_bases_are_added_only_with_a_word_about_it(dana: User) -> None:
    member(dana, "Alder", "1.00", "1.00")
    member(dana, "Birch", "2.00", "1.00", "cash")
    assert "1 of them on cash basis" in _page(dana)
    assert "on cash basis" not in _page(dana, "/?q=alder")
    assert "on cash basis" not in _page(dana, "/?q=birch"), "all on one basis are not mixed"


def test_what_is_sought_is_all_that_is_added(dana: User) -> None:
    member(dana, "Alder", "10.10", "1.00")
    member(dana, "Birch", "20.20", "1.00")
    assert [total.revenue for total in seen(dana, "ald").totals] == [Decimal("10.10")]
    assert seen(dana, "nothing of this").totals == ()


@pytest.mark.parametrize(
    ("kind", "words"), [(WRONG_FILE, "Wrong company file open"), (OUTCOME_UNKNOWN, "1 write of unknown outcome")]
)
def test_an_open_alert_of_the_connection_is_among_what_needs_attention(dana: User, kind: str, words: str) -> None:
    company = member(dana, "Alder", "1.00", "1.00")
    member(dana, "Birch", "1.00", "1.00")
    an_alert(company, kind)
    found = seen(dana)
    assert [line.company.name for line in found.lines if line.urgent] == ["Alder"]
    assert found.needy == 1
    page = _page(dana, "/?show=attention")
    assert words in page
    assert "Birch" not in page
    Alert.objects.update(is_acknowledged=True)
    assert seen(dana).needy == 0
    assert f"{words}, acknowledged" in _page(dana)


def _page(user: User, address: str = "/") -> str:
    client = Client()
    client.force_login(user)
    return words_of(client.get(address).content.decode())
