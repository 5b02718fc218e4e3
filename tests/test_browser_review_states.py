"""Review and snapshot pages in a real Chromium when something is amiss: stale, changed, busy, edited by two, on paper.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts import clock
from accounts.models import Company, Membership, User
from metrics.models import BackgroundWork, Note, Restatement, Snapshot
from metrics.months import Month
from metrics.periods import Period
from metrics.review import action_items, notes
from metrics.snapshots.freezing import freeze
from metrics.tests import sample_company as sample
from metrics.tests.deliveries import delivered
from qbwc.models import CompanyFile, SyncPlan
from tests.chromium import IN_BROWSER
from tests.conftest import Opener
from tests.pictures import ARTIFACTS, in_every_view, kept_and_fits

REVIEW = "/companies/cascadia/review/"
PRESENT = f"{REVIEW}present/"
NOW = sample.NOW
QUARTER = Period.quarter(Month(2026, 9))

pytestmark = [*IN_BROWSER, pytest.mark.one_database]
needs_poppler = pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo is not installed")


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def dana() -> User:
    """An administrator of a company with a long name, a frozen quarter, notes and action items."""
    user = sample.person()
    company = sample.synced_company(user, "Cascadia Managed Services & Consulting of the Pacific Northwest", "cascadia")
    Membership.objects.update(role=Membership.Role.ADMINISTRATOR)
    notes.add_note(company, "Two projects slipped into October.", Month(2026, 9), "nrr", actor="dana", now=NOW)
    due = NOW.date().replace(day=1)
    action_items.add(company, Month(2026, 4), "Raise the hourly rate", "Lee", due, actor="dana", now=NOW)
    action_items.add(company, Month(2026, 7), "Renew the Northwind agreement", "Dana", due, actor="dana", now=NOW)
    freeze(company, QUARTER, "accrual", "Q3 review", actor="dana", now=NOW, forced_because="A sample has no accounts.")
    return user


def _make_stale() -> None:
    """The Web Connector has been silent for five days; one past month was restated before that."""
    silent = NOW - timedelta(days=5)
    sample.fail(Company.objects.get(), "employees", "QuickBooks: the company file is open in single-user mode.")
    SyncPlan.objects.filter(purpose="profit_loss").update(next_due_at=NOW - timedelta(days=4))
    CompanyFile.objects.update(last_seen_at=silent)
    company = Company.objects.get()
    Restatement.objects.create(
        company=company,
        exchange=delivered(company, "profit_loss", "<QBXML/>").exchange,
        basis="accrual",
        month=Month(2026, 8).first_day,
        detected_at=NOW + timedelta(minutes=1),
        net_income_before=Decimal("100.00"),
        net_income_after=Decimal("90.00"),
        revenue_before=Decimal("500.00"),
        revenue_after=Decimal("490.00"),
        cells=2,
    )


def test_stale_figures_and_changed_months_are_said_plainly(dana: User, opener: Opener) -> None:
    _make_stale()
    page = opener(dana, f"{REVIEW}?period=2026-Q3")
    expect(page.get_by_role("heading", name="older than they should be")).to_be_visible()
    expect(page.get_by_text("has been silent since 16 Nov 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="has changed 1 month since this period was frozen")).to_be_visible()
    in_every_view(page, "stale-review")
    page.goto(f"{PRESENT}?period=2026-Q3")
    expect(page.get_by_text("Older than it should be:")).to_be_visible()
    in_every_view(page, "stale-slide")
    page.goto(f"/companies/cascadia/snapshots/{Snapshot.objects.get().pk}/")
    expect(page.get_by_role("heading", name="The figures “as now” are older than they should be")).to_be_visible()
    in_every_view(page, "stale-snapshot")


def test_two_people_who_edit_one_note_are_told(dana: User, opener: Opener) -> None:
    note = Note.objects.get()
    page = opener(dana, REVIEW, refused=409)
    page.get_by_role("link", name="Edit this note").click()
    page.get_by_label("Note").fill("Three projects slipped.")
    notes.change_note(note, "One project slipped.", actor="lee", may_administer=True, now=NOW + timedelta(hours=1))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("One project slipped.")
    expect(page.get_by_label("Note")).to_have_value("Three projects slipped.")
    kept_and_fits(page, "note-conflict")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("The note is changed")
    assert Note.objects.get().text == "Three projects slipped."


def test_home_end_and_the_list_of_keys_work_in_review_mode(dana: User, opener: Opener) -> None:
    page = opener(dana, PRESENT)
    page.keyboard.press("End")
    expect(page.get_by_role("heading", level=1)).to_have_text("Action items")
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", level=1)).to_have_text("The quarter at a glance")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    kept_and_fits(page, "slide-keys")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("The quarter at a glance")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{REVIEW}**")


def test_a_form_that_takes_long_says_so_and_is_sent_once(dana: User, opener: Opener) -> None:
    page = opener(dana, REVIEW)
    # Sent, but never answered: the browser waits no longer than this test looks.
    page.evaluate("""() => { window.sent = 0; window.addEventListener("submit", (event) => {
        if (!event.defaultPrevented) { window.sent += 1; } event.preventDefault(); }); }""")
    page.get_by_label("Note", exact=True).fill("A late invoice.")
    page.get_by_role("button", name="Add note").evaluate("(one) => { one.click(); one.click(); }")
    working = page.get_by_role("button", name="Working…")
    expect(working).to_have_attribute("aria-disabled", "true")
    working.evaluate("(one) => one.click()")
    assert page.evaluate("() => window.sent") == 1
    expect(page.locator("[data-busy-words]")).to_have_text("Working…")
    kept_and_fits(page, "note-working")


def test_a_file_is_fetched_and_the_link_says_that_it_works(dana: User, opener: Opener) -> None:
    page = opener(dana, f"/companies/cascadia/snapshots/{Snapshot.objects.get().pk}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    expect(page.locator("[data-busy-words]")).to_have_text("The file is saved.")
    expect(page.get_by_role("link", name="CSV")).not_to_have_attribute("aria-busy", "true")


def test_a_pack_that_nobody_begins_says_so_instead_of_only_waiting(dana: User, opener: Opener) -> None:
    work = BackgroundWork.objects.create(
        company=Company.objects.get(),
        kind="review_pack",
        parameters={"period": "2026-Q3", "basis": "accrual"},
        requested_by="dana",
        requested_at=NOW - timedelta(minutes=5),
    )
    page = opener(dana, f"/companies/cascadia/export/work/{work.pk}/")
    expect(page.get_by_text("Nobody has begun yet.")).to_be_visible()
    kept_and_fits(page, "pack-waits")
    BackgroundWork.objects.update(state="failed", message="Too many signs have no letters.")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Too many signs")
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    kept_and_fits(page, "pack-failed")


@needs_poppler
@pytest.mark.parametrize(
    ("address", "pages"), [(f"{PRESENT}?page=all&period=2026-Q3", 9), (f"{REVIEW}?period=2026-Q3", 0)]
)
def test_review_mode_prints_one_slide_a_sheet(dana: User, opener: Opener, address: str, pages: int) -> None:
    _make_stale()
    page = opener(dana, address, 1440, "dark")
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"print-{'slides' if pages else 'review'}.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    said = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    count = int(next(line.split()[1] for line in said.splitlines() if line.startswith("Pages:")))
    assert count == pages if pages else count <= 5


SWIPE = """([from, to]) => {
  const main = document.querySelector("main");
  const touch = (x) => new Touch({ identifier: 1, target: main, clientX: x, clientY: 300 });
  const tell = (kind, x, down) => main.dispatchEvent(
    new TouchEvent(kind, { bubbles: true, touches: down ? [touch(x)] : [], changedTouches: [touch(x)] }));
  tell("touchstart", from, true);
  tell("touchend", to, false);
}"""


def test_a_swipe_turns_the_page_of_review_mode(dana: User, opener: Opener) -> None:
    page = opener(dana, PRESENT, 390)
    page.evaluate(SWIPE, [300, 280])  # a tap that slipped
    expect(page.get_by_role("heading", level=1)).to_have_text("The quarter at a glance")
    page.evaluate(SWIPE, [300, 100])
    expect(page.get_by_role("heading", level=1)).to_have_text("Revenue mix")
    page.evaluate(SWIPE, [100, 300])
    expect(page.get_by_role("heading", level=1)).to_have_text("The quarter at a glance")
