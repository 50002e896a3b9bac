"""The review as a person has it: in JupyterLab, by keys and mouse, with a kernel that is killed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from jupyter_lab import running_lab
from playwright.sync_api import Browser, Page, expect

import detector
from detector.pipeline import Analysis
from detector.recording import Placement
from detector.report.texts import texts
from detector.simulation import Exporter, simulate_night, write_night

pytest.importorskip("jupyterlab", reason="JupyterLab is not here: pip install '.[notebook]'")

READY_MS = 90_000  # a kernel that starts and analyzes a night on a busy machine
CELL = """\
import os
import detector

analysis = detector.analyze(detector.read("night.csv", placement="ankle"))
print("kernel", os.getpid(), "ends")
detector.review(analysis, reviewer="Ada")
"""
expect.set_options(timeout=20_000)
KIND = {key: words["name"] for key, words in texts()["labels"].items()}


@dataclass
class Lab:
    """A JupyterLab at an address, the folder that it shows, and the night in it."""

    url: str
    folder: Path
    analysis: Analysis

    @property
    def review(self) -> Path:
        return self.folder / "night.night" / "review.csv"

    def actions(self) -> list[str]:
        return [str(one.action) for one in detector.read_review(self.review)]

    def counts(self) -> dict[str, str]:
        """Return what the table has to say, computed here from the file alone."""
        counts = self.now().nights[0].summary.counts
        return {KIND[label]: str(count) for label, count in counts.items()}

    def now(self) -> Analysis:
        return detector.reviewed(self.analysis, detector.read_review(self.review))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work")
    night = simulate_night(seed=5, placement=Placement.ANKLE, hours=1.0, hz=25.0, plm_per_h=60.0)
    write_night(night, folder / "night.csv", Exporter.AXIVITY)
    with running_lab(home, folder, [CELL]) as url:
        analysis = detector.analyze(detector.read(folder / "night.csv", placement="ankle"))
        yield Lab(url, folder, analysis)


@dataclass
class Opened:
    """The widget in its page, and all that the page complained of and asked for."""

    page: Page
    lab: Lab
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Run the cell, and wait until the widget shows its first movement."""
        page = self.page
        expect(page.get_by_text("| Idle")).to_be_visible(timeout=READY_MS)
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(".detector-review[data-drawn][data-shown=m1]", timeout=READY_MS)
        page.locator(".detector-review").focus()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, key: str) -> None:
        expect(self.page.locator(".detector-review")).to_have_attribute("data-shown", key)

    def saved(self) -> None:
        expect(self.page.locator(".dr-status")).to_have_class(re.compile("dr-saved"))

    def go_to(self, number: int) -> None:
        """Step on to a movement, counted from 1."""
        for name, every in (("label", ""), ("decided", ""), ("hour", ""), ("order", "time")):
            self.page.locator(f"[data-choose={name}]").select_option(every)
        self.page.locator(".detector-review").focus()
        self.press("Home")
        self.shows("m1")
        for at in range(2, number + 1):
            self.press("ArrowRight")
            self.shows(f"m{at}")

    def table(self, column: int = 2) -> dict[str, str]:
        rows = self.page.locator(".dr-figures tbody tr").all_inner_texts()
        cells = [row.split("\t") for row in rows]
        return {row[0]: row[column].removeprefix("→ ").strip() for row in cells}

    def table_says(self, expected: dict[str, str]) -> None:
        for name, count in expected.items():
            row = self.page.locator(".dr-figures tbody tr", has_text=name).first
            expect(row.locator("td").last).to_have_text(count)


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Lab) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    found = Opened(page, lab)
    page.on("console", lambda m: found.said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda request: found.asked.append(request.url))
    page.goto(lab.url)
    found.run()
    yield found
    context.close()


def asleep(lab: Lab, label: str) -> int:
    """Return the number of a movement asleep that has a label."""
    return next(
        number
        for number, one in enumerate(lab.analysis.movements, 1)
        if one.label == label and one.state == "sleep" and one.excluded_as is None
    )


def test_it_steps_by_key_and_by_button(opened: Opened) -> None:
    opened.press("ArrowRight")
    opened.shows("m2")
    opened.page.locator("[data-do=next]").click()
    opened.shows("m3")
    opened.page.locator("[data-do=previous]").click()
    opened.shows("m2")
    opened.press("ArrowLeft")
    opened.shows("m1")
    assert not opened.lab.review.exists(), "looking writes nothing"


def test_it_is_found_by_axe_to_be_accessible(opened: Opened) -> None:
    found = Axe().run(opened.page, context=".detector-review")["violations"]
    told = [(one["id"], [node["html"][:90] for node in one["nodes"]]) for one in found]
    assert told == []


def test_a_relabelled_movement_changes_the_figures_and_undo_takes_it_back(opened: Opened) -> None:
    lab = opened.lab
    before = opened.table()
    opened.go_to(asleep(lab, "periodic_limb_movement"))
    opened.press("3")
    opened.saved()
    assert lab.actions() == ["relabel"]
    after = lab.counts()
    assert after != {name: before[name] for name in after}
    opened.table_says(after)
    assert opened.table(column=1) == before, "what was found stays beside it"
    expect(opened.page.locator(".dr-progress")).to_contain_text("Reviewed 1 of")
    expect(opened.page.locator(".dr-progress")).to_contain_text("by Ada")
    opened.press("u")
    opened.table_says({name: before[name] for name in after})
    assert lab.actions() == ["relabel", "undo"]


