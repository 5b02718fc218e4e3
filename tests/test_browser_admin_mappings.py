"""The administration of mappings in a real Chromium: list, form, preview, files, history; light and dark, no error.

Screenshots are kept in test-artifacts/ for people to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from metrics.default_setup import install_default_mappings
from metrics.mappings.changes import create_mapping
from metrics.mappings.sets import save_template
from metrics.mappings.values import MappingValues
from metrics.models import AccountMapping, MappingVersion, MonthlyAmount
from metrics.months import months_between
from metrics.recompute import recompute
from metrics.tests import sample_company as sample
from tests.chromium import IN_BROWSER
from tests.pictures import ARTIFACTS

SWITCH = "theme => Alpine.$data(document.documentElement).switchTheme(theme)"
LIST = "/admin/metrics/accountmapping/"
ACCOUNTS = (
    ("Managed Services:Agreements", "Income", "4010", "168400.00"),
    ("Managed Services:Microsoft 365", "Income", "4020", "23980.40"),
    ("Project Labour", "Income", "4100", "41250.55"),
    ("Blue Heron", "Income", "4900", "1840.25"),
    ("Payroll Expenses:Wages", "Expense", "6100", "104300.62"),
    ("Rent", "Expense", "6300", "9800.00"),
)

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, transactional_db: None) -> Iterator[Page]:
    """Signed in as a superuser, at 1440 pixels; whatever the console complains of fails the test."""
    user = sample.person(is_superuser=True)
    company = sample.synced_company(user)
    install_default_mappings(company)
    for month in months_between(sample.LAST.plus(-11), sample.LAST):
        for row, (name, kind, number, amount) in enumerate(ACCOUNTS):
            MonthlyAmount.objects.create(
                company=company, basis="accrual", month=month.first_day, account_key=f"80-{row}", full_name=name,
                label=name, number=number, account_type=kind, amount=Decimal(amount), row_number=row,
            )  # fmt: skip
    recompute(company, as_of=sample.NOW.date())
    pin = MappingValues("account", "Blue Heron", "misc_revenue", list_id="80-3", priority=0, note="Agreed.")
    create_mapping(company, pin, actor="dana", now=sample.NOW)
    save_template(company, "Our managed services", "As agreed", actor="dana", now=sample.NOW)
    client = Client()
    client.force_login(user)
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    vars(opened)["origin"] = live_server.url
    yield opened
    context.close()
    assert complaints == []


def _is_complaint(message: ConsoleMessage) -> bool:
    return message.type == "error" and "favicon" not in message.location["url"]  # the theme has none


def go(page: Page, path: str) -> None:
    page.goto(vars(page)["origin"] + path)


def keep(page: Page, name: str) -> None:
    """Dark, then light again, by what the theme's own switch calls."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.wait_for_load_state("networkidle")
    for theme in ("dark", "light"):
        page.evaluate(SWITCH, theme)
        expect(page.locator("html")).to_have_class(re.compile(rf"\b{theme}\b"))
        page.screenshot(path=ARTIFACTS / f"admin-{name}-{theme}.png", full_page=True)


def fits(page: Page) -> bool:
    """Nothing makes the whole page scroll sideways."""
    wide: Any = page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return bool(wide)


def test_the_list_says_what_each_rule_catches_and_previews_changed_rows(page: Page) -> None:
    go(page, LIST)
    expect(page.get_by_text("1 account · 22,083.00")).to_be_visible()
    keep(page, "mappings")
    assert fits(page)
    pinned = AccountMapping.objects.get(match_type="account")
    row = page.locator("tr", has_text="Blue Heron").first
    row.locator("input[name$='-is_active']").uncheck()
    page.get_by_role("button", name="Preview changed rows").click()
    expect(page.get_by_role("heading", name="Ledger accounts that move")).to_be_visible()
    keep(page, "mapping-preview")
    assert fits(page)
    page.get_by_role("button", name="Make this change").click()
    expect(page.get_by_text("Changed 1 rule in the list")).to_be_visible()
    pinned.refresh_from_db()
    assert pinned.is_active is False


def test_the_form_previews_before_it_saves_and_its_history_tells_each_version(page: Page) -> None:
    pinned = AccountMapping.objects.get(match_type="account")
    go(page, f"{LIST}{pinned.pk}/change/")
    keep(page, "mapping-form")
    assert fits(page)
    page.locator("#id_qbr_metric_key").select_option("orr")
    page.get_by_role("button", name="Preview what this does").click()
    expect(page.get_by_text("Nothing is saved yet").first).to_be_visible()
    assert AccountMapping.objects.get(pk=pinned.pk).qbr_metric_key == "misc_revenue"
    page.get_by_role("button", name="Make this change").click()
    expect(page.get_by_text("version 3").first).to_be_visible()
    go(page, f"{LIST}{pinned.pk}/history/")
    expect(page.get_by_text("Miscellaneous revenue →")).to_be_visible()
    keep(page, "mapping-history")
    assert fits(page)


def test_a_version_shows_its_difference_and_is_put_back(page: Page) -> None:
    first = MappingVersion.objects.get(number=1)
    go(page, f"/admin/metrics/mappingversion/{MappingVersion.objects.get(number=2).pk}/change/")
    expect(page.get_by_text("Added (1)")).to_be_visible()
    keep(page, "mapping-version")
    assert fits(page)
    go(page, f"/admin/metrics/mappingversion/{first.pk}/change/")
    page.get_by_role("link", name="Put this version back").click()
    page.get_by_role("button", name="Make this change").click()
    expect(page.get_by_text("Back to version 1").first).to_be_visible()
    assert not AccountMapping.objects.filter(match_type="account").exists()


def test_files_and_templates_have_one_page(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "mappings.csv"
    file.write_text("match_type,pattern,metric\ncontains,rent,nothing\n")
    go(page, f"{LIST}files/")
    page.locator("#id_import-company").select_option(label="Cascadia Managed Services")
    page.locator("#id_import-file").set_input_files(file)
    page.get_by_role("button", name="Preview the import").click()
    expect(page.get_by_text("is no metric that accounts can be mapped to")).to_be_visible()
    keep(page, "mapping-files")
    assert fits(page)
    go(page, "/admin/metrics/mappingtemplate/")
    keep(page, "mapping-templates")
    go(page, "/admin/metrics/reportingsettings/add/")
    keep(page, "reporting-settings")
    assert fits(page)
