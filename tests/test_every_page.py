"""Every page asks the database once, on SQLite and on PostgreSQL: so tests of how a page looks run on one alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts import clock
from accounts.models import Membership
from metrics.default_setup import install_default_mappings
from metrics.periods import Period
from metrics.recompute import recompute
from metrics.snapshots.freezing import freeze
from metrics.tests import explained_sample
from metrics.tests import sample_company as sample
from qbwc import queue, raw
from qbwc.models import CompanyFile

ROOT = Path(__file__).resolve().parent.parent
COMPANY = "/companies/cascadia/"
# A page that answers with an error has asked nothing: these must show something.
SHOWN = (
    "/", COMPANY, f"{COMPANY}review/", f"{COMPANY}review/present/", f"{COMPANY}tie-out/", f"{COMPANY}tie-out/2026-01/",
    f"{COMPANY}restatements/", f"{COMPANY}reporting/", f"{COMPANY}targets/", f"{COMPANY}snapshots/",
    f"{COMPANY}explain/mrr/2026-01/", f"{COMPANY}explain/net_margin/2026-Q1/", f"{COMPANY}mapping/",
    f"{COMPANY}mapping/versions/", f"{COMPANY}mapping/files/", f"{COMPANY}connect/", f"{COMPANY}connection/",
    f"{COMPANY}sync/", f"{COMPANY}sync/state/", f"{COMPANY}transactions/", "/doctor/", "/support/",
)  # fmt: skip
# What would let the engine decide: none of it stands in a file whose tests run on one database.
DECIDED_BY_THE_ENGINE = re.compile(
    r"\.(post|put|patch)\(|\.delete\([^)]|IntegrityError|OperationalError|DataError|select_for_update|atomic"
    r"|on_commit|Thread|gather\(|\.raw\(|cursor\(|transaction=True"
)
MARKED = re.compile(r"mark\.one_database")
TOLD = ("/api/metrics", "/api/qbwc/status", "/api/qbwc/mappings", "/api/qbwc/history")
READS_ONLY_BY_BROWSER = "test_browser_"  # there forms are sent too, whose work has tests of its own on both


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A company of which there is something to show everywhere, and the numbers of what it has."""
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)
    company = explained_sample.make()
    dana = sample.person(is_superuser=True)
    Membership.objects.create(user=dana, company=company, role=Membership.Role.ADMINISTRATOR)
    sample.synced_company(dana, "Birch & Sons", "birch")  # with two of them the first page is the overview
    install_default_mappings(company)
    recompute(company, as_of=sample.NOW.date())
    quarter = Period.parse("2026-Q1")
    frozen = freeze(company, quarter, "accrual", "Q1", actor="dana", now=sample.NOW, forced_because="for the test")
    company_file = CompanyFile.objects.filter(company=company).first()
    assert company_file is not None
    job = queue.enqueue(company_file=company_file, purpose=raw.QUERY, now=sample.NOW, parameters={"request": "<a/>"})
    return {"slug": "cascadia", "snapshot_id": str(frozen.pk), "job_id": str(job.pk), "number": "1", "kind": "csv",
            "month": "2026-01", "period": "2026-Q1", "metric_key": "mrr", "key": "revenue", "form": "svg"}  # fmt: skip


@pytest.fixture
def dana(known: dict[str, str]) -> Client:
    client = Client()
    assert client.login(username="dana", password=sample.PASSWORD)
    return client


def routes(resolver: Any, before: str = "/") -> Iterator[str]:
    """Every route of the site below an address, with its parameters in angle brackets."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


def addresses(known: dict[str, str]) -> list[str]:
    """The pages; REST and the administration below. What is not known is number 1."""
    pages = [route for route in routes(get_resolver()) if not route.startswith(("/admin/", "/api/", "/^"))]
    return [re.sub(r"<\w+:(\w+)>", lambda found: known.get(found[1], "1"), page) for page in pages]


@pytest.mark.django_db
def test_every_page_answers(dana: Client, known: dict[str, str]) -> None:
    found = {address: dana.get(address).status_code for address in addresses(known)}
    assert {address: status for address, status in found.items() if status >= 500} == {}
    assert len(found) > 80


@pytest.mark.django_db
def test_the_pages_that_people_look_at_show_something(dana: Client) -> None:
    assert {address: status for address in SHOWN if (status := dana.get(address).status_code) != 200} == {}


@pytest.mark.django_db
def test_every_list_of_the_administration_answers_and_searches(dana: Client) -> None:
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert dana.get(address, {"q": "café 1"}).status_code in (200, 302), address


@pytest.mark.django_db
def test_everything_rest_tells_is_asked_for_where_there_is_something_to_tell(
    dana: Client, known: dict[str, str]
) -> None:
    described = dana.get("/api/openapi.json").json()["paths"]
    asked = [re.sub(r"{(\w+)}", lambda found: known.get(found[1], "1"), path) for path, ways in described.items()
             if "get" in ways]  # fmt: skip
    found = {path: dana.get(path, {"company": "cascadia"}).status_code for path in asked}
    assert {path: status for path, status in found.items() if status >= 500} == {}
    assert {path: found[path] for path in TOLD if found[path] != 200} == {}


def _on_one_database(path: Path) -> str:
    """The part of a test file that says of itself that it runs on one: the whole, or single tests."""
    text = path.read_text(encoding="utf-8")
    if not MARKED.search(text):
        return ""
    tree = ast.parse(text)
    if any(isinstance(one, ast.Assign) and MARKED.search(ast.unparse(one)) for one in tree.body):
        return text
    tests = (one for one in tree.body if isinstance(one, ast.FunctionDef))
    return "\n".join(ast.unparse(one) for one in tests if any(map(MARKED.search, map(ast.unparse, one.decorator_list))))


def test_tests_that_run_on_one_database_only_read() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in ROOT.glob("*/**/test_*.py")
        if path != Path(__file__)
        and not path.name.startswith(READS_ONLY_BY_BROWSER)
        and (match := DECIDED_BY_THE_ENGINE.search(_on_one_database(path)))
    }
    assert found == set()
