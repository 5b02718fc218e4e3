"""Pictures of pages, kept as artefacts of the run; a page that is wider than its window fails."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

ARTIFACTS = Path(__file__).resolve().parent.parent / "test-artifacts"
HEIGHTS = {1440: 1000, 1024: 800, 390: 844}  # of a window, by its width
VIEWS = [(width, scheme) for width in HEIGHTS for scheme in ("light", "dark")]


def in_every_view(page: Page, name: str) -> None:
    """The page as it stands, in each window and scheme: nobody has to load it six times for six pictures."""
    for width, scheme in VIEWS:
        seen_at(page, width, scheme)
        kept_and_fits(page, f"{name}-{width}-{scheme}")


def seen_at(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def picture(page: Page, path: Path) -> None:
    """Of the whole page. The caret stays: to hide it Playwright leaves a style attribute at each field, which htmx then
    takes over to the next fields of that name, and the Content-Security-Policy objects to it."""
    page.screenshot(path=path, full_page=True, caret="initial")


def kept_and_fits(page: Page, name: str) -> None:
    """Keep the whole page as it is; nothing makes it scroll sideways."""
    ARTIFACTS.mkdir(exist_ok=True)
    picture(page, ARTIFACTS / f"{name}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
