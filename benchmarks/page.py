"""How fast the page is, by the browser's own clock: python benchmarks/page.py [RECORDING ...]

Without a recording: a simulated night of 8 h at 100 Hz, and one that is dense with movements.
Chromium opens each page from the disk without a network, the plot library inline and beside.
First contentful paint and the moment the plot stands are medians; the steps zoom in from the
whole night, move, and zoom out again, each up to the frame that shows it. Work is the time that the
page's main thread ran by the processor's clock, which other programs do not change.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from detector.export import LIBRARY_FILE
from detector.pipeline import Analysis, analyze
from detector.raw_samples import SampleSpool
from detector.readers import read
from detector.recording import Placement, Recording
from detector.report.page import page_html, plotly_script
from detector.simulation import simulate_night

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# The moment at which the night's plot stands, seen from outside the page's own script
WATCH = """
window.drawnAt = null;
new MutationObserver(() => {
  const plot = document.querySelector("[data-plot=night][data-drawn]");
  if (!plot || window.drawnAt !== null) return;
  requestAnimationFrame(() => { window.drawnAt = performance.now(); });
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-drawn"] });
"""
STEP = """
async (act) => {
  const plot = document.querySelector("[data-plot=night]");
  const began = performance.now();
  const drawn = new Promise((done) => plot.once("plotly_afterplot", done));
  document.querySelector(`[data-act=${act}]`).click();
  await drawn;
  await new Promise((done) => requestAnimationFrame(done));
  const [from, to] = plot.layout.xaxis.range;
  const marks = plot.data.filter((t) => t.customdata).flatMap((t) => t.customdata);
  return { ms: performance.now() - began, marks: marks.length, binned: marks.some((n) => n < 0) };
}
"""


def dense_night() -> Recording:
    """Return a night of 8 h in which something moves every ten seconds or so."""
    night = simulate_night(seed=9, placement=Placement.ANKLE, hours=8.0, hz=25.0, plm_per_h=150.0)
    return night.recording()


def opened(browser: Browser, path: Path) -> tuple[Page, CDPSession]:
    """Open a page from the disk and wait until its plot stands."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    page.evaluate(
        "() => new Promise((done) => { const look = () => window.drawnAt !== null ? done()"
        " : requestAnimationFrame(look); look(); })"
    )
    return page, session


def busy_ms(session: CDPSession) -> float:
    """Return how long the page's tasks have run, by their thread's own clock."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")


def loading(browser: Browser, path: Path, rounds: int) -> tuple[float, ...]:
    """Return the medians of the first contentful paint, of the plot, and of the work, in ms."""
    paints, plots, work = [], [], []
    for _ in range(rounds):
        page, session = opened(browser, path)
        work.append(busy_ms(session))
        paints.append(
            page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        )
        plots.append(page.evaluate("window.drawnAt"))
        page.context.close()
    return tuple(statistics.median(one) for one in (paints, plots, work))


def zooming(browser: Browser, path: Path) -> list[dict[str, float]]:
    """Return what each step took: in from the whole night, sideways, and out again."""
    page, _ = opened(browser, path)
    acts = [*["in"] * 11, *["later", "earlier"] * 4, *["out"] * 11]
    steps = [page.evaluate(STEP, act) for act in acts]
    page.context.close()
    return steps


def told(name: str, analysis: Analysis, spool: SampleSpool, rounds: int, browser: Browser) -> None:
    """Measure one night's page and print a line for each way of its plot library."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / LIBRARY_FILE).write_text(plotly_script(), "utf-8")
        for assets in ("inline", "beside"):
            path = Path(folder) / f"{assets}.html"
            html = page_html(analysis, command=name, raw=[spool.pieces], assets=assets)
            path.write_text(html, "utf-8")
            paint, plot, work = loading(browser, path, rounds)
            steps = zooming(browser, path)
            ms = [step["ms"] for step in steps]
            print(
                f"{name}, {assets}: {len(html.encode()) / 1e6:.2f} MB, "
                f"{len(analysis.movements)} movements; first paint {paint:.0f} ms, "
                f"plot {plot:.0f} ms ({work:.0f} ms of work); "
                f"zoom step median {statistics.median(ms):.0f}, "
                f"most {max(ms):.0f} ms, of {len(ms)} with up to "
                f"{max(step['marks'] for step in steps)} marks, "
                f"{sum(step['binned'] for step in steps)} binned"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="*", type=Path)
    parser.add_argument("--placement", default="ankle")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    nights: list[tuple[str, Recording]] = [
        (path.name, read(path, placement=given.placement)) for path in given.recordings
    ]
    if not nights:
        night = simulate_night(seed=71, placement=Placement.ANKLE, hours=8.0, hz=100.0)
        nights = [("8 h at 100 Hz", night.recording()), ("dense night", dense_night())]
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=program, args=FLAGS)
        for name, recording in nights:
            spool = SampleSpool()
            told(name, analyze(spool.watching(recording)), spool, given.rounds, browser)
        browser.close()


if __name__ == "__main__":
    main()
