"""How soon a page can be used in a real Chromium: the first view, nothing kept from before."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

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
    """Milliseconds from the click: the answer is there, it can be used, everything is loaded, the first words show.

    And the bytes of all answers with their headers, as they came: brotli, fonts too.
    """

    answered: float
    usable: float
    loaded: float
    painted: float
    weight: float


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
    sizes: list[float] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="load")
    page.wait_for_timeout(100)
    answered, usable, loaded, painted = page.evaluate(_TIMES)
    context.close()
    return View(answered, usable, loaded, painted, sum(sizes))


def _median(found: Sequence[View]) -> View:
    return View(*(statistics.median(column) for column in zip(*map(astuple, found), strict=True)))
