"""Pages, REST and charts show what a sum of one's own over the simulated postings comes to, to the cent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.test import Client
from lxml import html

from accounts import clock
from accounts.models import Company
from metrics.ingest import read_accounts, read_profit_and_loss
from metrics.models import AccountMapping, ReportingSettings
from metrics.tests.deliveries import delivered
from metrics.tests.factories import CompanyFactory, UserFactory
from qbwc.qbxml import requests
from qbwc.qbxml.message_set import MessageSet, Request, render
from simulators import company as simulated
from simulators.quickbooks import QuickBooks
from simulators.records import REVENUE_TYPES

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
REVENUE = ("nrr", "mrr", "orr", "product_sales", "misc_revenue")
EXPENSES = ("employee_expense", "owner_comp", "owner_comp_taxes", "product_cogs", "other_expenses")
A_MONTH = re.compile(r"\d{4}-\d{2}")
UNMAPPED = {True: "unmapped_revenue", False: "unmapped_expenses"}
Amounts = dict[str, Decimal]


def last_day(month: date) -> date:
    return date.fromordinal(plus(month, 1).toordinal() - 1)


def plus(month: date, count: int) -> date:
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


@dataclass
class Bookkeeper:
    """A second opinion: from the postings alone, with a mapping dealt out account by account."""

    books: simulated.Company

    def metric_of(self) -> dict[str, str]:
        """Every seventh account is left unmapped; the others take turns."""
        found = {}
        for place, account in enumerate(self.books.profit_and_loss_accounts()):
            is_revenue = account.account_type in REVENUE_TYPES
            keys = REVENUE if is_revenue else EXPENSES
            found[account.full_name] = UNMAPPED[is_revenue] if place % 7 == 3 else keys[place % 5]
        return found

    def month(self, month: date, basis: str) -> Amounts:
        metric_of = self.metric_of()
        found = dict.fromkeys((*REVENUE, *EXPENSES, *UNMAPPED.values()), Decimal(0))
        revenue = {"unmapped_revenue", *REVENUE}
        for posting in self.books.postings:
            inside = month <= posting.date <= last_day(month) and basis.capitalize() in posting.basis
            key = metric_of.get(posting.account_full_name)
            if inside and key is not None:
                found[key] += -posting.amount if key in revenue else posting.amount
        found["total_revenue"] = sum((found[key] for key in revenue), Decimal(0))
        found["total_expenses"] = sum((found[key] for key in (*EXPENSES, "unmapped_expenses")), Decimal(0))
        found["net_profit"] = found["total_revenue"] - found["total_expenses"]
        return found

    def period(self, months: Iterable[date], basis: str) -> Amounts:
        found: Amounts = {}
        for month in months:
            for key, amount in self.month(month, basis).items():
                found[key] = found.get(key, Decimal(0)) + amount
        found["net_margin"] = share(found["net_profit"], found["total_revenue"])
        found["recurring_share"] = share(found["mrr"] + found["orr"], found["total_revenue"])
        return found


def share(part: Decimal, whole: Decimal) -> Decimal:
    assert whole > 0
    return (part / whole * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def keeper() -> Bookkeeper:
    return Bookkeeper(simulated.make_company(7, TODAY, months=36))


@pytest.fixture
def company(keeper: Bookkeeper) -> Company:
    made = CompanyFactory.create(name="Rockcastle", slug="rockcastle")
    for name, key in keeper.metric_of().items():
        if not key.startswith("unmapped"):
            AccountMapping.objects.create(company=made, match_type="exact", pattern=name, qbr_metric_key=key)
    quickbooks = QuickBooks(keeper.books)
    first, last = date(2023, 12, 1), date(2026, 11, 30)
    answer(made, quickbooks, "accounts", requests.account_query())
    for basis in ("Accrual", "Cash"):
        answer(made, quickbooks, "profit_loss", requests.profit_and_loss_query(first, last, basis))
    return made


def answer(company: Company, quickbooks: QuickBooks, purpose: str, element: Any) -> None:
    request = render(MessageSet(requests=(Request("1", element),)))
    quickbooks.begin_session("")
    text = quickbooks.process(request)
    quickbooks.end_session()
    read = {"accounts": read_accounts, "profit_loss": read_profit_and_loss}[purpose]
    read(delivered(company, purpose, text, request=request, now=NOW))


@pytest.fixture
def client_of() -> Client:
    client = Client()
    client.force_login(UserFactory.create(is_superuser=True))
    return client


@dataclass
class Line:
    """A row of the page's table: its months, the period, the other period."""

    months: dict[str, Decimal]
    total: Decimal | None
    before: Decimal | None


def read_page(text: str) -> Any:
    """lxml's xpath() may give anything; here it is elements."""
    return html.fromstring(text)


def number(text: str) -> Decimal | None:
    """(1,234.50) is below zero; an en dash is nothing."""
    text = text.replace("minus", "").replace("*", "").strip()
    if text == "–" or not text:
        return None
    value = Decimal(text.strip("()%").replace(",", "").rstrip("%"))
    return -value if text.startswith("(") else value


def table(client: Client, query: str) -> dict[str, Line]:
    """The review's table as somebody reads it off the page."""
    response = client.get(f"/companies/rockcastle/review/?{query}")
    assert response.status_code == 200
    page = read_page(response.content.decode())
    (found,) = page.xpath('//table[caption[starts-with(., "Metrics of")]]')
    heads = [" ".join(head.text_content().split()) for head in found.xpath("./thead/tr/th")]
    other = heads.index("Change") - 1 if "Change" in heads else None
    lines: dict[str, Line] = {}
    for row in found.xpath("./tbody/tr[td//a]"):
        cells = row.xpath("./th|./td")
        links = [(link.get("href").split("/explain/")[1].split("/"), link) for link in row.xpath("./td/a")]
        key = links[0][0][0]
        read = {place[1]: number(link.text_content()) for place, link in links}
        totals = row.xpath('./td[@class="total"]')
        lines[key] = Line(
            {place: value for place, value in read.items() if A_MONTH.fullmatch(place) and value is not None},
            number(totals[0].text_content()) if totals else None,
            number(cells[other].text_content()) if other is not None else None,
        )
    return lines


