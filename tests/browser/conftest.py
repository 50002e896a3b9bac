"""Pages as a person has them: files on a disk, opened in Chromium without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nights
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from detector.pipeline import Analysis, analyze
from detector.raw_samples import second_pass
from detector.readers import read
from detector.report.page import Assets, page_html

SAMPLES = Path(__file__).parents[2] / "sample_recordings"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOTES = (("symptoms", "<b>tingling</b> legs"), ("medicines", "none & nothing"))
NIGHTS: dict[str, Callable[[], Analysis]] = {
    "ankle": lambda: analyze(read(SAMPLES / "ankle_night.csv.gz", placement="ankle")),
    "wrist": lambda: analyze(read(SAMPLES / "wrist_night.csv.gz", placement="wrist")),
    "mattress": lambda: analyze(read(SAMPLES / "phone_on_mattress.csv.gz", placement="mattress")),
    "empty": nights.empty_night,
    "dense": nights.dense_night,
    "week": nights.week,
}


@dataclass
class Watched:
    """A page with all that it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def away(self) -> list[str]:
        """What was asked for beside the page itself."""
        return [url for url in self.asked[1:] if not url.startswith(("data:", "blob:"))]


@dataclass
class WatchedNight(Watched):
    """The page of an analysis."""

    analysis: Analysis = field(kw_only=True)

    @property
    def busy(self) -> bool:
        """Whether there is a movement to choose."""
        return bool(self.analysis.movements)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@dataclass(frozen=True)
class Written:
    """A page on the disk and what it shows."""

    path: Path
    analysis: Analysis


Writing = Callable[..., Written]
Opening = Callable[..., AbstractContextManager[WatchedNight]]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Writing:
    """Write the page of a night, once for each way of its plot library."""
    analyses: dict[str, Analysis] = {}
    done: dict[tuple[str, str], Written] = {}

    def write(name: str, assets: Assets = "inline") -> Written:
        if name not in analyses:
            analyses[name] = NIGHTS[name]()
        if (name, assets) not in done:
            analysis = analyses[name]
            path = tmp_path_factory.mktemp(name) / "report.html"
            page = page_html(
                analysis,
                command=f"detector analyze '{name}<i>.csv'",
                notes=NOTES,
                raw=[second_pass(analysis.recording)],
                assets=assets,
            )
            path.write_text(page, "utf-8")
            done[name, assets] = Written(path, analysis)
        return done[name, assets]

    return write


@pytest.fixture(scope="session")
def look(browser: Browser) -> Opening:
    """Open a page in a context of its own and wait until its first night is drawn."""

    @contextmanager
    def opening(one: Written, *, drawn: bool = True, **context: object) -> Iterator[WatchedNight]:
        made = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        page = made.new_page()
        watched = WatchedNight(page, analysis=one.analysis)
        page.on("console", lambda message: watched.said.append(message.text))
        page.on("pageerror", lambda error: watched.said.append(str(error)))
        page.on("dialog", lambda dialog: watched.said.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: watched.asked.append(request.url))
        page.set_default_timeout(120_000)
        page.goto(one.path.as_uri())
        if drawn:
            page.wait_for_selector("[data-plot=night][data-drawn]", state="attached")
        try:
            yield watched
        finally:
            made.close()

    return opening


@pytest.fixture(scope="module", params=list(NIGHTS))
def shown(
    request: pytest.FixtureRequest, written: Writing, look: Opening
) -> Iterator[WatchedNight]:
    """The page of each night, opened once for all that is tried on it."""
    with look(written(request.param)) as watched:
        yield watched
