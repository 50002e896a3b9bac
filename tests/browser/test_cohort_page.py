"""The page of a study in a browser: nothing is asked for, all can be read by eye and by ear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from conftest import Watched
from playwright.sync_api import Browser

from detector.cohort.gather import Person
from detector.cohort.page import StudyPages
from detector.cohort.places import place_at
from detector.cohort.store import Failure
from detector.cohort.study import Standing
from detector.cohort.table import Entry
from detector.cohort.task import Plan
from detector.export import summary
from detector.pipeline import Analysis
from detector.reading_options import Reading
from detector.results import NightRow, rows_of

Opening = Callable[..., AbstractContextManager[Watched]]


@pytest.fixture(scope="module")
def folder(ankle_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of thirty people with some nights each, and two files that are none."""
    (row,) = rows_of(summary(ankle_analysis), "night")
    out = tmp_path_factory.mktemp("study")
    plan = Plan(str(out), "0.1.0", "wasm", "", "", True, "")
    pages = StudyPages(place_at(str(out)), plan, links=True)
    for number in range(30):
        nights = [(changed(row, number, k), f"nights/{number}-{k}.html") for k in range(number % 6)]
        pages.add(Person(f"P{number:03}", nights, n_failed=int(number == 5)))
    entries = [entry(f"P{number:03}") for number in range(30)]
    standing = Standing(entries, ["x"] * 28 + ["", ""], [None] * 30, [""] * 30)
    standing.failures[28:] = [Failure("unusable", "night.csv: is empty: export it again")] * 2
    pages.close(standing)
    return out


def changed(row: NightRow, number: int, k: int) -> NightRow:
    """Return another night of somebody else."""
    assert row.date is not None
    value = 3.0 * number + k
    index = replace(row.indices["periodic_limb_movement_per_h"], value=value)
    setup = replace(row.setup, side="right" if number == 11 and k else row.setup.side)
    hours = dict(row.hours) | {"sleep": 4 + number % 5 + k / 4}
    indices = dict(row.indices) | {"periodic_limb_movement_per_h": index}
    day = row.date + timedelta(days=k)
    return replace(row, date=day, setup=setup, hours=hours, indices=indices)


def entry(participant: str) -> Entry:
    reading = Reading(None, None, None, None, None, None, None)
    return Entry(participant, "", f"{participant}/night.csv", "/night.csv", 1, "", reading)


@pytest.fixture(scope="module")
def look(browser: Browser) -> Opening:
    @contextmanager
    def opening(path: Path, **context: object) -> Iterator[Watched]:
        made = browser.new_context(**context)  # type: ignore[arg-type]
        watched = Watched(made.new_page())
        watched.page.on("console", lambda message: watched.said.append(message.text))
        watched.page.on("request", lambda request: watched.asked.append(request.url))
        watched.page.goto(path.as_uri())
        try:
            yield watched
        finally:
            made.close()

    return opening


@pytest.mark.parametrize("name", ["cohort.html", "people/P011.html"])
def test_it_asks_for_nothing_and_complains_of_nothing(
    look: Opening, folder: Path, name: str
) -> None:
    with look(folder / name) as watched:
        assert watched.said == []
        assert watched.away == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(look: Opening, folder: Path, scheme: str) -> None:
    with look(folder / "cohort.html", color_scheme=scheme, bypass_csp=True) as watched:
        found = Axe().run(watched.page)["violations"]
    assert [violation["id"] for violation in found] == []


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_runs_over_the_side(look: Opening, folder: Path, width: int) -> None:
    with look(folder / "cohort.html", viewport={"width": width, "height": 800}) as watched:
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_participant_is_found_from_the_study(look: Opening, folder: Path) -> None:
    with look(folder / "cohort.html") as watched:
        watched.page.get_by_role("link", name="P011").click()
        assert "P011" in watched.page.title()
        assert watched.page.locator("tbody tr").count() == 5


def test_a_median_is_of_three_nights_that_are_alike(look: Opening, folder: Path) -> None:
    with look(folder / "cohort.html") as watched:
        cells = {
            name: watched.page.get_by_role("row", name=name).locator("td").all_inner_texts()
            for name in ("P002", "P005", "P011")
        }
    assert cells["P005"][5:] == ["periodic", "17.0", "15.0 to 19.0", "", "1"]
    assert cells["P002"][6] == "2 usable, 3 are needed"
    # One night at the left leg and four at the right: these four count, 34 to 37 an hour.
    assert cells["P011"][6:9] == ["35.5", "34.0 to 37.0", "in side"]