# Fiscal year's first month, what is asked for, its months (how many back the last one lies, how many), the same of the
# period before, and of a year ago.
JULY, APRIL, JANUARY = 7, 4, 1
PERIODS = [
    (JULY, "2027-Q1", (2, 3), (5, 3), (14, 3)),
    (JULY, "ytd:2026-10", (1, 4), (13, 4), (13, 4)),
    (JULY, "fy:2026", (5, 12), (17, 12), (17, 12)),
    (APRIL, "2027-Q2", (2, 3), (5, 3), (14, 3)),
    (APRIL, "ytd:2026-10", (1, 7), (13, 7), (13, 7)),
    (JANUARY, "2026-Q3", (2, 3), (5, 3), (14, 3)),
    (JANUARY, "ttm:2026-10", (1, 12), (13, 12), (13, 12)),
    (JANUARY, "2026-03..2026-05", (6, 3), (9, 3), (18, 3)),
    (JANUARY, "2026-10", (1, 1), (2, 1), (13, 1)),
    (JANUARY, "custom&from=2025-11&to=2026-02", (9, 4), (13, 4), (21, 4)),
]
RUNNING = date(2026, 11, 1)


def months_of(back: int, count: int) -> list[date]:
    return [plus(RUNNING, -back - step) for step in range(count)][::-1]


@pytest.mark.parametrize("basis", ["accrual", "cash"])
def test_every_sort_of_period_equals_the_books_on_the_page(
    company: Company, keeper: Bookkeeper, client_of: Client, basis: str
) -> None:
    settings, _ = ReportingSettings.objects.get_or_create(company=company)
    for first_month, text, now, previous, last_year in PERIODS:
        ReportingSettings.objects.filter(pk=settings.pk).update(fiscal_year_first_month=first_month)
        whole = keeper.period(months_of(*now), basis)
        for compare, other in (("previous", previous), ("year", last_year)):
            lines = table(client_of, f"period={text}&basis={basis}&compare={compare}")
            before = keeper.period(months_of(*other), basis)
            for key, amount in whole.items():
                where = (basis, text, compare, key)
                if key not in lines:
                    assert (key.split("_")[0], amount) == ("unmapped", Decimal(0)), where
                    continue
                line = lines[key]
                shown = line.total if len(months_of(*now)) > 1 else next(iter(line.months.values()))
                assert shown == amount, where
                assert line.before == before[key], where


def test_each_month_of_the_page_and_of_rest_equals_the_books_and_the_months_make_the_period(
    company: Company, keeper: Bookkeeper, client_of: Client
) -> None:
    months = months_of(1, 12)
    lines = table(client_of, "period=ttm:2026-10&basis=cash")
    address = "/api/metrics?company=rockcastle&basis=cash&from=2025-11&to=2026-10"
    told = {one["month"]: one for one in client_of.get(address).json()["months"]}
    for month in months:
        own, name = keeper.month(month, "cash"), f"{month:%Y-%m}"
        for key in (*REVENUE, *EXPENSES, "total_revenue", "total_expenses", "net_profit"):
            assert lines[key].months[name] == own[key], (name, key)
            assert Decimal(told[name]["metrics"][key]) == own[key], (name, key)
        assert Decimal(told[name]["unmapped"]["revenue"]) == own["unmapped_revenue"]
        assert Decimal(told[name]["unmapped"]["expenses"]) == own["unmapped_expenses"]
        assert told[name]["tie_out"]["status"] == "tied"
        own_margin = share(own["net_profit"], own["total_revenue"])
        assert lines["net_margin"].months[name] == own_margin == Decimal(told[name]["derived"]["net_margin"])
    for key in (*REVENUE, *EXPENSES, "total_revenue", "total_expenses", "net_profit"):
        assert lines[key].total == sum(lines[key].months.values())
    margins = lines["net_margin"]
    assert margins.total == share(lines["net_profit"].total or Decimal(0), lines["total_revenue"].total or Decimal(0))
    assert margins.total != sum(margins.months.values()), "a share is never added up"


def test_the_waterfall_on_the_page_ends_at_the_net_profit_of_the_books(
    company: Company, keeper: Bookkeeper, client_of: Client
) -> None:
    whole = keeper.period(months_of(2, 3), "accrual")
    page = read_page(client_of.get("/companies/rockcastle/review/?period=2026-Q3").content.decode())
    (said,) = page.xpath('//table[contains(., "From revenue to net profit")]')
    rows = [
        (row.xpath("./th")[0].text_content(), number(row.xpath("./td")[0].text_content()))
        for row in said.xpath(".//tbody/tr")
    ]
    steps = [value for _, value in rows if value is not None]
    assert steps[0] == whole["total_revenue"]
    assert steps[-1] == whole["net_profit"] == sum(steps[:-1])


def test_without_a_head_count_what_is_per_person_is_not_known_rather_than_nothing(
    company: Company, client_of: Client
) -> None:
    page = client_of.get("/companies/rockcastle/review/?period=2026-Q3").content.decode()
    row = read_page(page).xpath('//tr[th[text()="Revenue per employee"]]')[0]
    assert {number(cell.text_content().replace("not known", "")) for cell in row.xpath("./td")[:4]} == {None}