def test_a_movement_is_added_by_dragging(opened: Opened) -> None:
    lab, page = opened.lab, opened.page
    number = asleep(lab, "periodic_limb_movement")
    item = lab.analysis.movements[number - 1].movement
    opened.go_to(number)
    opened.press("a")
    box = page.locator(".dr-sheet").bounding_box()
    assert box is not None
    # from 8 to 6 s before its onset nothing else is in the way in an even row
    left, right = box["x"] + 0.16 * box["width"], box["x"] + 0.22 * box["width"]
    page.mouse.move(left, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(right, box["y"] + 90, steps=4)
    page.mouse.up()
    begin, end = (float(page.locator(".dr-span input").nth(k).input_value()) for k in (0, 1))
    assert begin < end < 0
    opened.press("4")
    opened.saved()
    added = detector.read_review(lab.review)[-1]
    assert added.action == "add"
    assert added.onset_s == pytest.approx(item.onset_s + begin, abs=0.05)
    assert added.duration_s == pytest.approx(end - begin, abs=0.05)
    opened.table_says(lab.counts())


def test_a_note_is_kept_with_its_movement(opened: Opened) -> None:
    opened.go_to(2)
    opened.press("n")
    opened.page.keyboard.type('<b>a "knee"</b>, 1 2 u')
    opened.press("Enter")
    opened.saved()
    assert opened.lab.actions()[-1] == "note"
    opened.press("ArrowLeft", "ArrowRight")
    opened.shows("m2")
    expect(opened.page.locator("[data-note]")).to_have_value('<b>a "knee"</b>, 1 2 u')


def test_a_click_in_the_night_goes_there(opened: Opened) -> None:
    page = opened.page
    opened.go_to(1)
    box = page.locator(".dr-plot").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"])
    expect(page.locator(".detector-review")).not_to_have_attribute("data-shown", "m1")


def test_choices_leave_what_they_name(opened: Opened) -> None:
    page, lab = opened.page, opened.lab
    movements = lab.now().movements  # none is deleted so far
    many = len(movements)
    opened.go_to(1)
    expect(page.locator(".dr-place")).to_have_text(f"1 of {many} in this choice")
    page.locator("[data-choose=order]").select_option("doubt")
    expect(page.locator(".detector-review")).not_to_have_attribute("data-shown", "m1")
    page.locator("[data-choose=order]").select_option("time")
    page.locator("[data-choose=label]").select_option("restless_activity")
    restless = sum(one.label == "restless_activity" for one in movements)
    expect(page.locator(".dr-place")).to_have_text(f"1 of {restless} in this choice")


def test_the_keys_of_jupyterlab_do_nothing_here(opened: Opened) -> None:
    page = opened.page
    cells = page.locator(".jp-Cell").count()
    page.locator(".detector-review").focus()
    opened.press("b", "d", "d", "x", "z", "m", "y")
    opened.go_to(1)
    opened.press("ArrowRight")
    opened.shows("m2")
    assert page.locator(".jp-Cell").count() == cells


def test_what_was_decided_outlives_the_kernel(opened: Opened) -> None:
    page, lab = opened.page, opened.lab
    opened.go_to(1)
    opened.press("Enter")
    opened.shows("m2")
    opened.press("Delete")
    opened.shows("m3")
    expect(page.locator(".dr-progress")).to_contain_text("Reviewed 2 of")
    told, counted, kept = (
        page.locator(".dr-progress").inner_text(),
        opened.table(),
        lab.review.read_bytes(),
    )
    said = page.locator(".jp-OutputArea-output", has_text="kernel").inner_text()
    os.kill(int(re.findall(r"kernel (\d+) ends", said)[0]), signal.SIGKILL)
    opened.press("Enter")
    expect(page.locator(".dr-status")).to_contain_text("Not saved")
    page.reload()
    opened.run()
    assert lab.review.read_bytes() == kept
    expect(page.locator(".dr-progress")).to_have_text(told)
    assert opened.table() == counted
    expect(page.locator(".dr-line")).to_contain_text("accepted")
    opened.press("ArrowRight")
    opened.shows("m2")
    expect(page.locator(".dr-line")).to_contain_text("deleted")
    expect(page.locator("[data-note]")).to_have_value('<b>a "knee"</b>, 1 2 u')
    opened.press("u")
    opened.saved()
    assert lab.actions()[-1] == "undo"


def test_it_asks_nothing_of_any_network_and_complains_of_nothing(opened: Opened) -> None:
    here = ("data:", "blob:", opened.lab.url.partition("/lab")[0], "ws://127.0.0.1")
    assert [url for url in opened.asked if not url.startswith(here)] == []
    ours = [text for text in opened.said if "detector" in text or "lotly" in text]
    assert ours == []
