"""A browser window that is watched: each stop is kept as a picture, and whatever is wrong with it is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.axe import AXE, serious
from tests.pictures import ARTIFACTS, HEIGHTS, picture, seen_at

# Axe takes longer than all the rest: once light and wide, once dark and narrow, unless somebody asks for all of them.
JUDGED = {"1440-light", "390-dark"}
JUDGES_ALL = bool(os.environ.get("ALL_SCREENSHOTS"))
TOO_WIDE = "() => document.scrollingElement.scrollWidth - window.innerWidth"


@dataclass
class Window:
    """One person's window, which changes its width at every stop. `refused` is the status that is expected to come."""

    context: BrowserContext
    page: Page
    who: str
    widths: tuple[int, ...]
    refused: int = 0
    complaints: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def stop(self, name: str) -> None:
        """The whole page at every width, light and dark: a picture; it does not scroll sideways, axe finds nothing
        serious. The next step is taken at the next width."""
        self.stops.append(name)
        if settings.IS_SQLITE:  # the pages look the same on PostgreSQL
            ARTIFACTS.mkdir(exist_ok=True)
            for width in self.widths:
                for scheme in ("dark", "light"):  # it stays light for the next step
                    seen_at(self.page, width, scheme)
                    self._look(name, f"{width}-{scheme}")
        seen_at(self.page, self.widths[len(self.stops) % len(self.widths)], "light")

    def _look(self, name: str, view: str) -> None:
        picture(self.page, ARTIFACTS / f"quarter-{self.who}{len(self.stops):02}-{name}-{view}.png")
        wider = self.page.evaluate(TOO_WIDE)
        if wider > 0:
            self.complaints.append(f"{name}, {view}: scrolls sideways by {wider}")
        if AXE.is_file() and (JUDGES_ALL or view in JUDGED):
            self.complaints += [f"{name}, {view}: {found}" for found in serious(self.page)]

    def heard(self, message: ConsoleMessage) -> None:
        """A violated Content-Security-Policy is a message too."""
        if not (self.refused and f"status of {self.refused} " in message.text):
            self.complaints.append(message.text)

    def answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.refused:
            self.complaints.append(f"{response.status} {response.url}")

    def failed(self, request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # which is how a page ends that turned out to be a download
            self.complaints.append(f"{request.failure} {request.url}")


def open_window(browser: Browser, base_url: str, who: str, widths: tuple[int, ...]) -> Window:
    """A fresh window, signed out."""
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": widths[0], "height": HEIGHTS[widths[0]]},
    )
    page = context.new_page()
    window = Window(context, page, who, widths)
    page.on("console", window.heard)
    page.on("pageerror", lambda error: window.complaints.append(str(error)))
    page.on("response", window.answered)
    page.on("requestfailed", window.failed)
    return window
