"""A review of several nights, and of a sensor on each leg."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from detector.export import movements_csv, summary
from detector.pipeline import Analysis, analyze
from detector.recording import Placement, Side, from_arrays
from detector.report.page import page_html
from detector.reviewing import payload
from detector.reviewing.apply import reviewed
from detector.reviewing.session import Session
from detector.simulation import NightPlan, SimulatedNight, simulate_night
from detector.two_legs import analyze_legs

DAY_S = 86_400.0


@pytest.fixture(scope="module")
def two_nights(ankle_night: SimulatedNight) -> Analysis:
    """One simulated night twice, a day apart."""
    step = slice(None, None, 2)  # 25 Hz are enough
    t_s, g = ankle_night.t_s[step], ankle_night.acceleration_g[:, step]
    recording = from_arrays(
        np.concatenate((t_s, t_s + DAY_S)),
        np.concatenate((g, g), axis=1),
        hz=ankle_night.hz / 2,
        start=datetime(2026, 3, 2, 23, 0),
        placement=Placement.ANKLE,
        source="two nights",
    )
    return analyze(recording)


@pytest.fixture(scope="module")
def legs() -> Analysis:
    left, right = (
        simulate_night(
            seed=3,
            placement=Placement.ANKLE,
            hours=1.5,
            hz=25.0,
            plm_per_h=60.0,
            plan=NightPlan(side=side),
        ).recording()
        for side in (Side.LEFT, Side.RIGHT)
    )
    return analyze_legs(left, right)


def test_each_night_says_how_far_it_is_reviewed(two_nights: Analysis, tmp_path: Path) -> None:
    assert len(two_nights.nights) == 2
    session = Session(two_nights, tmp_path / "review.csv", "Ada")
    second = next(item for item in session.items if item.night == 2)
    session.delete(second.key)
    first, later = (night.review for night in session.analysis.nights)
    assert first is not None
    assert later is not None
    assert (first.reviewed, first.reviewers) == (0, ())
    assert (later.reviewed, later.deleted, later.reviewers) == (1, 1, ("Ada",))
    assert session.analysis.nights[0].summary == two_nights.nights[0].summary
    told = payload.figures(session)
    assert told[0]["progress"].startswith("Reviewed 0 of")
    assert told[1]["progress"].startswith("Reviewed 1 of")


def test_a_movement_is_added_to_its_night(two_nights: Analysis, tmp_path: Path) -> None:
    session = Session(two_nights, tmp_path / "review.csv", "Ada")
    last = max(item.onset_s + item.duration_s for item in session.items)
    key = session.add(last + 1, last + 2, "isolated_movement")
    assert session.item(key).night == 2
    reviews = [night.review for night in session.analysis.nights]
    assert [review is not None and review.added for review in reviews] == [0, 1]


def test_the_overview_is_that_of_its_night(two_nights: Analysis, tmp_path: Path) -> None:
    session = Session(two_nights, tmp_path / "review.csv", "Ada")
    for number in (0, 1):
        data = payload.overview(session, number)["data"]
        marks = sum(len(trace["customdata"]) for trace in data if "customdata" in trace)
        assert marks == sum(item.night == number + 1 for item in session.items)


def test_nobody_decided_and_legs_stay_as_they_are(legs: Analysis) -> None:
    same = summary(reviewed(legs, []))
    plain = summary(legs)
    for night in same["nights"]:
        del night["review"], night["quality"][0]
    assert same == plain


def test_a_review_of_two_legs_counts_anew_by_leg(legs: Analysis, tmp_path: Path) -> None:
    session = Session(legs, tmp_path / "review.csv", "Ada")
    index, one = next(
        (i, m) for i, m in enumerate(legs.movements) if m.side == "left" and m.state == "sleep"
    )
    session.delete(f"m{index + 1}")
    before, after = legs.nights[0].legs, session.analysis.nights[0].legs
    assert before is not None
    assert after is not None
    assert after["left"].movement == before["left"].movement - (one.excluded_as is None)
    assert after["right"].movement == before["right"].movement


def test_the_page_and_the_sheet_say_who_reviewed(legs: Analysis, tmp_path: Path) -> None:
    session = Session(legs, tmp_path / "review.csv", "Ada <i>")
    session.accept("m1")
    page = page_html(session.analysis, command="detector analyze")
    said = f"Reviewed by Ada &lt;i&gt;: 1 of the {len(legs.movements)} movements found"
    assert page.count(said) >= 3
    assert "Ada <i>" not in page
    assert movements_csv(session.analysis).splitlines()[1].endswith(",accepted")
