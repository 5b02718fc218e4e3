"""One quarter from end to end in a real Chromium: found, mapped, explained, written down, frozen, downloaded, shared.

By a finance administrator through the pages alone, at three widths, light and dark; the same figure to the cent in
the pages, the API and every file. Screenshots of every stop are kept in test-artifacts/.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts import clock
from metrics.snapshots import shared_views
from qbwc_project.celery import app
from qbwc_project.embedded import Embedded
from tests import quarter_files as files
from tests import quarter_keys as keys
from tests import quarter_steps as steps
from tests import quarter_world as world
from tests.chromium import IN_BROWSER
from tests.quarter_window import Window, open_window

ELSEWHERE = pytest.mark.one_database  # a narrower window makes no difference to a database
# A walk changes between its widths: every stop is seen at each of them, every step is taken at one or the other.
WIDE, NARROW = (1440, 1024), (390,)

pytestmark = [
    *IN_BROWSER,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed"),
]


@pytest.fixture(scope="module")
def _worker() -> Iterator[None]:
    """Celery in this process, as the server has it without Redis; nothing is due by the clock meanwhile."""
    schedule, app.conf.beat_schedule = app.conf.beat_schedule, {}
    embedded = Embedded()
    embedded.start()
    yield
    embedded.stop()
    app.conf.beat_schedule = schedule


@pytest.fixture(autouse=True)
def _on_a_morning(monkeypatch: pytest.MonkeyPatch, settings: Settings, live_server: LiveServer, _worker: None) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    settings.PUBLIC_URL = live_server.url
    shared_views.buckets.forget()
    world.build()


def _figure_of_the_api(window: Window) -> Decimal:
    """What a program is told of the same quarter."""
    answer = window.page.request.get(f"/api/metrics?company={world.SLUG}&from=2026-07&to=2026-09")
    months = answer.json()["months"]
    assert [one["tie_out"]["status"] for one in months] == ["tied"] * 3
    return sum((Decimal(one["metrics"]["nrr"]) for one in months), Decimal(0))


def _the_same_in_every_file(pack: Path, csv: Path, folder: Path, figure: Decimal) -> None:
    made = files.opened_pack(pack).files
    assert files.in_workbook(made["xlsx"], steps.METRIC) == figure
    assert files.in_csv(csv, steps.METRIC) == figure
    assert steps.words(figure) in files.words_on_slides(made["pptx"])
    text = files.words_in_pdf(made["pdf"], folder)
    assert steps.words(figure) in text
    assert "Blue Heron" in text  # what was noted goes with the figures


@pytest.mark.parametrize("widths", [WIDE, pytest.param(NARROW, marks=ELSEWHERE)], ids=["wide", "narrow"])
def test_a_quarter_is_walked_from_sign_in_to_the_clients_link(
    chromium: Browser, live_server: LiveServer, tmp_path: Path, widths: tuple[int, ...]
) -> None:
    before, after = world.non_recurring()
    window = open_window(chromium, live_server.url, "", widths)
    client = open_window(chromium, live_server.url, "client-", widths)
    steps.sign_in(window)
    steps.find_what_needs_attention(window)
    assert _figure_of_the_api(window) == before
    steps.see_the_restatement(window)
    steps.map_the_account(window)
    steps.drill_into_the_month(window)
    steps.look_at_the_review(window, after)
    assert _figure_of_the_api(window) == after
    steps.write_down(window)
    steps.freeze(window, after)
    pack = steps.download_the_pack(window, tmp_path)
    csv = steps.download_the_csv(window, tmp_path)
    if widths == WIDE:  # the files are the same at any width
        _the_same_in_every_file(pack, csv, tmp_path, after)
    address = steps.share(window)
    taken = steps.open_as_client(client, address, after, tmp_path / "client")
    assert files.in_csv(taken, steps.METRIC) == after
    steps.revoke(window, client)
    window.context.close()
    client.context.close()
    assert window.complaints + client.complaints == []


@ELSEWHERE
def test_the_quarter_is_mapped_explained_frozen_and_downloaded_without_a_mouse(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    figure = world.non_recurring()[1]
    window = open_window(chromium, live_server.url, "keys-", WIDE[:1])
    keys.sign_in(window.page)
    keys.map_the_account(window)
    keys.explain_the_quarter(window, figure)
    pack = keys.freeze_and_download(window, tmp_path)
    window.context.close()
    assert window.complaints == []
    assert files.in_workbook(files.opened_pack(pack).files["xlsx"], steps.METRIC) == figure
