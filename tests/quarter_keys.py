"""The core of the quarter by somebody who has no mouse: Tab, Enter, arrows and letters."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, expect

from metrics.tests import sample_company as sample
from tests import quarter_world as world
from tests.quarter_steps import METRIC, words
from tests.quarter_window import Window

FAR = 250  # presses of Tab, after which nobody would go on
# What has the focus, as a person would call it, and whether it can be seen. Chromium marks the parts of a date itself.
FOCUSED = """() => {
  const it = document.activeElement, style = getComputedStyle(it);
  const label = it.labels && it.labels.length ? it.labels[0].innerText : "";
  return {
    words: (it.getAttribute("aria-label") || label || it.innerText || it.value || "").trim(),
    isSeen: it === document.body || it.type === "date" || (it.matches(":focus-visible")
      && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none")),
  };
}"""


def reach(page: Page, name: str) -> None:
    """Tab until something of this name has the focus; on the way everything that has it can be seen to have it."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["isSeen"], f"one does not see that “{focused['words'][:60]}” has the focus"
        if focused["words"] == name:
            return
    raise AssertionError(f"“{name}” is out of reach of the Tab key")


def press(page: Page, name: str) -> None:
    reach(page, name)
    page.keyboard.press("Enter")


def past_the_bar(page: Page) -> None:
    """The first Tab stop of a page leads past its menus; a form sent from there leads past them by itself."""
    if page.url.endswith("#content"):
        return
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == {"words": "Skip to the content", "isSeen": True}
    page.keyboard.press("Enter")


def sign_in(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("dana")
    page.keyboard.press("Tab")
    page.keyboard.type(sample.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Companies", exact=True)).to_be_visible()


def map_the_account(window: Window) -> None:
    """From the overview to the saved mapping."""
    page = window.page
    past_the_bar(page)
    press(page, world.NAME)
    expect(page.get_by_role("heading", name=world.NAME, level=1)).to_be_visible()
    past_the_bar(page)
    press(page, "Map it")
    expect(page.get_by_label(f"Metric of {world.HERON}")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Blue Heron"))
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if row.evaluate("row => row === document.activeElement"):
            break
    page.keyboard.press("ArrowDown")
    expect(row).not_to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row).to_be_focused()
    page.keyboard.press("1")
    expect(page.get_by_role("link", name="Whole preview")).to_be_visible()
    window.stop("mapping-panel")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="1 account moves")).to_be_visible()
    press(page, "Save")
    expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")


def explain_the_quarter(window: Window, quarter: Decimal) -> None:
    page = window.page
    press(page, "Review")
    expect(page.get_by_role("combobox", name="Period", exact=True)).to_be_visible()
    past_the_bar(page)
    reach(page, "Period")
    page.keyboard.type("Q3 2026")
    press(page, "Show")
    expect(page).to_have_url(re.compile("2026-Q3"))  # the new part is here: what comes next is Tab stops away, no bar
    expect(page.get_by_text("Ready to present.")).to_be_visible()
    press(page, words(quarter))
    expect(page.get_by_role("heading", name=f"{METRIC}, Q3 2026")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(words(quarter))
    window.stop("drill-down")
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED)["words"] == words(quarter)


def freeze_and_download(window: Window, folder: Path) -> Path:
    page = window.page
    press(page, "Snapshots")
    expect(page.get_by_role("heading", name="Freeze a period")).to_be_visible()
    past_the_bar(page)
    reach(page, "Period")
    page.keyboard.type("Q3 2026")
    reach(page, "Name")
    page.keyboard.type("Q3 2026 review")
    window.stop("freeze")
    press(page, "Freeze")
    expect(page.get_by_role("heading", name="Q3 2026 review", level=1)).to_be_visible()
    past_the_bar(page)
    press(page, "QBR pack")
    expect(page.get_by_role("heading", name="The pack is ready")).to_be_visible(timeout=30_000)
    reach(page, "Download the pack")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
