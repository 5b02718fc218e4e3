"""Windows of one Chromium: the first of each test is the same one, wiped; a test that needs more gets fresh ones.

A new window costs as much of a processor as loading a page six times.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from tests.pictures import HEIGHTS

BLANK = "about:blank"
_NAMES = "() => Object.getOwnPropertyNames(window).sort().join(' ')"
# What a page was about to do at once, it has done after this; a clock of the test does not stop it.
_A_MOMENT = """() => new Promise((done) => {
  const two = new MessageChannel();
  two.port1.onmessage = () => done();
  two.port2.postMessage(0);
})"""
_FORGET = "() => { window.localStorage.clear(); window.sessionStorage.clear(); }"


class Windows:
    """Of one site. `complaints` is what the browser said of the pages of the present test."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.complaints: list[str] = []
        self._browser, self.url = browser, url
        self._kept: Page | None = None
        self._session: CDPSession | None = None
        self._names = ""
        self._is_taken = False
        self._others: list[BrowserContext] = []
        self._heard: list[tuple[BrowserContext, Any, Callable[[Any], None]]] = []

    def open(self, width: int = 1440, scheme: str = "light", meant: Sequence[str] = ()) -> Page:
        """Signed out, on no page. A complaint that holds one of these words is meant."""
        page = self._more() if self._is_taken else self._first()
        page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
        page.emulate_media(media="null", color_scheme="dark" if scheme == "dark" else "light")
        self._listen(page.context, "console", lambda said: self._hear(said.text, meant))
        self._listen(page.context, "weberror", lambda error: self._hear(str(error.error), ()))
        return page

    def keeps(self, context: BrowserContext) -> bool:
        """Whether this is the window that serves all tests."""
        return self._kept is not None and self._kept.context is context

    def wipe(self) -> None:
        """Nothing of this test is left: no cookie, nothing stored or cached, no page, no second window."""
        self._hear_the_last()
        for context, event, listener in self._heard:
            context.remove_listener(event, listener)
        for context in self._others:
            context.close()
        self._heard, self._others, self._is_taken, self.complaints = [], [], False, []
        if self._kept is not None and not self._is_wiped():
            self._kept.context.close()
            self._kept = None

    def _hear_the_last(self) -> None:
        """The last act of a test may give cause for a complaint, too."""
        kept = [self._kept.context] if self._kept is not None else []
        for page in [page for context in (*kept, *self._others) for page in context.pages]:
            with contextlib.suppress(PlaywrightError):  # it was closed, or is on its way to another page
                page.evaluate(_A_MOMENT)

    def _is_wiped(self) -> bool:
        """No when it was closed or broke, or when a script stays that a test had put before every page, as a clock."""
        assert self._kept is not None
        assert self._session is not None
        try:
            for page in self._kept.context.pages:
                if page is not self._kept:
                    page.close()
            if self._kept.url.startswith(self.url):
                self._kept.evaluate(_FORGET)
            self._kept.unroute_all()
            self._kept.goto(BLANK)
            self._kept.context.clear_cookies()
            self._session.send("Network.clearBrowserCache")
            return str(self._kept.evaluate(_NAMES)) == self._names
        except PlaywrightError:
            return False

    def _first(self) -> Page:
        self._is_taken = True
        if self._kept is None:
            self._kept = self._new().new_page()
            self._session = self._kept.context.new_cdp_session(self._kept)
            self._kept.goto(BLANK)
            self._names = str(self._kept.evaluate(_NAMES))
        return self._kept

    def _more(self) -> Page:
        self._others.append(self._new())
        return self._others[-1].new_page()

    def _new(self) -> BrowserContext:
        return self._browser.new_context(base_url=self.url)

    def _hear(self, words: str, meant: Sequence[str]) -> None:
        if not any(one in words for one in meant):
            self.complaints.append(words)

    def _listen(self, context: BrowserContext, event: Any, listener: Callable[[Any], None]) -> None:
        context.on(event, listener)
        self._heard.append((context, event, listener))
