"""Laws of posture: steps are as large as gravity turns, whatever the mounting, noise or stretch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_movements import burst, lying, noise, smooth, tilted, times

from detector import night_signal
from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria
from detector.movements import find_movements
from detector.night_signal import NightSignal
from detector.posture import angle_deg, posture_steps, sums_of
from detector.recording import from_arrays

CRITERIA = DetectionCriteria()


def conditioned(t_s: np.ndarray, samples_g: np.ndarray, hz: float = 50.0) -> NightSignal:
    return condition(from_arrays(t_s, samples_g, hz=hz), ConditioningCriteria())


def steps_of(t_s: np.ndarray, samples_g: np.ndarray, hz: float = 50.0) -> np.ndarray:
    steps: np.ndarray = posture_steps(conditioned(t_s, samples_g, hz), CRITERIA)[:]
    return steps


class TestSteps:
    @settings(max_examples=15, deadline=None)
    @given(degrees=st.floats(0.2, 30.0), hz=st.sampled_from([5.0, 12.5, 25.0, 100.0]))
    def test_a_step_is_the_chord_of_the_angle(self, degrees: float, hz: float) -> None:
        t_s = times(60, hz)
        samples = tilted(t_s, degrees * (t_s >= 30.0)) + noise(t_s, 1e-5)
        steps = steps_of(t_s, samples, hz)
        assert np.nanmax(steps) == pytest.approx(2 * np.sin(np.radians(degrees) / 2), rel=0.02)
        at = np.flatnonzero(steps > 0.9 * np.nanmax(steps)) / min(hz, 25.0)
        assert at.mean() == pytest.approx(30.0, abs=0.3)

    def test_it_does_not_matter_how_the_sensor_is_mounted(self) -> None:
        t_s = times(60, 50.0)
        samples = tilted(t_s, 5 * smooth(t_s, 30.0, 1.0)) + noise(t_s, 0.003)
        turn, _ = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))
        np.testing.assert_allclose(steps_of(t_s, samples), steps_of(t_s, turn @ samples), atol=1e-6)

    def test_nothing_is_told_near_a_gap(self) -> None:
        t_s = times(60, 50.0)
        kept = (t_s < 30.0) | (t_s > 33.0)
        degrees = np.where(t_s < 30.0, 0.0, 40.0)
        assert np.nanmax(steps_of(t_s[kept], tilted(t_s, degrees)[:, kept])) < 1e-6

    def test_a_recording_shorter_than_the_windows_has_none(self) -> None:
        t_s = times(1.0, 50.0)
        assert np.all(np.isnan(steps_of(t_s, lying(t_s))))

    def test_steps_are_alike_in_every_stretch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        t_s = times(300, 50.0)
        signal = conditioned(t_s, tilted(t_s, 3 * np.sin(t_s / 9)) + noise(t_s, 0.003))
        whole = posture_steps(signal, CRITERIA)[:]
        monkeypatch.setattr(night_signal, "STRETCH", 97)
        np.testing.assert_array_equal(posture_steps(signal, CRITERIA)[:], whole)


class TestSlowBeginnings:
    def movements_of(self, samples: np.ndarray, t_s: np.ndarray, gravity: bool = True) -> list:
        recording = replace(from_arrays(t_s, samples, hz=50.0), gravity_included=gravity)
        signal = condition(recording, ConditioningCriteria())
        return list(find_movements(signal, CRITERIA).movements)

    def test_a_movement_begins_with_the_tilt_that_leads_to_it(self) -> None:
        t_s = times(300, 50.0)
        slow = 0.8 * (smooth(t_s, 147.0, 1.5) - smooth(t_s, 150.2, 0.5))
        samples = tilted(t_s, slow) + burst(t_s, 150.0) + noise(t_s, 0.003)
        (found,) = self.movements_of(samples, t_s)
        assert found.onset_s == pytest.approx(147.5, abs=0.6)
        (without,) = self.movements_of(samples, t_s, gravity=False)
        assert without.onset_s == pytest.approx(150.0, abs=0.3)

    def test_a_slow_tilt_alone_is_no_movement(self) -> None:
        t_s = times(300, 50.0)
        assert not self.movements_of(tilted(t_s, smooth(t_s, 150.0, 3.0)) + noise(t_s, 0.003), t_s)

    def test_a_breath_moves_no_onset(self) -> None:
        t_s = times(300, 50.0)
        breath = np.outer([0.0, 1.0, 0.0], 0.008 * np.sin(2 * np.pi * 0.25 * t_s))
        samples = lying(t_s) + burst(t_s, 150.0) + noise(t_s, 0.003) + breath
        (found,) = self.movements_of(samples, t_s)
        assert found.onset_s == pytest.approx(150.0, abs=0.3)
        assert found.duration_s < 3.0


class TestSums:
    @settings(max_examples=60, deadline=None)
    @given(width=st.integers(1, 40), more=st.integers(0, 50), seed=st.integers(0, 9))
    def test_they_are_the_sums_of_neighbours_wherever_they_lie(
        self, width: int, more: int, seed: int
    ) -> None:
        samples = np.random.default_rng(seed).normal(size=(3, width + more))
        sums = sums_of(samples, width)
        expected = [samples[:, k : k + width].sum(axis=1) for k in range(more + 1)]
        np.testing.assert_allclose(sums.T, expected, atol=1e-12)
        np.testing.assert_array_equal(sums_of(samples[:, more:], width), sums[:, more:])


class TestAngle:
    def test_it_is_that_between_the_rows(self) -> None:
        one = np.array([[1, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 0], [np.nan, 0, 1]], dtype=float)
        other = np.array([[0, 3, 0], [1, 1, 0], [0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=float)
        assert angle_deg(one, other) == pytest.approx([90, 45, 180, np.nan, np.nan], nan_ok=True)
