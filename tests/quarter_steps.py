"""What a finance administrator does at the end of a quarter, step by step, with the mouse and the words on the page."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from metrics.tests import sample_company as sample
from tests import quarter_world as world
from tests.quarter_window import Window

METRIC = "Non-recurring revenue"
NOTE = "The Blue Heron migration was billed in August and September; it does not come back."
ACTION = "Give Blue Heron an account of its own in QuickBooks"


def words(amount: Decimal) -> str:
    """As the pages write money."""
    return f"{amount:,.2f}" if amount >= 0 else f"({-amount:,.2f})"


def row_of(page: Page, label: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label, exact=True)).first


def sign_in(window: Window) -> None:
    page = window.page
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    window.stop("sign-in")
    page.get_by_label("User name").fill("dana")
    page.get_by_label("Password").fill(sample.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Companies", exact=True)).to_be_visible()


def find_what_needs_attention(window: Window) -> None:
    """The company is in the list with its need; a click on the need, or on the name, leads to it."""
    page = window.page
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=world.NAME))
    expect(row).to_contain_text(re.compile("unmapped|not mapped"))
    window.stop("overview")
    need = row.get_by_role("link", name=re.compile("[Uu]nmapped|not mapped"))
    (need if need.count() else row.get_by_role("rowheader").get_by_role("link")).first.click()
    page.wait_for_url(f"**/companies/{world.SLUG}/**")
    figures(page)
    expect(page.get_by_role("heading", name=world.NAME, level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="1 account is not mapped")).to_be_visible()
    window.stop("company")


def see_the_restatement(window: Window) -> None:
    page = window.page
    page.get_by_role("link", name="See what changed and acknowledge it").click()
    form = page.get_by_role("form", name=f"Acknowledge {world.RESTATED.label}")
    window.stop("restatements")
    form.get_by_label("Note").fill("Credit note, agreed with the controller")
    form.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status").first).to_contain_text("1 restatement acknowledged.")
    page.get_by_role("navigation", name="Pages of").get_by_role("link", name="Tie-out", exact=True).click()
    expect(page.get_by_role("heading", name="Month by month")).to_be_visible()
    window.stop("tie-out")
    figures(page)


def figures(page: Page) -> None:
    """By the company's own menu, or from a page without it by the bar at the top."""
    tabs = page.get_by_role("navigation", name="Pages of")
    menu = tabs if tabs.count() else page.get_by_role("navigation", name="Main")
    menu.get_by_role("link", name="Figures", exact=True).click()
    expect(page.get_by_role("heading", name="Metrics by month")).to_be_visible()


def map_the_account(window: Window) -> None:
    """Assigned in the list, looked at in the preview, saved."""
    page = window.page
    page.get_by_role("link", name="Map it").click()
    select = page.get_by_label(f"Metric of {world.HERON}").first
    expect(select).to_be_visible()
    window.stop("mapping")
    select.select_option("nrr")
    whole = page.get_by_role("link", name="Whole preview")
    expect(whole).to_be_visible()
    window.stop("mapping-panel")
    whole.click()
    expect(page.get_by_role("heading", name="Metrics before and after")).to_be_visible()
    expect(page.get_by_role("heading", name="1 account moves")).to_be_visible()
    window.stop("mapping-preview")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")
    window.stop("mapping-saved")


def drill_into_the_month(window: Window) -> None:
    """From the changed figure to the accounts, the rule and QuickBooks' own row."""
    page = window.page
    august, heron = world.QUARTER[1], world.HERON_AMOUNTS[world.QUARTER[1]]
    amount = words(world.project_labour(world.MONTHS.index(august), august) + heron)
    figures(page)
    expect(page.get_by_role("heading", name="not mapped to a metric")).to_have_count(0)
    cell = row_of(page, METRIC).get_by_role("link", name=amount)
    cell.scroll_into_view_if_needed()
    window.stop("company-mapped")
    cell.click()
    expect(page.get_by_role("heading", name=f"{METRIC}, {august.label}")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(amount)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Blue Heron"))
    expect(row).to_contain_text(words(heron))
    row.get_by_text("checksum").click()
    expect(row).to_contain_text('rowType="account"')
    window.stop("drill-down")
    page.keyboard.press("Escape")


def look_at_the_review(window: Window, quarter: Decimal) -> None:
    page = window.page
    figures(page)
    page.get_by_role("navigation", name="Pages of").get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("combobox", name="Period", exact=True).select_option(label="Q3 2026")
    page.get_by_role("form", name="Period").get_by_role("button", name="Show").click()
    expect(page.get_by_text("Ready to present.")).to_be_visible()
    expect(row_of(page, METRIC)).to_contain_text(words(quarter))
    window.stop("review")


def write_down(window: Window) -> None:
    """A note beside the figure, and what is to be done about it."""
    page = window.page
    page.get_by_label("Note", exact=True).fill(NOTE)
    page.get_by_label("Month", exact=True).select_option(label="Sep 2026")
    page.get_by_label("Metric", exact=True).select_option(label=METRIC)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("listitem").filter(has_text=NOTE)).to_be_visible()
    page.get_by_role("link", name="Present", exact=True).click()
    expect(page.get_by_role("heading", name="The quarter at a glance")).to_be_visible()
    window.stop("present")
    _turn_to_the_action_items(page)
    page.get_by_label("What is to be done").fill(ACTION)
    page.get_by_label("Who").fill("Dana")
    page.get_by_label("By", exact=True).fill("2026-12-15")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=ACTION)).to_contain_text("Open")
    window.stop("action-items")
    page.get_by_role("link", name="Leave").click()


