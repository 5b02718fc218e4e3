"""Where Chromium is on this machine, and the marks of tests that need it; without one they are left out."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_BROWSER = (
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install Debian's chromium to run browser tests"),
    pytest.mark.django_db(transaction=True),
)
