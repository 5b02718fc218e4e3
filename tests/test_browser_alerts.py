"""The alerts and their settings in a real Chromium: three widths, light and dark, under the strict policy.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts import clock
from accounts.models import Company, Membership, User
from alerts.acknowledging import acknowledge
from alerts.looking import look
from alerts.models import Alert
from alerts.recipients import add, send_test
from alerts.sources import sources
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetValue
from metrics.tests import sample_company as sample
from outbox.models import Message, State
from qbwc.models import CompanyFile
from tests.chromium import IN_BROWSER
from tests.conftest import Opener
from tests.pictures import in_every_view

NOW = sample.NOW
PAGE = "/companies/cascadia/alerts/"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.fixture
def dana(monkeypatch: pytest.MonkeyPatch) -> User:
    """An administrator of a company with something of nearly every kind."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user = sample.person()
    company = sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    address = "finance.department.of.the.pacific.northwest@cascadia-managed-services.example.com"
    kinds = tuple(sources())
    ana = add(company, "mail", address, kinds, actor="dana", now=NOW)
    hook = add(company, "webhook", "https://hook.eu1.make.com/" + "a1b2c3d4" * 8, kinds[:2], actor="dana", now=NOW)
    add(company, "mail", "owner@example.com", kinds, actor="dana", now=NOW)
    _trouble(company, Decimal("12.00"), Month(2026, 8), Month(2026, 3))
    look(NOW - timedelta(days=2))
    acknowledge(company, [Alert.objects.get(subject="2026-03:accrual").pk], note="Asked the bookkeeper.", actor="dana",
                now=NOW - timedelta(days=1))  # fmt: skip
    _trouble(company, Decimal("-1234.56"), Month(2026, 8))
    MonthlyMetric.objects.filter(month=Month(2026, 10).first_day).update(
        unmapped_revenue=Decimal("18400.25"), unmapped_expenses=Decimal("412.90")
    )
    save_targets(company, [TargetValue("net_margin", Month(2026, 10), Decimal("80"))], actor="dana", now=NOW)
    CompanyFile.objects.update(connection_state="offline", last_seen_at=NOW - timedelta(hours=7))
    look(NOW)
    send_test(ana, actor="dana", now=NOW)
    send_test(hook, actor="dana", now=NOW)
    words = (
        "The mail server did not say whether it took the letter: SMTPServerDisconnected: Connection unexpectedly closed"
    )
    Message.objects.filter(kind="alerts").update(state=State.SENT, sent_at=NOW, last_status=200)
    Message.objects.filter(kind="alerts-test", channel="mail").update(state=State.UNKNOWN, last_error=words)
    Message.objects.filter(kind="alerts-test", channel="webhook").update(
        state=State.FAILED, last_status=410, last_error="The receiver answered 410."
    )
    return user


def _trouble(company: Company, difference: Decimal, *months: Month) -> None:
    days = [month.first_day for month in months]
    MonthlyMetric.objects.filter(company=company, month__in=days).update(tie_out_status="untied", difference=difference)


def test_the_alerts_fit_their_window(dana: User, opener: Opener) -> None:
    page = opener(dana, PAGE)
    expect(page.get_by_text("It was 12.00, it is (1,234.56) now.")).to_be_visible()
    in_every_view(page, "alerts")


def test_the_settings_of_alerts_fit_their_window(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{PAGE}settings/")
    expect(page.get_by_role("heading", name="Add a recipient")).to_be_visible()
    in_every_view(page, "alert-settings")


def test_a_person_acknowledges_by_keyboard_and_finds_it_again(dana: User, opener: Opener) -> None:
    page = opener(dana, PAGE)
    box = page.get_by_role("checkbox", name="Acknowledge: QuickBooks is not being read")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_label("Note").fill("The PC is being replaced.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 alert acknowledged.")).to_be_visible()
    page.get_by_role("link", name="Acknowledged").click()
    expect(page.get_by_text("by dana: “The PC is being replaced.”")).to_be_visible()
    expect(page.get_by_text("by dana: “Asked the bookkeeper.”")).to_be_visible()


def test_a_recipient_is_added_tested_and_removed(dana: User, opener: Opener) -> None:
    page = opener(dana, f"{PAGE}settings/", refused=422)
    form = page.get_by_role("form", name="Add a recipient")
    form.get_by_label("Address").fill("https://hook.example.com/new")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The webhook address").or_(page.get_by_text("Write one mail address"))).to_be_visible()
    form.get_by_label("By").select_option("webhook")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Added. It is told of what begins from now on")).to_be_visible()
    page.get_by_role("button", name="Remove https://hook.example.com/new").click()
    expect(page.get_by_text("https://hook.example.com/new is told nothing any more.")).to_be_visible()
