"""GET /api/metrics and /api/qbwc/history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Company
from metrics.arithmetic import METRICS
from metrics.models import SyncHistory
from metrics.tests.callers import by_key
from metrics.tests.factories import NOW, CompanyFactory, MonthlyAmountFactory, MonthlyMetricFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(name="Cascadia")


def test_the_answer_has_the_promised_shape(company: Company) -> None:
    MonthlyMetricFactory.create(
        company=company,
        mrr=Decimal("120.00"),
        unmapped_revenue=Decimal("0.50"),
        total_revenue=Decimal("120.50"),
        net_profit=Decimal("120.50"),
        quickbooks_net_income=Decimal("120.50"),
        employees=7,
    )
    MonthlyAmountFactory.create(company=company, full_name="Sales:Odd", number="4900", amount=Decimal("0.50"))
    answer = by_key(company, "read").get("/api/metrics")
    zero = dict.fromkeys([metric.key for metric in METRICS], "0.00")
    assert answer == {
        "company": "Cascadia",
        "basis": "accrual",
        "currency": "USD",
        "as_of": None,
        "months": [
            {
                "month": "2026-01",
                "metrics": zero | {"mrr": "120.00", "total_revenue": "120.50", "net_profit": "120.50", "employees": 7},
                "derived": answer["months"][0]["derived"],
                "employees_estimated": False,
                "unmapped": {"revenue": "0.50", "expenses": "0.00"},
                "tie_out": {
                    "status": "tied",
                    "state": "tied",
                    "quickbooks_net_income": "120.50",
                    "difference": "0.00",
                    "message": "Every total that QuickBooks printed equals the sum of its rows, Net Income included.",
                    "figures_are_from_untied": False,
                    "rows": [],
                },
                "ready": True,
                "synced_at": "2026-03-15T12:00:00Z",
            }
        ],
        "unmapped_accounts": [
            {
                "account": "Sales:Odd",
                "account_type": "Income",
                "account_number": "4900",
                "total": "0.50",
                "months": 1,
                "last_month": "2026-01",
            }
        ],
    }


def test_employees_are_null_until_they_were_read(company: Company) -> None:
    MonthlyMetricFactory.create(company=company)
    assert by_key(company).get("/api/metrics")["months"][0]["metrics"]["employees"] is None


def test_an_untied_month_tells_its_rows(company: Company) -> None:
    row = {"row": "9", "label": "Net Income", "printed": "100.00", "computed": "99.00"}
    MonthlyMetricFactory.create(
        company=company, tie_out_status="untied", difference=Decimal("-1.00"), discrepancies=[row]
    )
    tie_out = by_key(company).get("/api/metrics")["months"][0]["tie_out"]
    assert (tie_out["status"], tie_out["difference"]) == ("untied", "-1.00")
    assert tie_out["rows"] == [row | {"row": 9}]
    assert "Net Income of 100.00" in tie_out["message"]


def test_months_are_chosen_with_from_and_to(company: Company) -> None:
    for month in (4, 3, 2, 1):
        MonthlyMetricFactory.create(company=company, month=date(2026, month, 1))
    api = by_key(company)
    answer = api.get("/api/metrics", **{"from": "2026-02", "to": "2026-03"})
    assert [month["month"] for month in answer["months"]] == ["2026-02", "2026-03"]
    assert len(api.get("/api/metrics", to="2026-01")["months"]) == 1
    assert len(api.get("/api/metrics", **{"from": "", "to": ""})["months"]) == 4


def test_the_basis_is_chosen(company: Company) -> None:
    MonthlyMetricFactory.create(company=company, basis="cash", mrr=Decimal("5.00"))
    api = by_key(company)
    assert api.get("/api/metrics")["months"] == []
    cash = api.get("/api/metrics", basis="cash")
    assert (cash["basis"], cash["months"][0]["metrics"]["mrr"]) == ("cash", "5.00")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-13"}, "from"),
        ({"to": "Jan 2026"}, "2026-01"),
        ({"from": "2026-1"}, "2026-01"),
        ({"from": "٢٠٢٦-٠١"}, "2026-01"),
        ({"from": "2026-03", "to": "2026-02"}, "lies after"),
        ({"basis": "modified"}, "basis"),
        ({"from": "x" * 500}, "from"),
    ],
)
def test_a_malformed_question_is_refused_with_words(company: Company, query: dict[str, str], words: str) -> None:
    api = by_key(company)
    answer = api.get("/api/metrics", **query)
    assert api.status in (400, 422)
    assert words in str(answer["error"])
    assert {"code", "message"} <= answer["error"].keys()


def lines(company: Company) -> None:
    for hour, (sync_type, success) in enumerate(
        [("accounts", True), ("profit_loss", True), ("employees", True), ("profit_loss", False)]
    ):
        SyncHistory.objects.create(
            company=company,
            sync_type=sync_type,
            success=success,
            message=f"line {hour}",
            parsed_data={"rows": hour},
            created_at=NOW + timedelta(hours=hour),
        )


def test_the_history_comes_newest_first(company: Company) -> None:
    lines(company)
    answer = by_key(company).get("/api/qbwc/history")
    assert (answer["company"], answer["total"]) == ("Cascadia", 4)
    assert [line["message"] for line in answer["history"]] == ["line 3", "line 2", "line 1", "line 0"]
    assert answer["history"][0]["created_at"] == "2026-03-15T15:00:00Z"
    assert answer["history"][0]["parsed_data"] == {"rows": 3}


def test_the_history_is_narrowed_and_paged(company: Company) -> None:
    lines(company)
    api = by_key(company)
    failed = api.get("/api/qbwc/history", sync_type="profit_loss", success="false")
    assert [line["message"] for line in failed["history"]] == ["line 3"]
    page = api.get("/api/qbwc/history", limit=2, offset=1)
    assert (page["total"], [line["message"] for line in page["history"]]) == (4, ["line 2", "line 1"])


@pytest.mark.parametrize(
    "query", [{"limit": "1001"}, {"limit": "0"}, {"offset": "-1"}, {"offset": "8e22"}, {"sync_type": "else"}]
)
def test_the_history_refuses_what_is_out_of_bounds(company: Company, query: dict[str, str]) -> None:
    api = by_key(company)
    answer = api.get("/api/qbwc/history", **query)
    assert api.status in (400, 422)
    assert {"code", "message"} <= answer["error"].keys()
