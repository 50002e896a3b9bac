"""Laws of what is known to be something else: a rhythm is one near the noise too."""

from __future__ import annotations

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import default_criteria
from detector.exclusion import Exclusion, find_exclusion, quiet_bands
from detector.movements import find_movements
from detector.recording import FloatArray, Placement, from_arrays

HZ = 50.0
CRITERIA = default_criteria(Placement.MATTRESS)
NOISE_G = 0.0015
T_S = np.arange(round(300 * HZ)) / HZ
RATE_HZ, WAVER_HZ = 5.0, 0.4  # a rate that wavers by so much, every 4 s
TREMOR = np.sin(2 * np.pi * RATE_HZ * T_S + WAVER_HZ / 0.25 * np.sin(2 * np.pi * 0.25 * T_S))
FADE = np.clip(np.minimum(T_S - 150, 162 - T_S) / 1.0, 0, 1)


def excluded(moving_g: FloatArray, seed: int) -> list[Exclusion | None]:
    """Return what each movement of a night is excluded as."""
    samples = np.random.default_rng(seed).normal(0, NOISE_G, (3, T_S.size)) + moving_g
    samples[2] += 1.0
    signal = condition(from_arrays(T_S, samples, hz=HZ), CRITERIA.conditioning)
    quiet = quiet_bands(signal)
    movements = find_movements(signal, CRITERIA.detection).movements
    found = [find_exclusion(signal, m, quiet, CRITERIA.classification) for m in movements]
    return [None if one is None else one[0] for one in found]


@pytest.mark.parametrize("peak_g", [0.005, 0.02, 0.1])
def test_a_tremor_is_one_near_the_noise_and_far_above_it(peak_g: float) -> None:
    moving = np.outer([0.0, 1.0, 0.0], peak_g * FADE * TREMOR)
    for seed in range(6):
        assert excluded(moving, seed) == [Exclusion.TREMOR]


@pytest.mark.parametrize("peak_g", [0.02, 0.1])
def test_what_repeats_nothing_is_no_tremor(peak_g: float) -> None:
    for seed in range(6):
        wild = np.random.default_rng(100 + seed).standard_normal((3, T_S.size))
        wild = np.cumsum(wild - np.roll(wild, round(0.15 * HZ), axis=1), axis=1) / 3.5
        found = excluded(0.5 * peak_g * FADE * wild, seed)
        assert found
        assert set(found) == {None}
