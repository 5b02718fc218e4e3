"""Nobody sees or changes a company that is not theirs, whichever way they ask."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Company
from metrics.models import AccountMapping, SyncHistory
from metrics.tests.callers import by_key, by_person, nobody
from metrics.tests.factories import (
    NOW,
    AccountMappingFactory,
    CompanyFactory,
    MonthlyAmountFactory,
    MonthlyMetricFactory,
)

pytestmark = pytest.mark.django_db

READS = ["/api/metrics", "/api/qbwc/mappings", "/api/qbwc/history"]


@pytest.fixture
def mine() -> Company:
    return CompanyFactory.create(name="Mine", slug="mine")


@pytest.fixture
def theirs() -> Company:
    company = CompanyFactory.create(name="Theirs", slug="theirs")
    MonthlyMetricFactory.create(company=company, month=date(2019, 1, 1))
    MonthlyAmountFactory.create(company=company, full_name="Their Account")
    AccountMappingFactory.create(company=company, pattern="their pattern")
    SyncHistory.objects.create(
        company=company, sync_type="accounts", success=True, message="their message", created_at=NOW
    )
    return company


@pytest.mark.parametrize("path", READS)
def test_nobody_sees_nothing(theirs: Company, path: str) -> None:
    api = nobody()
    answer = api.get(path, company=theirs.slug)
    assert api.status == 401
    assert "message" in answer["error"]


@pytest.mark.parametrize("path", READS)
def test_a_key_sees_only_its_company(mine: Company, theirs: Company, path: str) -> None:
    api = by_key(mine)
    answer = api.get(path)
    assert api.status == 200
    assert answer["company"] == "Mine"
    assert "their" not in str(answer).lower()
    api.get(path, company=theirs.slug)
    assert api.status == 403


@pytest.mark.parametrize("path", READS)
def test_a_person_sees_only_companies_they_are_a_member_of(mine: Company, theirs: Company, path: str) -> None:
    api = by_person(mine)
    assert api.get(path)["company"] == "Mine"
    api.get(path, company=theirs.slug)
    assert api.status == 404


@pytest.mark.parametrize("path", READS)
def test_somebody_without_a_company_is_told_so(theirs: Company, path: str) -> None:
    api = by_person()
    api.get(path)
    assert api.status == 403


@pytest.mark.parametrize("path", READS)
def test_a_member_of_two_companies_must_name_one(mine: Company, theirs: Company, path: str) -> None:
    api = by_person(mine, theirs)
    assert "theirs" in api.get(path)["error"]["message"]
    assert api.status == 400
    assert api.get(path, company="theirs")["company"] == "Theirs"


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("who", ["key", "administrator"])
def test_another_companys_mapping_cannot_be_reached_by_its_number(
    mine: Company, theirs: Company, who: str, method: str
) -> None:
    row = AccountMapping.objects.get(company=theirs)
    api = by_key(mine) if who == "key" else by_person(mine, role="administrator")
    path = f"/api/qbwc/mappings/{row.pk}"
    body = {"pattern": "changed", "qbr_metric_key": "mrr"}
    answer = api.get(path) if method == "get" else api.send(method, path, body)
    assert api.status == 404
    assert "their" not in str(answer).lower()
    assert AccountMapping.objects.get(company=theirs).pattern == "their pattern"


def test_an_administrator_of_one_company_is_a_viewer_in_the_other(mine: Company, theirs: Company) -> None:
    api = by_person(mine, role="administrator")
    api.send("post", f"/api/qbwc/mappings?company={theirs.slug}", {"pattern": "x", "qbr_metric_key": "mrr"})
    assert api.status == 404
    assert AccountMapping.objects.count() == 1


def test_a_superuser_sees_every_company(mine: Company, theirs: Company) -> None:
    api = by_person(is_superuser=True)
    assert api.get("/api/metrics", company="theirs")["company"] == "Theirs"
    assert api.get("/api/metrics", company="mine")["company"] == "Mine"
