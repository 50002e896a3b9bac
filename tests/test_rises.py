"""Laws of where a movement begins in the weak end of another."""

from __future__ import annotations

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria
from detector.movements import Movement, find_movements
from detector.recording import from_arrays

HZ = 50.0
CRITERIA = DetectionCriteria()
T_S = np.arange(round(200 * HZ)) / HZ


def found(
    moving_g: np.ndarray, seed: int, criteria: DetectionCriteria = CRITERIA
) -> tuple[Movement, ...]:
    noise_g = np.random.default_rng(seed).normal(0, 0.003, (3, T_S.size))
    samples = noise_g + np.outer([0.0, 0.0, 1.0], np.ones(T_S.size)) + moving_g
    recording = from_arrays(T_S, samples, hz=HZ)
    return find_movements(condition(recording, ConditioningCriteria()), criteria).movements


def swing(start_s: float, stop_s: float, peak_g: float, fade_s: float = 0.2) -> np.ndarray:
    """Return (3, n) g: 2.3 Hz along one axis from `start_s` to `stop_s`, on and off in `fade_s`."""
    fade = np.clip(np.minimum(T_S - start_s, stop_s - T_S) / fade_s, 0, 1)
    return np.outer([1.0, 0.0, 0.0], peak_g * fade * np.sin(2 * np.pi * 2.3 * T_S))


def lean(start_s: float, stop_s: float, size_g: float) -> np.ndarray:
    """Return (3, n) g of a limb leaning over from `start_s` to `stop_s`, in 1 s each way."""
    way = np.clip(np.minimum(T_S - start_s, stop_s - T_S), 0, 1)
    return np.outer([0.0, 1.0, 0.0], size_g * way**2 * (3 - 2 * way))


WEAK_END = swing(95.0, 96.0, 0.2) + swing(96.0, 100.0, 0.008)


@pytest.mark.parametrize("seed", range(6))
def test_a_movement_that_begins_in_the_weak_end_of_another_is_its_own(seed: int) -> None:
    both = WEAK_END + swing(100.0, 102.0, 0.2)
    first, second = found(both, seed)
    assert first.onset_s == pytest.approx(95.0, abs=0.3)
    assert first.offset_s < 97.0
    assert second.onset_s == pytest.approx(100.0, abs=0.2)
    assert len(found(both, seed, DetectionCriteria(sudden_rises=False))) == 1


@pytest.mark.parametrize("seed", range(6))
def test_what_is_weak_ahead_of_a_sudden_movement_is_left_out(seed: int) -> None:
    (one,) = found(swing(97.0, 100.0, 0.006) + swing(100.0, 102.0, 0.2), seed)
    assert one.onset_s == pytest.approx(100.0, abs=0.2)


@pytest.mark.parametrize("seed", range(6))
def test_a_limb_that_is_held_elsewhere_or_on_its_way_stays_whole(seed: int) -> None:
    held = WEAK_END + swing(100.0, 102.0, 0.2) + lean(94.8, 101.5, 0.04)
    (one,) = found(held, seed)
    assert one.onset_s < 96.0
    assert one.offset_s > 101.0
    (other,) = found(
        swing(97.0, 100.0, 0.006) + swing(100.0, 102.0, 0.2) + lean(97.0, 104.0, 0.04), seed
    )
    assert other.onset_s < 98.5


@pytest.mark.parametrize("seed", range(6))
def test_what_grows_slowly_is_one(seed: int) -> None:
    assert len(found(WEAK_END + swing(96.0, 104.0, 0.1, fade_s=4.0), seed)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_short_silence_is_a_pause(seed: int) -> None:
    assert len(found(swing(98.0, 99.0, 0.2) + swing(100.1, 101.0, 0.2), seed)) == 1


def test_three_in_one_are_three_wherever_the_clock_begins() -> None:
    three = (
        WEAK_END + swing(100.0, 101.0, 0.2) + swing(101.0, 105.0, 0.008) + swing(105.0, 107.0, 0.2)
    )
    onsets = [m.onset_s for m in found(three, 3)]
    assert onsets == pytest.approx([95.0, 100.0, 105.0], abs=0.2)
    later = [m.onset_s - 7.0 for m in found(np.roll(three, round(7 * HZ), axis=1), 3)]
    assert later == pytest.approx(onsets, abs=0.1)
