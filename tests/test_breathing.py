"""Rows of movements in breathing that pauses before each, or does not."""

from __future__ import annotations

import numpy as np
import pytest

from detector import breathing
from detector.breathing import breath_change, find_trains, of_breathing
from detector.conditioning import condition
from detector.criteria import ClassificationCriteria, ConditioningCriteria
from detector.movements import Movement
from detector.night_signal import NightSignal
from detector.recording import from_arrays
from detector.series import Series

HZ = 25.0
CRITERIA = ClassificationCriteria()
ONSETS_S = 60.0 + 30.0 * np.arange(8)
ROW = Series(tuple(range(8)), (30.0,) * 7, "end")
MOVEMENTS = [Movement(at, at + 1.5, 0.1, 3.0, 0.003, 0.0) for at in ONSETS_S]


def breathed(paused: float, breath_g: float = 0.002, hz: float = HZ) -> NightSignal:
    """Return six minutes of breathing with 3 mg of noise.

    From 15 s before each movement of the row to its onset the breath is `paused` times as deep.
    """
    t_s = np.arange(0, 360, 1 / hz)
    depth = np.ones(t_s.size)
    for at in ONSETS_S:
        depth[(t_s >= at - 15) & (t_s < at)] = paused
    breath = breath_g * depth * np.sin(2 * np.pi * 0.25 * t_s)
    samples = np.vstack((breath, 0 * t_s, 1 + 0 * t_s))
    samples = samples + np.random.default_rng(4).normal(0, 0.003, samples.shape)
    return condition(from_arrays(t_s, samples, hz=hz), ConditioningCriteria())


def test_a_row_after_pauses_of_breathing_is_told_with_its_reason() -> None:
    told = find_trains(breathed(0.1), MOVEMENTS, [ROW], CRITERIA)
    assert set(told) == set(ROW.members)
    assert "after pauses of breathing" in told[0]
    assert "in a row of 8" in told[0]


def test_even_breathing_tells_none() -> None:
    assert find_trains(breathed(1.0), MOVEMENTS, [ROW], CRITERIA) == {}


def test_breathing_that_deepens_before_tells_none() -> None:
    assert find_trains(breathed(3.0), MOVEMENTS, [ROW], CRITERIA) == {}


def test_a_breath_that_does_not_reach_the_sensor_tells_nothing() -> None:
    assert find_trains(breathed(0.1, 0.0001), MOVEMENTS, [ROW], CRITERIA) == {}


def test_no_more_members_are_looked_at_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def shrinks(signal: NightSignal, movement: Movement) -> float:
        asked.append(movement.onset_s)
        return 0.5

    monkeypatch.setattr(breathing, "breath_change", shrinks)
    assert find_trains(breathed(1.0), MOVEMENTS, [ROW], CRITERIA) == {}
    assert asked == ONSETS_S[:3].tolist()  # with three of eight it grows at 0.63 of them at most


def test_only_what_is_in_a_row_is_told() -> None:
    assert find_trains(breathed(0.1), MOVEMENTS, [], CRITERIA) == {}


@pytest.mark.parametrize(
    ("changes", "grows"),
    [
        ([4.0] * 5, 4.0),
        ([4.0] * 4, None),  # too few
        ([4.0] * 4 + [np.nan], None),  # too few that are known
        ([4.0] * 4 + [np.nan, 4.0], 4.0),
        ([1.9] * 5, None),  # by too little
        ([2.0] * 5, 2.0),
        ([4.0] * 6 + [0.5] * 2, 4.0),
        ([4.0] * 5 + [0.5] * 2, None),  # at too few: 5 of 7
    ],
)
def test_it_grows_by_enough_at_most_of_enough(changes: list[float], grows: float | None) -> None:
    assert of_breathing(np.array(changes), CRITERIA) == grows


def test_at_the_ends_of_a_recording_nothing_is_known() -> None:
    signal = breathed(0.1)
    ends = (Movement(2.0, 3.0, 0.1, 3.0, 0.003, 0.0), Movement(355.0, 356.0, 0.1, 3.0, 0.003, 0.0))
    assert all(np.isnan(breath_change(signal, movement)) for movement in ends)
