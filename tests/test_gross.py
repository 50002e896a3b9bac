"""What parts a flexion and its release from a limb that goes about."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from detector.classification import judge
from detector.conditioning import condition
from detector.criteria import default_criteria
from detector.gross import Course, stays_in_rows, way_reason
from detector.movements import Movement, find_movements
from detector.noise_floor import noise_ratio
from detector.recording import Placement, from_arrays

HZ = 50.0
CRITERIA = default_criteria(Placement.ANKLE)


def ramp(t_s: np.ndarray, start_s: float, length_s: float) -> np.ndarray:
    """Return a smooth way from 0 to 1 that begins at `start_s`."""
    x = np.clip((t_s - start_s) / length_s, 0, 1)
    return x**2 * (3 - 2 * x)


def movement_of(tilt_x_deg: np.ndarray, tilt_y_deg: np.ndarray) -> Movement:
    """Return the one movement of a limb that tilts so, by a sensor with 3 mg of noise."""
    x, y = np.radians(tilt_x_deg), np.radians(tilt_y_deg)
    samples = np.vstack((np.sin(x), np.sin(y) * np.cos(x), np.cos(x) * np.cos(y)))
    samples = samples + np.random.default_rng(1).normal(0, 0.003, samples.shape)
    recording = from_arrays(np.arange(x.size) / HZ, samples, hz=HZ)
    signal = condition(recording, CRITERIA.conditioning)
    found = find_movements(signal, CRITERIA.detection).movements
    assert len(found) == 1
    return found[0]


@pytest.fixture
def t_s() -> np.ndarray:
    return np.arange(0, 120, 1 / HZ)


@pytest.mark.parametrize("degrees", [4.0, 10.0, 25.0])
def test_out_and_back_is_a_way_of_one(t_s: np.ndarray, degrees: float) -> None:
    tilt = degrees * (ramp(t_s, 60, 0.5) - ramp(t_s, 63, 0.6))
    movement = movement_of(tilt, 0 * t_s)
    assert movement.swing_deg == pytest.approx(degrees, rel=0.15)
    assert 0.65 <= movement.path_ratio <= 1.2
    assert judge([movement], [None], CRITERIA.classification)[0].restless is None


def test_a_limb_that_goes_about_goes_further(t_s: np.ndarray) -> None:
    x = 12 * (ramp(t_s, 60, 0.6) - ramp(t_s, 61.2, 0.6) + ramp(t_s, 63.6, 0.6) - ramp(t_s, 65, 0.6))
    y = 12 * (ramp(t_s, 61.8, 0.6) - ramp(t_s, 63, 0.6))
    movement = movement_of(x, y)
    assert movement.path_ratio > 1.5
    why = judge([movement], [None], CRITERIA.classification)[0].restless
    assert why is not None
    assert "went about" in why


def test_a_slow_turn_begins_where_gravity_does(t_s: np.ndarray) -> None:
    # 60 degrees over 5 s, with a jolt only near its end
    tilt = 60 * ramp(t_s, 60, 5.0) + 4 * np.exp(-(((t_s - 64) / 0.1) ** 2))
    movement = movement_of(tilt, 0 * t_s)
    assert movement.onset_s == pytest.approx(60.5, abs=0.8)
    assert movement.turn_deg == pytest.approx(60, abs=3)


def test_a_slow_recording_needs_a_wider_margin() -> None:
    ratios = [noise_ratio(hz, CRITERIA.detection) for hz in (1.6, 4, 5, 12.5, 25)]
    assert all(a >= b for a, b in pairwise(ratios))
    assert ratios[0] > CRITERIA.detection.onset_floor_ratio > ratios[-1]


@pytest.mark.parametrize("hz", [4.0, 5.0, 12.5, 25.0])
def test_noise_alone_stays_below_the_threshold(hz: float) -> None:
    samples = np.random.default_rng(3).normal(0, 0.004, (3, round(4 * 3600 * hz)))
    samples[2] += 1
    signal = condition(
        from_arrays(np.arange(samples.shape[1]) / hz, samples, hz=hz), CRITERIA.conditioning
    )
    assert find_movements(signal, CRITERIA.detection).movements == ()


def test_a_mattress_hides_the_way_so_that_less_evenness_is_restless() -> None:
    """A movement of 4.5 s that leaves no trace, a third of its peak on average."""
    movement = Movement(100.0, 104.5, 0.03, 0.1, 0.002, 0.0, 0.1, 1.0)
    known = Course(evenness=0.33, middle_ratio=0.5, spread_ratio=0.29, strong_s=4.5)
    mattress = default_criteria(Placement.MATTRESS).classification
    ankle = default_criteria(Placement.ANKLE).classification
    assert way_reason(movement, known, mattress) == "4.5 s, moved throughout, without a hold"
    assert way_reason(movement, known, ankle) is None
    held = Course(evenness=0.33, middle_ratio=0.5, spread_ratio=0.4, strong_s=4.5)
    assert way_reason(movement, held, mattress) is None


def test_on_a_mattress_a_long_movement_without_a_hold_is_restless() -> None:
    """Its energy lies as near together as if it moved evenly: no turn has to tell of it."""
    movement = Movement(100.0, 104.5, 0.03, 0.1, 0.002, 0.0, 0.1, 1.0)
    mattress = default_criteria(Placement.MATTRESS).classification
    ankle = default_criteria(Placement.ANKLE).classification
    near = Course(evenness=0.2, middle_ratio=0.5, spread_ratio=0.27, strong_s=3.5)
    assert way_reason(movement, near, mattress) == "4.5 s, without a hold"
    assert way_reason(movement, near, ankle) is None
    brief = Course(evenness=0.2, middle_ratio=0.5, spread_ratio=0.27, strong_s=2.5)
    assert way_reason(movement, brief, mattress) is None
    apart = Course(evenness=0.2, middle_ratio=0.5, spread_ratio=0.31, strong_s=3.5)
    assert way_reason(movement, apart, mattress) is None


def limb_movement(onset_s: float, turn_deg: float) -> Movement:
    return Movement(onset_s, onset_s + 2.0, 0.1, 5.0, 0.003, turn_deg)


def limb_night(each: int, alone: int) -> list[Movement]:
    """Return a row of 200 movements of which one in `each` stays elsewhere, and 100 alone.

    Of these one in `alone` stays elsewhere.
    """
    row = [limb_movement(30.0 * k, 4.0 if k % each == 0 else 0.05) for k in range(200)]
    others = [limb_movement(8000 + 120.0 * k, 4.0 * (k % alone == 0)) for k in range(100)]
    return row + others


@pytest.mark.parametrize(
    ("each", "alone", "its_way"),
    [(5, 5, True), (5, 8, True), (10, 4, False), (20, 20, False)],
)
def test_a_limb_that_stays_elsewhere_in_rows_too_does_so_by_its_way(
    each: int, alone: int, its_way: bool
) -> None:
    # one in twenty of 200 is too few to tell
    movements = limb_night(each, alone)
    kinds = CRITERIA.classification
    counts = np.ones(len(movements), dtype=bool)
    assert stays_in_rows(movements, counts, 1.0, kinds, CRITERIA.series) is its_way
    judged = judge(movements, [None] * len(movements), kinds)
    assert any(one.restless is not None for one in judged) is not its_way


def test_a_turn_is_restless_also_where_limbs_stay_elsewhere() -> None:
    movements = [*limb_night(5, 5), limb_movement(21000.0, 25.0)]
    why = judge(movements, [None] * len(movements), CRITERIA.classification)[-1].restless
    assert why == "turned by 25 degrees, 2.0 s"


def test_without_rows_a_limb_has_no_way_of_staying() -> None:
    movements = limb_night(5, 5)[200:]
    counts = np.ones(len(movements), dtype=bool)
    assert not stays_in_rows(movements, counts, 1.0, CRITERIA.classification, CRITERIA.series)


@pytest.mark.parametrize(
    ("duration_s", "turn_deg", "restless"),
    [(2.0, 0.5, True), (1.0, 0.5, False), (1.0, 1.6, True)],
)
def test_a_short_movement_has_to_leave_the_limb_further_away(
    duration_s: float, turn_deg: float, *, restless: bool
) -> None:
    others = [limb_movement(200.0 * k, 0.02) for k in range(30)]
    one = Movement(9000.0, 9000.0 + duration_s, 0.1, 5.0, 0.003, turn_deg)
    judged = judge([*others, one], [None] * 31, CRITERIA.classification)
    assert (judged[-1].restless is not None) is restless
    assert all(other.restless is None for other in judged[:-1])
