"""How long the review takes to open a night of 100 Hz, and to answer a key, in JupyterLab.

    python benchmarks/review.py [--hours 8] [--hz 100] [--theme "JupyterLab Dark"]
                                [--picture docs/review.png]

Both by the browser's own clock: from the key that runs the cell until night and signal are drawn,
and from a key until the next movement is drawn. The analysis itself is not part of it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from jupyter_lab import running_lab
from playwright.sync_api import Page, sync_playwright

ANALYZE = """\
import detector
from detector.recording import Placement
from detector.simulation import simulate_night

night = simulate_night(seed=7, placement=Placement.ANKLE, hours={hours}, hz={hz}, plm_per_h=25.0)
analysis = detector.analyze(night.recording())
print(len(analysis.movements), "movements", "analyzed")
"""
REVIEW = 'detector.review(analysis, reviewer="Ada")\n'
WATCH = """() => {
  window.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && e.shiftKey) window.began = performance.now();
  }, true);
  window.opened = new Promise((done) => {
    const look = () => {
      const found = document.querySelector(".detector-review[data-drawn][data-shown]");
      if (found) requestAnimationFrame(() => done(performance.now() - window.began));
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
STEP = """async (keys) => {
  const root = document.querySelector(".detector-review");
  const idle = () => new Promise((done) => requestIdleCallback(done, { timeout: 2000 }));
  const took = [];
  for (const key of keys) {
    await idle();
    const shown = new Promise((done) =>
      root.addEventListener("detector-shown", done, { once: true }));
    const began = performance.now();
    root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await shown;
    await new Promise(requestAnimationFrame);
    took.push(performance.now() - began);
  }
  return took;
}"""


def measured(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("| Idle").wait_for(timeout=120_000)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("movements analyzed").wait_for(timeout=900_000)
    print(page.get_by_text("movements analyzed").inner_text())
    page.evaluate(WATCH)
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    page.keyboard.press("Shift+Enter")
    print(f"opened in {page.evaluate('window.opened') / 1000:.2f} s")
    for name, keys in (
        ("step to the next", ["ArrowRight"] * 40),
        ("accept", ["Enter"] * 20),
        ("relabel", ["3", "4"] * 10),
    ):
        took = sorted(page.evaluate(STEP, keys))
        middle, most = took[len(took) // 2], took[-1]
        print(f"{name}: median {middle:.0f} ms, most {most:.0f} ms of {len(took)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the review in JupyterLab.")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--hz", type=float, default=100.0)
    parser.add_argument("--theme", default="")
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    cells = [ANALYZE.format(hours=asked.hours, hz=asked.hz), REVIEW]
    with tempfile.TemporaryDirectory() as place, sync_playwright() as tool:
        home, folder = Path(place, "home"), Path(place, "work")
        folder.mkdir()
        browser = tool.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        with running_lab(home, folder, cells, asked.theme) as address:
            measured(page, address)
            if asked.picture is not None:
                page.locator(".detector-review").screenshot(path=asked.picture)
        browser.close()


if __name__ == "__main__":
    main()
