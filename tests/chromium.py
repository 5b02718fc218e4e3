"""Where Chromium is on this machine; None: the browser tests are left out."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
