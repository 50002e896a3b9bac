"""Laws of where a movement ends, how it turned the limb, and which weak ones count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import default_criteria
from detector.gross import rest_deg, return_deg
from detector.movements import Movement, find_movements
from detector.night_signal import NightSignal
from detector.recording import Placement, from_arrays

CRITERIA = default_criteria(Placement.ANKLE)
LENGTH_S = 900.0
ONSETS_S = np.arange(60.0, 860.0, 30.0)
LASTS_S = 2.4


def tilted_deg(t_s: np.ndarray, degrees: float) -> np.ndarray:
    """Return (n,) a limb that goes out within 0.4 s, is held, and is back after 2.4 s."""
    out = np.zeros(t_s.size)
    for onset_s in ONSETS_S:
        for start_s, sign in ((onset_s, 1.0), (onset_s + LASTS_S - 0.4, -1.0)):
            way = np.clip((t_s - start_s) / 0.4, 0, 1)
            out += sign * degrees * way**2 * (3 - 2 * way)
    return out


def signal_of(hz: float, degrees: float, noise_g: float, seed: int = 1) -> NightSignal:
    t_s = np.arange(round(LENGTH_S * hz)) / hz
    angle = np.radians(tilted_deg(t_s, degrees))
    samples = np.vstack((np.sin(angle), 0 * angle, np.cos(angle)))
    samples = samples + np.random.default_rng(seed).normal(0, noise_g, samples.shape)
    return condition(from_arrays(t_s, samples, hz=hz), CRITERIA.conditioning)


def found(signal: NightSignal) -> tuple[Movement, ...]:
    return find_movements(signal, CRITERIA.detection).movements


@pytest.mark.parametrize("hz", [25.0, 50.0, 100.0])
@pytest.mark.parametrize("degrees", [4.0, 12.0, 30.0])
def test_a_movement_ends_where_it_does_at_each_rate_and_size(hz: float, degrees: float) -> None:
    """A filter rings on for half a second after a large move, and longer over a quiet sensor."""
    movements = found(signal_of(hz, degrees, 0.003))
    assert len(movements) == ONSETS_S.size
    lasted = [m.duration_s for m in movements]
    assert np.median(lasted) == pytest.approx(LASTS_S, abs=0.25)
    assert np.ptp(np.quantile(lasted, [0.1, 0.9])) < 0.3


def test_a_quieter_sensor_sees_no_longer_movements() -> None:
    lasted = [
        np.median([m.duration_s for m in found(signal_of(50.0, 12.0, noise_g))])
        for noise_g in (0.0005, 0.002, 0.004)
    ]
    assert np.ptp(lasted) < 0.2


def test_what_noise_seems_to_turn_at_rest_is_no_part_of_the_return() -> None:
    """With a noisy sensor limbs seem to come back worse: the angle of no return stays."""
    kinds, window_s = CRITERIA.classification, CRITERIA.detection.turn_window_s
    angles, without = [], []
    for noise_g in (0.003, 0.006):
        signal = signal_of(25.0, 12.0, noise_g)
        movements = found(signal)
        counts = np.ones(len(movements), dtype=bool)
        at_rest = rest_deg(signal, movements, kinds, window_s)
        assert at_rest > 0
        angles.append(return_deg(movements, counts, kinds, at_rest))
        without.append(return_deg(movements, counts, kinds))
    assert all(angle <= bare for angle, bare in zip(angles, without, strict=True))
    assert angles[1] - angles[0] < without[1] - without[0]


def test_a_hole_near_a_movement_leaves_the_angle_at_rest_known() -> None:
    t_s = np.arange(round(LENGTH_S * 25.0)) / 25.0
    angle = np.radians(tilted_deg(t_s, 12.0))
    samples = np.vstack((np.sin(angle), 0 * angle, np.cos(angle)))
    samples = samples + np.random.default_rng(1).normal(0, 0.003, samples.shape)
    holes = ((t_s + 3.0) % 120.0) < 2.0  # some lie in the window ahead of a movement
    recording = from_arrays(t_s[~holes], samples[:, ~holes], hz=25.0)
    signal = condition(recording, CRITERIA.conditioning)
    movements = found(signal)
    at_rest = rest_deg(signal, movements, CRITERIA.classification, 3.0)
    assert np.isfinite(at_rest)


@pytest.mark.parametrize("weak", [False, True])
def test_what_is_weak_counts_where_it_is_alone_and_not_beside_another(weak: bool) -> None:
    """Here all movements are weak, or none is, by how high the threshold near others lies."""
    t_s = np.arange(round(300 * 50.0)) / 50.0
    moving = np.zeros(t_s.size)
    for start_s in (100.0, 144.0, 150.0, 165.0):
        within = np.clip(np.minimum(t_s - start_s, start_s + 1.5 - t_s) / 0.2, 0, 1)
        moving += 0.1 * within * (np.sin(2 * np.pi * 3.0 * t_s) + 0.6)
    samples = np.random.default_rng(2).normal(0, 0.003, (3, t_s.size))
    samples[0] += moving
    samples[2] += 1.0
    signal = condition(from_arrays(t_s, samples, hz=50.0), CRITERIA.conditioning)
    asked = replace(CRITERIA.detection, near_floor_ratio=1000.0 if weak else 2.5)
    onsets = [m.onset_s for m in find_movements(signal, asked).movements]
    kept = [100.0, 165.0] if weak else [100.0, 144.0, 150.0, 165.0]
    assert onsets == pytest.approx(kept, abs=0.5)
