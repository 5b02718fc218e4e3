"""Scheduled mail in a real Chromium: three widths, light and dark, under the strict policy, and by keyboard.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import Company, Membership, User
from metrics.months import Month
from metrics.scheduled_mail.schedules import Wanted, create_schedule, switch
from metrics.tests import sample_company as sample
from metrics.tests.mail_sample import Worker
from outbox.models import Message
from tests.chromium import IN_BROWSER
from tests.pictures import in_every_view, kept_and_fits

MAIL = "/companies/cascadia/mail/"
MADE = sample.NOW - timedelta(days=1)
QUARTERLY = Wanted(
    every="quarter",
    sends="link",
    basis="accrual",
    days_after=52,
    hour=8,
    time_zone="Europe/Vienna",
    recipients=("anastasia.papadopoulou@cascadia-managed-services.example.com", "ben@example.com"),
)

pytestmark = [*IN_BROWSER, pytest.mark.one_database]

Opener = Callable[..., Page]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    found = Worker(monkeypatch)
    found.now = sample.NOW
    return found


@pytest.fixture
def dana(worker: Worker) -> User:
    user = sample.person()
    sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    return user


@pytest.fixture
def busy(dana: User, worker: Worker) -> User:
    """One schedule with a sent and a failed letter, one whose month does not tie out, one that is paused."""
    company = Company.objects.get()
    create_schedule(company, QUARTERLY, actor="dana", now=MADE)
    monthly = vars(QUARTERLY) | {"every": "month", "days_after": 21, "watchers": ("owner@example.com",)}
    create_schedule(company, Wanted(**(monthly | {"sends": "pack"})), actor="dana", now=MADE)
    switch(create_schedule(company, Wanted(**monthly), actor="dana", now=MADE), False, actor="dana", now=MADE)
    sample.untie(company, Month(2026, 10), Decimal("-12.50"))
    worker.works_at(sample.NOW)
    Message.objects.filter(recipient="ben@example.com").update(
        state="failed", last_error="The mail server answered 550: 5.1.1 No such user here"
    )
    return dana


def test_schedules_and_what_came_of_them_fit_their_window(busy: User, opener: Opener) -> None:
    page = opener(busy, MAIL)
    expect(page.get_by_text("Sent to 1 of 2")).to_be_visible()
    expect(page.get_by_text("Not ready: tried every day until 1 Dec 2026")).to_be_visible()
    in_every_view(page, "mail")


def test_the_form_fits_its_window_with_its_errors(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{MAIL}new/", refused=422)
    page.get_by_label("Recipients").fill("ana at example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    expect(page.get_by_label("Recipients")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Recipients")).to_have_css("border-width", "2px")  # also seen, not only said
    in_every_view(page, "mail-form")


def test_a_schedule_is_made_by_keyboard(dana: User, opener: Opener, settings: Settings) -> None:
    settings.MAIL_IS_SET_UP = False
    page = opener(dana, MAIL, 390)
    expect(page.get_by_text("Nothing is sent by itself yet")).to_be_visible()
    kept_and_fits(page, "mail-empty-390-light")
    page.get_by_role("link", name="New schedule").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Recipients").focus()
    page.keyboard.type("ana@example.com")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Next: Q4 2026 on 10 Jan 2027, 08:00")).to_be_visible()
