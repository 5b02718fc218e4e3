"""/api/accounts and /api/unmapped; and who may see or change what is around mappings."""

from __future__ import annotations

import pytest

from accounts.models import Company
from metrics.models import MappingVersion
from metrics.tests.callers import by_key, by_person, nobody
from metrics.tests.factories import CompanyFactory
from metrics.tests.mapping_books import small_company

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def company() -> Company:
    return small_company()


def test_accounts_come_with_their_rule_their_metric_and_their_amounts(company: Company) -> None:
    answer = by_key(company, "read").get("/api/accounts")
    assert (answer["months"], answer["total"], answer["slow_rules"]) == (["2026-01", "2026-02"], 3, [])
    by_name = {one["account"]: one for one in answer["accounts"]}
    services, heron = by_name["Managed Services"], by_name["Blue Heron"]
    assert (services["metric"], services["rule"]["pattern"], services["flags"]) == ("mrr", "managed services", [])
    assert (services["amounts"], services["total"]) == (["100.00", "100.00"], "200.00")
    assert (heron["metric"], heron["rule"], heron["flags"]) == ("unmapped", None, ["unmapped"])


def test_accounts_can_be_narrowed_by_metric_and_flag(company: Company) -> None:
    api = by_key(company, "read")
    assert [one["account"] for one in api.get("/api/accounts", metric="mrr")["accounts"]] == ["Managed Services"]
    assert api.get("/api/accounts", flag="new")["total"] == 0
    assert api.get("/api/accounts", to="2026-01")["months"] == ["2026-01"]
    assert api.get("/api/accounts", to="soon")["error"]["code"] == "BAD_MONTHS"


def test_unmapped_accounts_come_biggest_first_with_suggestions(company: Company) -> None:
    answer = by_key(company, "read").get("/api/unmapped")
    assert [one["account"] for one in answer["accounts"]] == ["Rent", "Blue Heron"]
    first = answer["accounts"][0]["suggestions"][0]
    assert (first["metric"], 0 < first["confidence"] < 100, bool(first["reason"])) == ("other_expenses", True, True)


# Who may

WRITES: tuple[tuple[str, str, object], ...] = (
    ("post", "/api/mappings/templates", {"name": "T"}),
    ("post", "/api/mappings/preview", {"changes": []}),
    ("post", "/api/mappings/apply", {"changes": [], "digest": ""}),
    ("post", "/api/mappings/versions/1/rollback", None),
    ("post", "/api/mappings/import", None),
)
READS = (
    "/api/mappings/templates",
    "/api/mappings/versions",
    "/api/mappings/export",
    "/api/accounts",
    "/api/unmapped",
)


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize("who", ["reading key", "viewer"])
def test_changes_need_an_administrator_or_a_key_with_write_scope(
    company: Company, who: str, method: str, path: str, body: object
) -> None:
    api = by_key(company, "read") if who == "reading key" else by_person(company)
    api.send(method, path, body)
    assert api.status == 403
    assert not MappingVersion.objects.exists()


@pytest.mark.parametrize("path", READS)
def test_what_is_not_ones_own_company_is_not_seen(company: Company, path: str) -> None:
    stranger = by_person(CompanyFactory.create())
    stranger.get(path, company="cascadia")
    assert stranger.status == 404
    without_key = nobody()
    without_key.get(path)
    assert without_key.status == 401
