"""Laws of flanks in the slow band: weak and slow is found along the line of the movement alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria, default_criteria
from detector.movements import Movement, find_movements
from detector.recording import Placement, from_arrays

HZ = 50.0
CRITERIA = default_criteria(Placement.MATTRESS)
WITHOUT = replace(CRITERIA.detection, slow_flanks=False)
NOISE_G = 0.0015
LINE, ACROSS = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
T_S = np.arange(round(200 * HZ)) / HZ
SEEDS = range(8)


def samples_of(moving_g: np.ndarray, seed: int) -> np.ndarray:
    noise_g = np.random.default_rng(seed).normal(0, NOISE_G, (3, T_S.size))
    return noise_g + np.outer([0.0, 0.0, 1.0], np.ones(T_S.size)) + moving_g


def found(
    moving_g: np.ndarray, seed: int, criteria: DetectionCriteria = CRITERIA.detection
) -> tuple[Movement, ...]:
    recording = from_arrays(T_S, samples_of(moving_g, seed), hz=HZ)
    return find_movements(condition(recording, CRITERIA.conditioning), criteria).movements


def swing(start_s: float, stop_s: float, peak_g: float, line: np.ndarray = LINE) -> np.ndarray:
    """Return (3, n) g: 1.7 Hz along one line from `start_s` to `stop_s`, softly on and off."""
    fade = np.clip(np.minimum(T_S - start_s, stop_s - T_S) / 0.2, 0, 1)
    return np.outer(line, peak_g * fade * np.sin(2 * np.pi * 1.7 * T_S))


STRONG = swing(100.0, 101.0, 0.05)


def test_a_beginning_and_an_end_below_the_noise_are_found() -> None:
    """0.8 mg RMS beside 1.5 mg of noise an axis: longer than without the slow band."""
    moving = swing(97.0, 100.0, 0.0012) + STRONG + swing(101.0, 104.0, 0.0012)
    wide = [found(moving, seed) for seed in SEEDS]
    bare = [found(moving, seed, WITHOUT) for seed in SEEDS]
    assert all(len(movements) == 1 for movements in (*wide, *bare))
    longer = [a.duration_s - b.duration_s for (a,), (b,) in zip(wide, bare, strict=True)]
    assert min(longer) >= 0
    assert np.mean(longer) > 1
    assert np.mean([m[0].onset_s for m in wide]) == pytest.approx(97.5, abs=0.6)
    assert np.mean([m[0].offset_s for m in wide]) == pytest.approx(103.5, abs=0.6)


def test_a_flank_across_the_line_of_its_movement_is_found_less_far() -> None:
    along = swing(97.0, 100.0, 0.0012) + STRONG
    across = swing(97.0, 100.0, 0.0012, ACROSS) + STRONG
    onsets = [
        np.mean([found(moving, seed)[0].onset_s for seed in SEEDS]) for moving in (along, across)
    ]
    assert onsets[0] < onsets[1] - 0.5


def test_a_piece_belongs_to_the_movement_after_a_short_rest_only() -> None:
    near = swing(96.0, 98.0, 0.003) + STRONG
    far = swing(92.5, 94.5, 0.003) + STRONG
    assert np.mean([found(near, s)[0].onset_s for s in SEEDS]) == pytest.approx(96.0, abs=0.6)
    assert np.median([found(far, s)[-1].onset_s for s in SEEDS]) == pytest.approx(100.0, abs=0.3)


NO_LINES = replace(CRITERIA.detection, line_same_deg=1e-6, line_other_deg=90.0)


@pytest.mark.parametrize("line", [LINE, ACROSS])
def test_movements_whose_slow_flanks_meet_are_two_along_lines_of_their_own(
    line: np.ndarray,
) -> None:
    moving = STRONG + swing(101.0, 105.0, 0.0012) + swing(105.0, 106.2, 0.05, line)
    met = [s for s in SEEDS if len(found(moving, s, WITHOUT)) == 2]
    assert len(met) > 3
    for seed in met:
        assert len(found(moving, seed, NO_LINES)) == 1
        assert len(found(moving, seed)) == (1 if line is LINE else 2)


@pytest.mark.parametrize("seed", [0, 1, 3, 4])
def test_near_movements_along_one_line_are_one_where_lines_tell_them_apart(seed: int) -> None:
    """A pair 7.5 s apart after 30 movements that are not near: each its own way, or all alike."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(700 * HZ)) / HZ
    noise_g = rng.normal(0, NOISE_G, (3, t_s.size)) + np.outer([0, 0, 1.0], np.ones(t_s.size))
    pair, alone = [650.0, 657.5], np.arange(20.0, 620.0, 20.0).tolist()
    each = rng.standard_normal((len(alone), 3))
    each /= np.linalg.norm(each, axis=1)[:, None]

    def onsets(lines: np.ndarray) -> list[float]:
        samples = noise_g.copy()
        for start_s, line in zip([*alone, *pair], [*lines, LINE, LINE], strict=True):
            fade = np.clip(np.minimum(t_s - start_s, start_s + 1 - t_s) / 0.2, 0, 1)
            samples += np.outer(line, 0.05 * fade * np.sin(2 * np.pi * 1.7 * t_s))
        signal = condition(from_arrays(t_s, samples, hz=HZ), CRITERIA.conditioning)
        return [m.onset_s for m in find_movements(signal, CRITERIA.detection).movements]

    assert onsets(each) == pytest.approx([*alone, 650.0], abs=1.0)
    assert onsets(np.tile(LINE, (len(alone), 1))) == pytest.approx([*alone, *pair], abs=1.0)