def _turn_to_the_action_items(page: Page) -> None:
    """By the dots below, where there are any; on a phone slide by slide."""
    heading = page.get_by_role("heading", level=1)
    dots = page.get_by_role("navigation", name="Slides").get_by_role("link", name="Action items")
    if dots.is_visible():
        dots.click()
    for _ in range(12):
        if heading.inner_text() == "Action items":
            return
        before = heading.inner_text()
        page.get_by_role("link", name="Next").click()
        expect(heading).not_to_have_text(before)
    raise AssertionError("there is no slide with action items")


def freeze(window: Window, quarter: Decimal) -> None:
    page = window.page
    page.get_by_role("link", name="Freeze this period").click()
    expect(page.get_by_role("combobox", name="Period", exact=True)).to_have_value("2026-Q3")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Q3 2026 review")
    page.get_by_label("Presented on").fill("2026-11-20")
    window.stop("freeze")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("heading", name="Q3 2026 review", level=1)).to_be_visible()
    expect(row_of(page, METRIC)).to_contain_text(words(quarter))
    window.stop("snapshot")


def download_the_pack(window: Window, folder: Path) -> Path:
    """A worker makes it while the page tells how far it is."""
    page = window.page
    page.get_by_role("link", name="QBR pack").click()
    expect(page.get_by_role("heading", name=re.compile("^(Making the pack|The pack is ready)$"))).to_be_visible()
    expect(page.get_by_role("heading", name="The pack is ready")).to_be_visible(timeout=30_000)
    window.stop("pack")
    return _download(page, page.get_by_role("link", name="Download the pack"), folder)


def download_the_csv(window: Window, folder: Path) -> Path:
    page = window.page
    page.get_by_role("link", name="Back", exact=True).click()
    return _download(page, page.get_by_role("link", name="CSV", exact=True), folder)


def _download(page: Page, link: Locator, folder: Path) -> Path:
    with page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def share(window: Window) -> str:
    """The address for the client, which is shown once."""
    page = window.page
    page.get_by_role("link", name="Share with a client by link").click()
    page.get_by_label("For whom").fill("Harbour Point's board")
    page.get_by_label("Valid for days").fill("14")
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("Address of the new link").input_value()
    window.stop("share-link")
    return address


def open_as_client(client: Window, address: str, quarter: Decimal, folder: Path) -> Path:
    """Without an account; a file of it can be taken along."""
    page = client.page
    page.goto(address)
    expect(page.get_by_role("heading", name="Q3 2026 review", level=1)).to_be_visible()
    expect(row_of(page, METRIC)).to_contain_text(words(quarter))
    expect(page.get_by_text(NOTE)).to_have_count(0)  # the link was made without the notes
    client.stop("shared")
    return _download(page, page.get_by_role("link", name="CSV", exact=True), folder)


def revoke(window: Window, client: Window) -> None:
    """The administrator takes the link back; the client's next look is refused."""
    window.page.get_by_role("button", name="Revoke the link for Harbour Point's board").click()
    expect(window.page.get_by_role("row").filter(has_text="Harbour Point's board")).to_contain_text("Revoked")
    client.refused = 410
    client.page.reload()
    expect(client.page.get_by_role("heading", name="This link opens nothing any more")).to_be_visible()
    client.stop("revoked")
    assert client.page.request.get(f"{client.page.url}download/csv").status == client.refused
