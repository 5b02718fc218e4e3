"""A browser window that is watched: each stop is kept as a picture, and whatever is wrong with it is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.axe import AXE, serious
from tests.pictures import ARTIFACTS, HEIGHTS

# Axe takes longer than all the rest: once light and wide, once dark and narrow, unless somebody asks for all of them.
JUDGED = {"1440-light", "390-dark"}
JUDGES_ALL = bool(os.environ.get("ALL_SCREENSHOTS"))
TOO_WIDE = "() => document.scrollingElement.scrollWidth - window.innerWidth"


@dataclass
class Window:
    """One person's window. `refused` is the status that is expected to come, for the link that opens no more."""

    context: BrowserContext
    page: Page
    who: str
    width: int
    refused: int = 0
    complaints: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def stop(self, name: str) -> None:
        """The whole page, light and dark: a picture; it does not scroll sideways, and axe finds nothing serious."""
        self.stops.append(name)
        ARTIFACTS.mkdir(exist_ok=True)
        for scheme in ("dark", "light"):  # it stays light for the next step
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            self._look(name, f"{self.width}-{scheme}")

    def _look(self, name: str, view: str) -> None:
        picture = ARTIFACTS / f"quarter-{self.who}{len(self.stops):02}-{name}-{view}.png"
        self.page.screenshot(path=picture, full_page=True)
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


def open_window(browser: Browser, base_url: str, who: str, width: int) -> Window:
    """A fresh window, signed out."""
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": HEIGHTS[width]},
    )
    page = context.new_page()
    window = Window(context, page, who, width)
    page.on("console", window.heard)
    page.on("pageerror", lambda error: window.complaints.append(str(error)))
    page.on("response", window.answered)
    page.on("requestfailed", window.failed)
    return window
