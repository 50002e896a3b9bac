"""The documentation site in a browser: it asks for nothing, and its pages can be used by anyone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytest.importorskip("furo", reason="the site needs the extra docs")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", str(folder / "read")]
    command += ["-c", "docs", ".", str(folder / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@dataclass
class Visit:
    """A page of the site with all that it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def looking(
    browser: Browser, path: Path, width: int = 1300, scheme: str = "light"
) -> Iterator[Visit]:
    """Open a file of the site in a window of its own."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    watched = Visit(page)
    page.on("console", lambda message: watched.said.append(message.text))
    page.on("pageerror", lambda error: watched.said.append(str(error)))
    page.on("request", lambda request: watched.asked.append(request.url))
    page.goto(path.as_uri())
    yield watched
    page.close()


@pytest.mark.parametrize(
    ("page", "width", "scheme"),
    [("docs/report", 1300, "light"), ("docs/api", 390, "dark"), ("GLOSSARY", 390, "light")],
)
def test_a_page_asks_no_network_and_axe_finds_nothing(
    browser: Browser, built: Path, page: str, width: int, scheme: str
) -> None:
    with looking(browser, built / f"{page}.html", width, scheme) as watched:
        assert [url for url in watched.asked if not url.startswith(("file:", "data:"))] == []
        assert watched.said == []
        assert [one["id"] for one in Axe().run(watched.page)["violations"]] == []
        over = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0


def test_links_lead_through_the_site_and_to_the_words_beside_it(
    browser: Browser, built: Path
) -> None:
    with looking(browser, built / "index.html") as watched:
        page = watched.page
        page.wait_for_url("**/docs/index.html")
        page.locator("article").get_by_role("link", name="A first night").click()
        assert page.locator("h1").inner_text().startswith("A first night")
        page.get_by_role("link", name="when to see a doctor").click()
        assert page.url.endswith("questions.html#when-should-i-see-a-doctor")
        page.goto((built / "docs" / "files.html").as_uri())
        page.locator("article").get_by_role("link", name="columns").click()
        assert page.url.endswith("GLOSSARY.html#movements-csv")
        assert watched.said == []


def test_the_search_finds_a_page(browser: Browser, built: Path) -> None:
    with looking(browser, built / "search.html") as watched:
        watched.page.goto(f"{(built / 'search.html').as_uri()}?q=mattress")
        watched.page.wait_for_selector("#search-results li a")
        assert watched.page.locator("#search-results li").count() > 3
