"""Looks at the page of `slipway report` in a real browser, in light and in dark.

It deliberately judges what a person would: is everything there and readable, does nothing overlap or run over the edge?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect, sync_playwright

from tests.e2e.catalogue_page import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

SECTIONS = ("topology", "health", "availability", "drift", "changes")
CARDS = ("health", "budget", "drift", "changes")
READABLE = 4.5
"""Contrast of text against its background (WCAG 2.2, 1.4.3)."""
NARROW, WIDE = 700, 1200

# Contrast of each text with the first opaque background behind it; boxes of the picture are compared by their frames.
CONTRASTS = """() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("h1, h2, p, td, th, b, span, a, svg text")];
  return texts.filter((element) => element.textContent.trim()).map((element) => {
    const style = getComputedStyle(element);
    const front = light(parse(element.closest("svg") ? style.fill : style.color)), back = light(behind(element));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    return [element.textContent.trim().slice(0, 40), ratio];
  });
}"""
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".topology rect.box")].map((e) => e.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b))).length;
}"""


def look_at_report(page_file: Path, machines: list[str], *, pictures: Path | None = None) -> None:
    """Open the page in light and dark, wide and narrow.

    Args:
        page_file: The page.
        machines: Names that the picture must have.
        pictures: Directory for `report.png` and `report-dark.png`; none when None.

    Raises:
        AssertionError: Something is missing, unreadable, loaded from elsewhere, or runs over the edge.
    """
    backgrounds = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            for scheme in ("light", "dark"):
                viewport: Any = {"width": WIDE, "height": 900}
                context = browser.new_context(color_scheme=scheme, viewport=viewport)  # type: ignore[arg-type]
                page = context.new_page()
                asked, complaints = _listen(page)
                page.goto(page_file.as_uri())
                _everything_is_there(page, machines)
                _is_readable(page)
                backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
                if pictures:
                    page.screenshot(path=pictures / f"report{'-dark' if scheme == 'dark' else ''}.png", full_page=True)
                page.set_viewport_size({"width": NARROW, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, "runs over the edge"
                assert asked == [page_file.as_uri()]
                assert complaints == []
        finally:
            browser.close()
    assert len(backgrounds) == 2, "light and dark look the same"


def _listen(page: Page) -> tuple[list[str], list[str]]:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return asked, complaints


def _everything_is_there(page: Page, machines: list[str]) -> None:
    for section in SECTIONS:
        expect(page.locator(f"section#{section}")).to_be_visible()
    for card in CARDS:
        expect(page.locator(f'[data-card="{card}"]')).to_be_visible()
    names = page.locator(".topology text.name").all_text_contents()  # the texts of a picture have no inner text
    assert set(machines) <= set(names)
    assert page.locator("#health tbody tr").count() > len(machines)
    assert page.evaluate(OVERLAPS) == 0, "machines are drawn over each other"


def _is_readable(page: Page) -> None:
    pale = [(text, round(ratio, 1)) for text, ratio in page.evaluate(CONTRASTS) if ratio < READABLE]
    assert pale == [], "too little contrast"
