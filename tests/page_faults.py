"""What can be measured of how a page looks: each fault as a line that says what is wrong, and where."""

from __future__ import annotations

from playwright.sync_api import Page

_SEEN = """const seen = (one) => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && !one.closest(".visually-hidden") && one.checkVisibility();
};
const words = (one) => one.textContent.trim().replace(/\\s+/g, " ").slice(0, 60);"""

# Where an ellipsis is meant, the whole is a click or a hover away.
_CUT = """() => { %s
  const meant = "a.rule, .who, .visually-hidden, .scroll, .tabs, nav, svg *, select, textarea, input";
  return [...document.querySelectorAll("main *")].filter((one) => seen(one) && !one.closest(meant) && words(one)
    && one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1
    && (getComputedStyle(one).overflowX !== "visible" || one.matches(".value, td, th, label, .field")))
    .map((one) => `cut: ${one.tagName} ${words(one)}`); }"""

_ASTRAY = """() => { %s
  return [...document.querySelectorAll("td")].filter((one) => seen(one)
    && /^\\(?[\\d,]+(\\.\\d+)?%%?\\)?$/.test(words(one)) && getComputedStyle(one).display === "table-cell")
    .filter((one) => !["right", "end"].includes(getComputedStyle(one).textAlign)
      || !getComputedStyle(one).fontVariantNumeric.includes("tabular-nums"))
    .map((one) => `a figure that does not stand under the others: ${words(one)}`); }"""

# WCAG 2.2, 2.5.8: words within a sentence are excepted.
_SMALL = """() => { %s
  const targets = "main :is(a[href], button, summary, select, textarea, input:not([type=hidden]))";
  const within = (one) => getComputedStyle(one).display === "inline" && one.closest("label, p, dd, h2, h3, li");
  return [...document.querySelectorAll(targets)].filter((one) => seen(one) && !one.closest("svg") && !within(one))
    .filter((one) => { const box = (one.closest("label") || one).getBoundingClientRect();
      return box.width < 23.5 || box.height < 23.5; })
    .map((one) => `too small to hit: ${one.tagName} ${words(one)}`); }"""

_COLLIDING = """() => { %s
  const found = [];
  for (const drawn of document.querySelectorAll("svg.chart")) {
    const frame = drawn.getBoundingClientRect();
    const said = seen(drawn) ? [...drawn.querySelectorAll("text")] : [];
    const texts = said.map((one) => [one, one.getBoundingClientRect()]);
    texts.forEach(([one, box], place) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) {
        found.push(`outside its chart: ${words(one)}`);
      }
      for (const [other, its] of texts.slice(place + 1)) {
        if (box.left < its.right - 1 && its.left < box.right - 1
            && box.top < its.bottom - 3 && its.top < box.bottom - 3) {
          found.push(`one over the other: ${words(one)}, ${words(other)}`);
        }
      }
    });
  }
  return found; }"""


# Half a number could be read as another number: where months are moved sideways, whole columns are in the box.
_HALVED = """() => { %s
  const found = [];
  for (const box of document.querySelectorAll(".scroll.newest, .scroll.tall")) {
    const first = box.querySelector("thead th");
    if (!seen(box) || !first) continue;
    const left = first.getBoundingClientRect().right, right = box.getBoundingClientRect().right;
    for (const cell of box.querySelectorAll("td:not(.say)")) {
      const text = document.createRange();
      text.selectNodeContents(cell);
      const its = text.getBoundingClientRect();
      if (!/\\d/.test(words(cell)) || its.right < left || its.left > right) continue;
      if (its.left < left - 1 || its.right > right + 1) found.push(`half a figure: ${words(cell)}`);
    }
  }
  return found; }"""


def halved(page: Page) -> list[str]:
    """Figures of which the edge of their box shows a part only, where the page opens."""
    return [str(one) for one in page.evaluate(_HALVED % _SEEN)]


def faults(page: Page) -> list[str]:
    """All of them, in words; none: []."""
    return [str(one) for script in (_CUT, _ASTRAY, _SMALL, _COLLIDING) for one in page.evaluate(script % _SEEN)]


def sideways(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
