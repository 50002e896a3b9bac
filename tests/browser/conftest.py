"""Pages as a person has them: files on a disk, opened in Chromium without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from detector.pipeline import Analysis, analyze
from detector.raw_samples import second_pass
from detector.readers import read
from detector.report.page import page_html

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


Opening = Callable[..., AbstractContextManager[Watched]]


@pytest.fixture(scope="session")
def look(browser: Browser) -> Opening:
    """Open a file in a context of its own and wait until its first night is drawn."""

    @contextmanager
    def opening(path: Path, **context: object) -> Iterator[Watched]:
        context = {"viewport": {"width": 1280, "height": 900}} | context
        made = browser.new_context(**context)  # type: ignore[arg-type]
        page = made.new_page()
        watched = Watched(page)
        page.on("console", lambda message: watched.said.append(message.text))
        page.on("pageerror", lambda error: watched.said.append(str(error)))
        page.on("request", lambda request: watched.asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("[data-plot=night][data-drawn]", state="attached")
        try:
            yield watched
        finally:
            made.close()

    return opening


Writing = Callable[[str, Analysis], Path]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Writing:
    """Write the page of an analysis, each into a folder of its own."""

    def write(name: str, analysis: Analysis) -> Path:
        path = tmp_path_factory.mktemp(name) / "report.html"
        raw = [second_pass(analysis.recording)]
        path.write_text(page_html(analysis, command=f"detector analyze {name}", raw=raw), "utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def ankle() -> Analysis:
    return analyze(read(SAMPLES / "ankle_night.csv.gz", placement="ankle"))


@pytest.fixture(scope="session")
def ankle_page(ankle: Analysis, written: Writing) -> Path:
    return written("ankle_night", ankle)
