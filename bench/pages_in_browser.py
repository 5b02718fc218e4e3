"""How soon a page can be used in a real Chromium: the first view, nothing kept from before."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from bench import servers
from tests.chromium import CHROMIUM

_TIMES = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return [page.responseEnd, page.domInteractive, page.loadEventEnd, paint ? paint.startTime : 0];
}"""


@dataclass(frozen=True)
class View:
    """Milliseconds from the click: the answer is there, it can be used, everything is loaded, the first words show."""

    answered: float
    usable: float
    loaded: float
    painted: float


def views(addresses: Sequence[str], session: str, rounds: int) -> dict[str, View]:
    """The median of each; empty where there is no Chromium."""
    if CHROMIUM is None:
        return {}
    with servers.tieout() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        base = f"http://localhost:{server.port}"
        found = {
            address: _median([_view(browser, base, address, session) for _ in range(rounds)]) for address in addresses
        }
        browser.close()
    return found


def _view(browser: Browser, base: str, address: str, session: str) -> View:
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 1000})
    context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.wait_for_timeout(100)
    times = page.evaluate(_TIMES)
    context.close()
    return View(*times)


def _median(found: Sequence[View]) -> View:
    answered, usable, loaded, painted = (
        statistics.median(getattr(one, name) for one in found) for name in ("answered", "usable", "loaded", "painted")
    )
    return View(answered, usable, loaded, painted)
