"""Laws of weak flanks: what is above rest for long belongs to a movement, and rest never does."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria
from detector.movements import Movement, find_movements
from detector.recording import from_arrays

HZ = 50.0
# Its bursts begin at once over a limb at rest: what flanks do by themselves is looked at.
CRITERIA = DetectionCriteria(sudden_rises=False)
T_S = np.arange(round(200 * HZ)) / HZ


def found(moving_g: np.ndarray, seed: int, criteria: DetectionCriteria) -> tuple[Movement, ...]:
    noise_g = np.random.default_rng(seed).normal(0, 0.003, (3, T_S.size))
    samples = noise_g + np.outer([0.0, 0.0, 1.0], np.ones(T_S.size)) + moving_g
    recording = from_arrays(T_S, samples, hz=HZ)
    return find_movements(condition(recording, ConditioningCriteria()), criteria).movements


def without_flanks(moving_g: np.ndarray, seed: int) -> tuple[Movement, ...]:
    with patch("detector.movements.with_flanks", lambda _signal, spans, *_: spans):
        return found(moving_g, seed, CRITERIA)


def swing(start_s: float, stop_s: float, peak_g: float) -> np.ndarray:
    """Return (3, n) g: 2.3 Hz along one axis from `start_s` to `stop_s`, softly on and off."""
    fade = np.clip(np.minimum(T_S - start_s, stop_s - T_S) / 0.2, 0, 1)
    return np.outer([1.0, 0.0, 0.0], peak_g * fade * np.sin(2 * np.pi * 2.3 * T_S))


def test_a_weak_beginning_and_a_weak_end_belong_to_a_movement() -> None:
    """Of 3 mg RMS beside 3 mg of noise an axis: below both thresholds, for 3 s."""
    moving = swing(97.0, 100.0, 0.0045) + swing(100.0, 101.0, 0.2) + swing(101.0, 104.0, 0.0045)
    wide = [found(moving, seed, CRITERIA)[0] for seed in range(8)]
    bare = [without_flanks(moving, seed)[0] for seed in range(8)]
    assert np.mean([m.onset_s for m in wide]) == pytest.approx(97.0, abs=0.8)
    assert np.mean([m.offset_s for m in wide]) == pytest.approx(104.0, abs=0.8)
    longer = [one.duration_s - other.duration_s for one, other in zip(wide, bare, strict=True)]
    assert min(longer) >= 0
    assert np.mean(longer) > 1


def test_rest_belongs_to_no_movement() -> None:
    alike = [
        found(swing(100.0, 101.0, 0.2), seed, CRITERIA)[0].duration_s
        - without_flanks(swing(100.0, 101.0, 0.2), seed)[0].duration_s
        for seed in range(12)
    ]
    assert min(alike) >= 0
    assert np.mean(alike) < 0.2


def test_two_bursts_with_weak_movement_between_are_one_and_with_rest_two() -> None:
    bursts = swing(98.0, 99.0, 0.2) + swing(103.0, 104.0, 0.2)
    assert len(found(bursts, 0, CRITERIA)) == 2
    between = bursts + swing(99.0, 103.0, 0.0045)
    apart = [seed for seed in range(8) if len(without_flanks(between, seed)) == 2]
    assert len(apart) >= 4
    for seed in apart:
        (one,) = found(between, seed, CRITERIA)
        assert one.duration_s == pytest.approx(6.0, abs=0.8)


def test_a_flank_ends_where_samples_are_missing() -> None:
    moving = swing(97.0, 100.0, 0.0045) + swing(100.0, 101.0, 0.2)
    samples = np.random.default_rng(1).normal(0, 0.003, (3, T_S.size)) + moving
    samples[2] += 1.0
    kept = (T_S < 97.8) | (T_S > 99.0)
    recording = from_arrays(T_S[kept], samples[:, kept], hz=HZ)
    movements = find_movements(condition(recording, ConditioningCriteria()), CRITERIA).movements
    assert all(m.offset_s <= 97.8 or m.onset_s >= 99.0 for m in movements)
    assert len(movements) == 1
