"""Review, review mode and exports with nothing, with one month, with the worker away: each says where one is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts import clock
from accounts.models import AuditEvent, Company, Membership, User
from metrics import background
from metrics.models import BackgroundWork
from metrics.tests import sample_company as sample

pytestmark = pytest.mark.django_db
REVIEW = "/companies/cascadia/review/"


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def signed_in(dana: User) -> Client:
    client = Client()
    client.force_login(dana)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("slide", ["headline", "profit", "tie-out", "all"])
def test_slides_of_a_company_that_was_never_read_say_what_is_missing(signed_in: Client, dana: User, slide: str) -> None:
    sample.company_of(dana, "Cascadia", "cascadia")
    page = text_of(signed_in, f"{REVIEW}present/?page={slide}")
    assert "Nothing has been read from QuickBooks yet" in page
    assert "choose another period" not in page


def test_a_quarter_with_one_month_read_is_not_called_proven(signed_in: Client, dana: User) -> None:
    sample.synced_company(dana, months=1)
    page = text_of(signed_in, f"{REVIEW}present/?page=tie-out&period=2026-Q4")
    assert "Incomplete:" in page
    assert "1 of 3" in page
    assert page.count("so far") == 1  # November runs; October was not read, December has not begun
    assert "not yet" in page
    assert "not read" in page


def test_a_full_quarter_is_proven(signed_in: Client, dana: User) -> None:
    sample.synced_company(dana)
    assert "in 3 of 3 months, to the cent" in text_of(signed_in, f"{REVIEW}present/?page=tie-out&period=2026-Q3")


@pytest.mark.parametrize("query", ["period=2026-Q1&basis=accrual", "period=nonsense", "period=2026-Q1&basis=barter"])
def test_an_export_that_cannot_be_leads_back_to_the_review(signed_in: Client, dana: User, query: str) -> None:
    sample.company_of(dana, "Cascadia", "cascadia")
    page = text_of(signed_in, f"/companies/cascadia/export/pdf/?{query}", 422)
    assert "There is no file to give" in page
    assert f'href="{REVIEW}"' in page


def test_a_pack_is_kept_in_the_queue_when_nobody_can_be_told(
    signed_in: Client, dana: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    sample.synced_company(dana)

    def away(**_: object) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr("metrics.tasks.run_background_work.delay", away)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = signed_in.get("/companies/cascadia/export/pack/?period=2026-Q3&basis=accrual")
    work = BackgroundWork.objects.get()
    assert answer.headers["Location"] == f"/companies/cascadia/export/work/{work.pk}/"
    assert "Waiting for its turn" in text_of(signed_in, answer.headers["Location"])
    assert list(background.waiting(sample.NOW + timedelta(minutes=2))) == [work]


@pytest.mark.parametrize(
    ("state", "words"), [("queued", "Nobody has begun yet."), ("running", "The last sign of life")]
)
def test_work_that_stands_still_says_so_and_is_looked_at_less_often(
    signed_in: Client, dana: User, state: str, words: str
) -> None:
    company = sample.synced_company(dana)
    work = _work(company, state=state)
    address = f"/companies/cascadia/export/work/{work.pk}/"
    assert words not in text_of(signed_in, address)
    assert signed_in.get(address).headers["Refresh"] == "2"
    long_ago = sample.NOW - timedelta(minutes=5)
    BackgroundWork.objects.update(requested_at=long_ago, started_at=long_ago if state == "running" else None)
    assert words in text_of(signed_in, address)
    assert signed_in.get(address).headers["Refresh"] == "15"


def test_work_that_failed_says_why_and_how_to_try_again(signed_in: Client, dana: User) -> None:
    work = _work(sample.synced_company(dana), state="failed", message="No letters.")
    answer = signed_in.get(f"/companies/cascadia/export/work/{work.pk}/")
    page = answer.content.decode()
    assert "No letters." in page
    assert "/companies/cascadia/export/pack/?basis=accrual&amp;period=2026-Q3" in page
    assert f"{REVIEW}?basis=accrual&amp;period=2026-Q3" in page
    assert "Refresh" not in answer.headers


@pytest.mark.parametrize("address", [REVIEW, f"{REVIEW}present/"])
def test_the_font_comes_early_and_from_this_server(signed_in: Client, dana: User, address: str) -> None:
    sample.synced_company(dana)
    links = re.findall(
        r'<link rel="preload" href="/static/([^"]+)" as="font"[^>]+crossorigin>', text_of(signed_in, address)
    )
    assert len(links) == 1, "the pieces for other letters come when a page has them"
    assert finders.find(re.sub(r"\.[0-9a-f]{12}\.", ".", links[0]))


def _work(company: Company, **columns: str) -> BackgroundWork:
    return BackgroundWork.objects.create(
        company=company,
        kind="review_pack",
        parameters={"period": "2026-Q3", "basis": "accrual"},
        requested_by="dana",
        requested_at=sample.NOW,
        started_at=sample.NOW,
        **columns,
    )


def test_a_pack_that_is_being_made_can_be_cancelled_by_whoever_asked_for_it(signed_in: Client, dana: User) -> None:
    company = sample.synced_company(dana)
    work = BackgroundWork.objects.create(
        company=company,
        kind="review_pack",
        parameters={"period": "2026-Q3", "basis": "accrual"},
        requested_by="dana",
        requested_at=sample.NOW,
    )
    page, address = f"/companies/cascadia/export/work/{work.pk}/", f"/companies/cascadia/export/work/{work.pk}/cancel"
    assert address in text_of(signed_in, page)
    assert signed_in.get(address).status_code == 405
    other = Client()
    other.force_login(sample.person("erin"))
    assert other.post(address).status_code == 404
    Membership.objects.create(user=User.objects.get(username="erin"), company=company, role=Membership.Role.VIEWER)
    assert other.post(address).status_code == 403
    assert address not in text_of(other, page)
    assert signed_in.post(address).status_code == 302
    words = text_of(signed_in, page)
    assert "The pack is not made" in words
    assert "Cancelled by dana." in words
    assert address not in words
    assert AuditEvent.objects.filter(action="review.cancelled").count() == 1
    assert signed_in.post(address).status_code == 302
    assert AuditEvent.objects.filter(action="review.cancelled").count() == 1
