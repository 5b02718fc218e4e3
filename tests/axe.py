"""What axe-core finds serious on a page. npm fetches it where the checks run (.ci/run); nothing of it is kept here."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(os.environ.get("AXE_JS") or "/nonexistent")
_SERIOUS = """() => axe.run(document, {resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(
  (found) => found.violations.filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html).join(" | ")))"""


def serious(page: Page) -> list[str]:
    """Violations of WCAG 2.2 AA that are serious or critical; none: []."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [str(one) for one in page.evaluate(_SERIOUS)]
