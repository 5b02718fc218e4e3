"""Where Chromium is on this machine, and the marks of tests that need it; without one they are left out."""

import shutil

import pytest

# Of this machine, as Chromium is told; over plain http it is as strange as any: browsers then take gzip and no brotli.
PLAIN_HOST = "tieout.test"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_BROWSER = (
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install Debian's chromium to run browser tests"),
    pytest.mark.django_db(transaction=True),
)
