"""The widget tells a browser what the session holds; what a person does is a row at once."""

from __future__ import annotations

import gzip
import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import detector
from detector.pipeline import Analysis
from detector.report.style import DARK, EXCLUDED, MARKS, SERIES, STATES
from detector.report.texts import texts
from detector.reviewing import widget as module
from detector.reviewing.log import read_review
from detector.reviewing.session import LONGEST_S
from detector.reviewing.widget import ReviewWidget

FOLDER = Path(module.__file__).parent


class Browser:
    """Stands where the browser is: asks, and keeps what it is told."""

    def __init__(self, widget: ReviewWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        self.buffers: list[bytes] = []
        self.told: list[dict[str, Any]] = []
        self.asked = count()
        monkeypatch.setattr(widget, "send", self.receive)

    def receive(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.buffers = list(buffers or [])
        self.told.append(json.loads(json.dumps(content, allow_nan=False)))

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        asked = f"browser-{next(self.asked)}"
        before = len(self.told)
        self.widget._answer(self.widget, {"do": do, "asked": asked, **more}, [])
        (answer,) = self.told[before:]
        assert answer["asked"] == asked
        return answer


@pytest.fixture
def browser(long_analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    widget = detector.review(long_analysis, tmp_path, reviewer="Ada")
    return Browser(widget, monkeypatch)


def test_it_opens_with_all_movements_and_the_library(
    browser: Browser, long_analysis: Analysis
) -> None:
    told = browser.ask("open", has_plotly=False)
    assert len(told["items"]) == len(long_analysis.movements)
    assert [one["key"] for one in told["items"][:2]] == ["m1", "m2"]
    script = gzip.decompress(browser.buffers[0])
    assert b"Plotly" in script
    # a Jupyter server drops what comes at more than 1 MB a second over 3 seconds
    assert len(browser.buffers[0]) < 2_500_000
    browser.ask("open", has_plotly=True)
    assert browser.buffers == []


def test_a_decision_is_answered_with_what_it_changes_alone(browser: Browser) -> None:
    browser.ask("open", has_plotly=True)
    told = browser.ask("relabel", key="m3", label="hypnic_jerk")
    assert told["kind"] == "state"
    assert "m3" in {one["key"] for one in told["items"]}
    assert len(told["items"]) < 20
    assert told["gone"] == []
    assert read_review(browser.widget.session.log.path)[-1].label_after == "hypnic_jerk"
    assert told["figures"][0]["progress"].startswith("Reviewed 1 of ")
    assert browser.widget.analysis is browser.widget.session.analysis


def test_what_is_added_and_taken_back_goes(browser: Browser) -> None:
    opened = browser.ask("open", has_plotly=True)
    last = opened["items"][-1]
    begin = last["onset_s"] + last["duration_s"] + 2
    told = browser.ask("add", from_s=begin, to_s=begin + 1.5, label="isolated_movement")
    assert [one["key"] for one in told["items"] if one["how"] == "added"] == [told["key"]]
    again = browser.ask("undo")
    assert again["gone"] == [told["key"]]
    assert again["undone"] == ""
    assert browser.ask("undo")["undone"] is None


def test_undo_leads_back_to_its_movement(browser: Browser) -> None:
    browser.ask("open", has_plotly=True)
    browser.ask("delete", key="m7")
    assert browser.ask("undo")["undone"] == "m7"


def test_what_cannot_be_done_is_refused_in_words(browser: Browser) -> None:
    browser.ask("open", has_plotly=True)
    told = browser.ask("add", from_s=10.0, to_s=11 + LONGEST_S, label="isolated_movement")
    assert told["kind"] == "refused"
    assert "at most" in told["text"]
    assert not browser.widget.session.log.path.exists()


def test_the_overview_shows_what_is_deleted_apart(browser: Browser) -> None:
    browser.ask("open", has_plotly=True)
    shown = browser.ask("overview", night=0)["figure"]["data"]
    marks = sum(len(trace["customdata"]) for trace in shown if "customdata" in trace)
    assert marks == len(browser.widget.session.items)
    browser.ask("delete", key="m5")
    data = browser.ask("overview", night=0)["figure"]["data"]
    (gone,) = [trace for trace in data if trace["meta"] == "deleted"]
    assert len(gone["x"]) == 1
    assert sum(len(trace["customdata"]) for trace in data if "customdata" in trace) == marks - 1


def test_the_signal_is_that_of_the_page(browser: Browser, long_analysis: Analysis) -> None:
    m = long_analysis.movements[4].movement
    told = browser.ask("detail", start_s=m.onset_s - 10, stop_s=m.offset_s + 10, origin_s=m.onset_s)
    page = json.loads(long_analysis.plot_movement(4).to_json())
    for ours, theirs in zip(told["figure"]["data"], page["data"], strict=True):
        assert ours["y"] == theirs["y"]


@pytest.mark.parametrize("span", [(-20.0, 5.0), (1e6, 1e6 + 20)])
def test_beyond_the_ends_there_is_no_signal_and_no_error(
    browser: Browser, span: tuple[float, float]
) -> None:
    told = browser.ask("detail", start_s=span[0], stop_s=span[1], origin_s=span[0])
    assert told["kind"] == "detail"


def test_nothing_of_the_night_is_kept_in_the_notebook(browser: Browser) -> None:
    browser.ask("open", has_plotly=False)
    state = json.dumps({k: str(v) for k, v in browser.widget.get_state().items()})
    assert len(state) < 80_000
    assert "isolated_movement" not in state


def test_a_file_may_be_named_or_a_folder(long_analysis: Analysis, tmp_path: Path) -> None:
    named = detector.review(long_analysis, tmp_path / "ada.csv", reviewer="Ada")
    assert named.session.log.path == tmp_path / "ada.csv"
    assert detector.review(long_analysis, tmp_path).session.log.path == tmp_path / "review.csv"
    by_default = detector.review(long_analysis).session.log.path
    assert by_default.name == "review.csv"
    assert by_default.parent.name == f"{long_analysis.recording.source.partition('.')[0]}.night"


def test_every_word_that_the_script_uses_is_there() -> None:
    script = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    words = set(re.findall(r"\bw\.([a-z_]+)\b|\bthis\.words\.([a-z_]+)\b", script))
    used = {a or b for a, b in words}
    assert used - set(texts()["review"]) == set()
    assert len(used) > 40


def test_every_word_is_used() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.*[sy]"))
    unused = [word for word in texts()["review"] if not re.search(rf"\b{word}\b", sources)]
    assert unused == []


def test_every_colour_has_one_for_the_dark() -> None:
    colours = {colour for colour, _ in (*MARKS.values(), EXCLUDED)}
    assert colours | {*SERIES.values(), *STATES.values()} <= set(DARK)
    page = (FOLDER.parent / "report" / "templates" / "plots.js").read_text(encoding="utf-8")
    assert dict(re.findall(r'"(#\w{6})": "(#\w{6})"', page)) == DARK


def test_the_script_asks_for_nothing_from_outside() -> None:
    for name in ("plots.js", "widget.js", "widget.css"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"https?:|//cdn|@import|\bfetch\(|XMLHttpRequest|\beval\(", text)
        assert len(text.splitlines()) <= 500
