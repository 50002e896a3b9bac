"""Take the pictures of docs/pictures from the page of the sample night at the ankle.

python docs/make_pictures.py

Needs Chromium and the extras `browser` and `notebook` (Pillow comes with it).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

DOCS = Path(__file__).parent
SAMPLE = DOCS.parent / "sample_recordings" / "ankle_night.csv.gz"
PICTURES = DOCS / "pictures"
COLOURS = 128
MARGIN = 4


def sample_page(folder: Path) -> str:
    """Return the address of report.html of the sample night, as `detector analyze` writes it."""
    options = ["--placement", "ankle", "--quiet", "--output", str(folder)]
    command = [sys.executable, "-m", "detector.cli", "analyze", str(SAMPLE), *options]
    subprocess.run(command, check=True)
    (page,) = folder.rglob("report.html")
    return page.as_uri()


def save(name: str, png: bytes) -> None:
    """Write a picture with few colours: a page has no more."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(PICTURES / f"{name}.png", optimize=True)


def part(name: str, first: Locator, last: Locator) -> None:
    """Save what stands from the top of one element to the bottom of another."""
    page = first.page
    first.scroll_into_view_if_needed()
    settle(page)
    upper, lower = first.bounding_box(), last.bounding_box()
    size = page.viewport_size
    if upper is None or lower is None or size is None:
        raise SystemExit(f"{name}: the page has no such part")
    top = upper["y"] - MARGIN
    clip = {
        "x": 0.0,
        "y": page.evaluate("scrollY") + top,
        "width": float(size["width"]),
        "height": lower["y"] + lower["height"] + MARGIN - top,
    }
    save(name, page.screenshot(full_page=True, clip=clip))


def settle(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 900))")


def opened(browser: Browser, address: str, width: int, height: int) -> Page:
    """Return the page with its plot drawn, in a window of that size."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    page.goto(address)
    page.wait_for_selector("[data-plot=night] .main-svg")
    settle(page)
    return page


def take(browser: Browser, address: str) -> None:
    """Save every picture."""
    page = opened(browser, address, 1000, 800)
    night = page.locator("section.night")
    part("first_screen", night.locator("h2"), night.locator("ul.cards"))
    part("index", night.locator(".index"), night.locator(".index"))
    plot = night.locator(".night-plot")
    part("night", night.locator(".interactive .toolbar"), plot)
    page.locator("select").first.select_option("periodic_limb_movement")
    page.locator(".movements-table tbody button:visible").nth(20).click()
    page.wait_for_selector("[data-plot=movement][data-number]")
    settle(page)
    part("movement", night.locator("div.movement"), night.locator("div.movement"))
    night.get_by_role("button", name="Show in the night").click()
    part("zoom", night.locator(".interactive .toolbar"), plot)
    page.locator("select").first.select_option(index=0)
    settle(page)
    part("table", night.locator(".filters"), night.locator(".scroll.tall"))
    charts = night.locator("figure.chart")
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        settle(page)
    part("rhythm", charts.first, charts.last)
    sheet = page.locator(".sheet")
    part("sheet", sheet.locator(".sheet-heading"), sheet)
    page.close()
    small = opened(browser, address, 390, 844)
    save("phone", small.screenshot())
    small.close()


def main() -> None:
    """Make the page and take its pictures."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("no Chromium on this machine")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        address = sample_page(Path(folder))
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = tool.chromium.launch(executable_path=program, args=flags)
        take(browser, address)
        browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.name}: {picture.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
