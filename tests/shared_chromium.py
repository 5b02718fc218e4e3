"""One Chromium, and one window of it, for the browser files that follow one another on a worker.

Starting it costs more than most of their tests. It is closed before the first test that is none of them: while it is
open, Playwright keeps an event loop running in this thread.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.chromium import CHROMIUM, PLAIN_HOST

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.windows import Windows


class SharedChromium:
    """Of this process; closed until somebody asks for it."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._browser: Browser | None = None
        self._windows: Windows | None = None

    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self.close()
            self._browser = self._launched()
        return self._browser

    def windows(self, url: str) -> Windows:
        """Of the site at this address."""
        from tests.windows import Windows

        if self._windows is None or self._windows.url != url:
            self._windows = Windows(self.browser(), url)
        return self._windows

    def end_file(self) -> None:
        """What a file left open, but for the one window that is wiped after each test."""
        if self._browser is not None and self._browser.is_connected():
            for context in self._browser.contexts:
                if self._windows is None or not self._windows.keeps(context):
                    context.close()

    def close(self) -> None:
        self._browser = self._windows = None
        self._stack.close()

    def _launched(self) -> Browser:
        from playwright.sync_api import sync_playwright  # is not loaded where no browser is needed

        patch = self._stack.enter_context(pytest.MonkeyPatch.context())
        playwright = self._stack.enter_context(sync_playwright())
        # Playwright's sync API keeps an event loop running in this thread; nothing in that loop uses the ORM.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        words = ["--no-sandbox", f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=words)
        self._stack.callback(self._ended, browser)
        return browser

    @staticmethod
    def _ended(browser: Browser) -> None:
        if browser.is_connected():
            browser.close()


SHARED = SharedChromium()
