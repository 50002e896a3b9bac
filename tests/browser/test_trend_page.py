"""The page of many nights in a browser: it asks for nothing and can be read by eye and by ear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import nights_written
import pytest
from axe_core_python.sync_playwright import Axe
from conftest import Watched
from playwright.sync_api import Browser

from detector.results import NightRow, rows_of
from detector.trend.diary import Diary
from detector.trend.factors import factors
from detector.trend.folder import write_trend

Opening = Callable[..., AbstractContextManager[Watched]]
WIDE = {"width": 1280, "height": 900}


def nights(count: int) -> list[NightRow]:
    """Return nights of which the fifth is of the other leg and the eighth has no figure."""
    values: list[float | None] = list(nights_written.person(count, seed=3))
    if count > 8:
        values[8] = None
    rows = nights_written.rows(values)
    if count > 5:
        evening = nights_written.FIRST + timedelta(days=5)
        rows[5:6] = rows_of(nights_written.summary_of(evening, 20.0, side="right"), "night-06")
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of 42 nights with a diary, of 200, of two and of none with a figure."""
    out = tmp_path_factory.mktemp("trends")
    evenings = [nights_written.FIRST + timedelta(days=k) for k in range(42)]
    noted = {
        day: {"caffeine": k % 3 == 0, "exercise": ("none", "day", "evening")[k % 3], "stress": 4.0}
        for k, day in enumerate(evenings)
        if k % 7
    }
    columns = tuple(factors()[name] for name in ("caffeine", "exercise", "stress"))
    diary = Diary("diary.csv", columns, noted)
    links = {"night-01": "night-01/report.html"}
    write_trend(nights(42), out / "many", name="one person", diary=diary, links=links)
    write_trend(nights(200), out / "long", name="P017")
    write_trend(nights(2), out / "few", name="<b>&</b>")
    write_trend(nights_written.rows([None]), out / "none", name="P3")
    return out


@pytest.fixture
def look(browser: Browser) -> Opening:
    @contextmanager
    def opening(path: Path, **context: object) -> Iterator[Watched]:
        made = browser.new_context(**({"viewport": WIDE} | context))  # type: ignore[arg-type]
        page = made.new_page()
        watched = Watched(page)
        page.on("console", lambda message: watched.said.append(message.text))
        page.on("pageerror", lambda error: watched.said.append(str(error)))
        page.on("request", lambda request: watched.asked.append(request.url))
        page.goto(path.as_uri())
        try:
            yield watched
        finally:
            made.close()

    return opening


@pytest.mark.parametrize("name", ["many", "long", "few", "none"])
def test_it_asks_for_nothing_and_complains_of_nothing(
    folder: Path, look: Opening, name: str
) -> None:
    path = folder / name / "trend.html"
    with look(path) as opened:
        assert opened.said == []
        assert opened.asked == [path.as_uri()]
        assert opened.page.locator("script").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["many", "long", "few", "none"])
def test_axe_finds_nothing(folder: Path, look: Opening, name: str, scheme: str) -> None:
    with look(folder / name / "trend.html", color_scheme=scheme, bypass_csp=True) as opened:
        found = Axe().run(opened.page)["violations"]
    assert [violation["id"] for violation in found] == []


@pytest.mark.parametrize("width", [320, 768, 1600])
@pytest.mark.parametrize("name", ["many", "long", "few"])
def test_nothing_runs_over_the_side(folder: Path, look: Opening, name: str, width: int) -> None:
    with look(folder / name / "trend.html", viewport={"width": width, "height": 800}) as opened:
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_every_point_lies_in_the_chart_and_on_its_interval(
    folder: Path, look: Opening, width: int
) -> None:
    size = {"width": width, "height": 800}
    with look(folder / "many" / "trend.html", viewport=size) as opened:
        places = opened.page.evaluate(
            """() => {
              const svg = document.querySelector("figure.trend > svg");
              const box = svg.getBoundingClientRect();
              return [...svg.querySelectorAll(".night-point")].map((one) => {
                const dot = one.querySelector("circle").getBoundingClientRect();
                const line = one.querySelector("line").getBoundingClientRect();
                const x = dot.left + dot.width / 2, y = dot.top + dot.height / 2;
                return [x - box.left, box.right - x, y - line.top, line.bottom - y];
              });
            }"""
        )
    assert len(places) == 41
    assert all(room >= -0.6 for place in places for room in place)


def test_lanes_and_their_names_are_on_one_line(folder: Path, look: Opening) -> None:
    with look(folder / "many" / "trend.html") as opened:
        apart = opened.page.evaluate(
            """() => {
              const middle = (one) => {
                const box = one.getBoundingClientRect();
                return box.top + box.height / 2;
              };
              const lanes = [...document.querySelectorAll("figure.trend line.lane")].map(middle);
              const names = [...document.querySelectorAll("figure.trend .levels b")].map(middle);
              return lanes.map((y, k) => Math.abs(y - names[k]));
            }"""
        )
    assert len(apart) == 2
    assert max(apart) < 1.5


def test_a_night_leads_to_its_report(folder: Path, look: Opening) -> None:
    with look(folder / "many" / "trend.html") as opened:
        links = opened.page.locator("table a")
        assert links.count() == 1
        assert links.first.get_attribute("href") == "night-01/report.html"


def test_too_few_nights_have_no_mean(folder: Path, look: Opening) -> None:
    with look(folder / "few" / "trend.html") as opened:
        text = opened.page.locator("main").inner_text()
        assert "One more night is needed before a mean is given" in text
        assert opened.page.locator(".card").count() == 0
        assert opened.page.locator(".mean").count() == 0


def test_it_prints_to_a_few_sheets(folder: Path, look: Opening) -> None:
    with look(folder / "many" / "trend.html") as opened:
        printed = opened.page.pdf(format="A4")
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 6