def test_rest_belongs_to_no_movement() -> None:
    longer = [
        found(STRONG, seed)[0].duration_s - found(STRONG, seed, WITHOUT)[0].duration_s
        for seed in range(12)
    ]
    assert min(longer) >= 0
    assert np.mean(longer) < 0.3


def test_a_rotated_sensor_finds_the_same() -> None:
    moving = swing(97.0, 100.0, 0.002) + STRONG
    rng = np.random.default_rng(4)
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    samples = samples_of(moving, 1)
    spans = []
    for turned in (samples, rotation @ samples):
        signal = condition(from_arrays(T_S, turned, hz=HZ), CRITERIA.conditioning)
        movements = find_movements(signal, CRITERIA.detection).movements
        spans.append([(m.onset_s, m.offset_s) for m in movements])
    assert spans[0] == spans[1]


def test_a_flank_ends_where_samples_are_missing() -> None:
    samples = samples_of(swing(96.0, 100.0, 0.003) + STRONG, 1)
    kept = (T_S < 97.8) | (T_S > 99.0)
    recording = from_arrays(T_S[kept], samples[:, kept], hz=HZ)
    signal = condition(recording, CRITERIA.conditioning)
    movements = find_movements(signal, CRITERIA.detection).movements
    assert all(m.offset_s <= 97.8 or m.onset_s >= 99.0 for m in movements)
    assert movements[-1].offset_s == pytest.approx(101.3, abs=0.4)


def test_a_recording_too_slow_for_the_band_keeps_its_movements() -> None:
    t_s = np.arange(600 * 8) / 8
    burst = np.where((t_s > 300) & (t_s < 302), 0.1 * np.sin(2 * np.pi * 1.7 * t_s), 0.0)
    samples = np.random.default_rng(1).normal(0, NOISE_G, (3, t_s.size)) + np.outer(LINE, burst)
    samples[2] += 1
    signal = condition(from_arrays(t_s, samples, hz=8.0), ConditioningCriteria())
    with_band = find_movements(signal, CRITERIA.detection).movements
    assert with_band == find_movements(signal, WITHOUT).movements
    assert len(with_band) == 1
