"""The page as a person has it: from a disk, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from detector.pipeline import analyze
from detector.readers import read
from detector.report.page import page_html

SAMPLE = Path(__file__).parents[2] / "sample_recordings" / "ankle_night.csv.gz"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    analysis = analyze(read(SAMPLE, placement="ankle"))
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page_html(analysis, command="detector analyze ankle_night.csv.gz"), "utf-8")
    return path


@dataclass
class Watched:
    """A page with all that it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser, page_file: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watched = Watched(page)
    page.on("console", lambda message: watched.said.append(message.text))
    page.on("pageerror", lambda error: watched.said.append(str(error)))
    page.on("request", lambda request: watched.asked.append(request.url))
    page.goto(page_file.as_uri())
    page.wait_for_selector("[data-plot=night] .main-svg")
    yield watched
    context.close()


def test_it_asks_for_nothing_and_complains_of_nothing(opened: Watched, page_file: Path) -> None:
    assert opened.said == []
    away = [url for url in opened.asked if not url.startswith(("data:", "blob:"))]
    assert away == [page_file.as_uri()]


def test_a_movement_chosen_in_the_table_is_shown(opened: Watched) -> None:
    page = opened.page
    before = page.locator(".interactive").first.inner_text()
    assert "No movement is chosen" in before
    page.locator("table.movements-table tbody button").first.click()
    after = page.locator(".interactive").first.inner_text()
    assert "No movement is chosen" not in after
    assert opened.said == []


def test_the_filter_leaves_only_its_label(opened: Watched) -> None:
    page = opened.page
    rows = page.locator("table.movements-table tbody tr:visible")
    everything = rows.count()
    page.locator("select").first.select_option("periodic_limb_movement")
    chosen = rows.count()
    assert 0 < chosen < everything


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, page_file: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_selector("[data-plot=night] .main-svg")
    found = Axe().run(page)["violations"]
    context.close()
    assert [violation["id"] for violation in found] == []


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_runs_over_the_side(browser: Browser, page_file: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_selector("[data-plot=night] .main-svg")
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert wide <= width


def test_it_prints_to_a_few_sheets(opened: Watched) -> None:
    printed = opened.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 40
