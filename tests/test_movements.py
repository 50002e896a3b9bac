"""Laws of detection: noise moves nothing, a burst is where it is, a hold is one movement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria
from detector.movements import Detection, Movement, find_movements
from detector.pipeline import Analysis
from detector.posture import angle_deg
from detector.recording import from_arrays

CRITERIA = DetectionCriteria()


def detected(
    t_s: np.ndarray, samples_g: np.ndarray, hz: float, criteria: DetectionCriteria = CRITERIA
) -> Detection:
    recording = from_arrays(t_s, samples_g, hz=hz)
    return find_movements(condition(recording, ConditioningCriteria()), criteria)


def times(seconds: float, hz: float) -> np.ndarray:
    return np.arange(round(seconds * hz)) / hz


def noise(t_s: np.ndarray, level_g: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level_g, (3, t_s.size))


def lying(t_s: np.ndarray) -> np.ndarray:
    return np.repeat([[0.0], [0.0], [1.0]], t_s.size, axis=1)


def burst(
    t_s: np.ndarray, onset_s: float, peak_g: float = 0.1, length_s: float = 0.8
) -> np.ndarray:
    """Return (3, n) g: a swing at 3 Hz from `onset_s` on; the posture stays."""
    about = t_s - onset_s
    on = (about >= 0) & (about < length_s)
    wave = np.where(on, peak_g * np.sin(2 * np.pi * 3 * about), 0.0)
    return np.outer([1.0, 0.4, 0.0], wave)


def tilted(t_s: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    angle = np.radians(degrees)
    return np.vstack((np.sin(angle), np.zeros(t_s.size), np.cos(angle)))


def smooth(t_s: np.ndarray, start_s: float, length_s: float) -> np.ndarray:
    """Return (n,) a passage from 0 to 1 that begins and ends softly (minimum jerk)."""
    u = np.clip((t_s - start_s) / length_s, 0, 1)
    passage: np.ndarray = u**3 * (10 - 15 * u + 6 * u**2)
    return passage


class TestNoise:
    @pytest.mark.parametrize("hz", [25.0, 50.0, 100.0])
    @pytest.mark.parametrize("level_g", [0.002, 0.004, 0.008])
    def test_noise_alone_is_no_movement(self, level_g: float, hz: float) -> None:
        t_s = times(1200, hz)
        for seed in range(3):
            found = detected(t_s, lying(t_s) + noise(t_s, level_g, seed), hz)
            assert found.movements == (), f"seed {seed}"

    def test_noise_that_grows_is_no_movement(self) -> None:
        t_s = times(1800, 50.0)
        level = np.interp(t_s, [0, 900, 1800], [0.002, 0.006, 0.002])
        assert detected(t_s, lying(t_s) + level * noise(t_s, 1.0, 4), 50.0).movements == ()

    def test_a_held_value_and_coarse_steps_are_no_movement(self) -> None:
        t_s = times(1200, 50.0)
        assert detected(t_s, lying(t_s), 50.0).movements == ()
        coarse = np.round((lying(t_s) + noise(t_s, 0.004, 2)) * 64) / 64
        assert detected(t_s, coarse, 50.0).movements == ()

    def test_breathing_is_no_movement(self) -> None:
        t_s = times(1200, 50.0)
        breath = np.outer([0.0, 1.0, 0.1], 0.010 * np.sin(2 * np.pi * 0.25 * t_s))
        assert detected(t_s, lying(t_s) + breath + noise(t_s, 0.003), 50.0).movements == ()


class TestPlace:
    @settings(max_examples=15, deadline=None)
    @given(
        onset_s=st.floats(30.0, 260.0),
        peak_g=st.floats(0.06, 2.0),
        hz=st.sampled_from([25.0, 50.0, 100.0]),
    )
    def test_a_burst_is_found_where_it_is(self, onset_s: float, peak_g: float, hz: float) -> None:
        t_s = times(300, hz)
        samples = lying(t_s) + burst(t_s, onset_s, peak_g) + noise(t_s, 0.003)
        (found,) = detected(t_s, samples, hz).movements
        assert found.onset_s == pytest.approx(onset_s, abs=0.3)
        # the band rings on above the floor, the longer the stronger the burst
        assert onset_s + 0.5 < found.offset_s < onset_s + 0.8 + 2.2
        assert found.peak_g == pytest.approx(1.08 * peak_g / np.sqrt(2), rel=0.4)
        assert found.turn_deg < 2

    @pytest.mark.parametrize("hz", [5.0, 6.0, 12.5])
    def test_a_slow_recorder_finds_a_change_of_posture(self, hz: float) -> None:
        t_s = times(300, hz)
        samples = tilted(t_s, 50 * smooth(t_s, 150.0, 1.0)) + noise(t_s, 0.003)
        (found,) = detected(t_s, samples, hz).movements
        assert found.onset_s == pytest.approx(150.3, abs=1.0)
        assert found.turn_deg == pytest.approx(50, abs=3)


class TestJoining:
    @pytest.mark.parametrize("hold_s", [1.0, 2.0, 4.0, 6.0])
    @pytest.mark.parametrize("hz", [25.0, 100.0])
    def test_flexion_hold_and_release_is_one(self, hold_s: float, hz: float) -> None:
        t_s = times(200, hz)
        bent = smooth(t_s, 100.0, 0.5) - smooth(t_s, 100.5 + hold_s, 0.5)
        samples = tilted(t_s, 10 * bent) + noise(t_s, 0.002)
        (found,) = detected(t_s, samples, hz).movements
        assert found.onset_s == pytest.approx(100.0, abs=0.4)
        assert found.duration_s == pytest.approx(hold_s + 1.0, abs=1.5)
        assert found.turn_deg < 1

    @pytest.mark.parametrize("twitch_s", [102.0, 103.0, 104.5])
    def test_a_twitch_too_weak_to_count_does_not_end_a_hold(self, twitch_s: float) -> None:
        t_s = times(200, 50.0)
        bent = smooth(t_s, 100.0, 0.5) - smooth(t_s, 106.0, 0.5)
        twitch = burst(t_s, twitch_s, 0.009)
        alone = lying(t_s) + twitch + noise(t_s, 0.002)
        assert not detected(t_s, alone, 50.0).movements
        found = detected(t_s, tilted(t_s, 4 * bent) + twitch + noise(t_s, 0.002), 50.0).movements
        assert [m.onset_s for m in found] == pytest.approx([100.0], abs=0.4)
        assert found[0].offset_s == pytest.approx(106.5, abs=0.6)

    def test_two_bursts_with_no_posture_between_are_two(self) -> None:
        t_s = times(200, 50.0)
        samples = lying(t_s) + burst(t_s, 100.0) + burst(t_s, 104.8) + noise(t_s, 0.002)
        found = detected(t_s, samples, 50.0).movements
        assert [round(m.onset_s, 1) for m in found] == pytest.approx([100.0, 104.8], abs=0.3)

    def test_a_posture_held_for_long_is_two_movements(self) -> None:
        t_s = times(200, 50.0)
        bent = smooth(t_s, 100.0, 0.5) - smooth(t_s, 120.0, 0.5)
        found = detected(t_s, tilted(t_s, 10 * bent) + noise(t_s, 0.002), 50.0).movements
        assert [m.onset_s for m in found] == pytest.approx([100.0, 120.0], abs=0.4)

    @pytest.mark.parametrize(("release_deg", "movements"), [(20.0, 2), (0.0, 1)])
    def test_a_flexion_after_a_step_is_of_its_own_where_it_comes_back(
        self, release_deg: float, movements: int
    ) -> None:
        """A step to 10 degrees, 4 s later one to 30; 5 s later back to 10, or not at all."""
        t_s = times(200, 50.0)
        degrees = 10 * smooth(t_s, 100.0, 0.5) + 20 * smooth(t_s, 104.4, 0.5)
        degrees -= release_deg * smooth(t_s, 109.9, 0.5)
        found = detected(t_s, tilted(t_s, degrees) + noise(t_s, 0.002), 50.0).movements
        assert [m.onset_s for m in found] == pytest.approx([100.0, 104.4][:movements], abs=0.4)

    @pytest.mark.parametrize(("release_deg", "movements"), [(0.17, 1), (0.0, 2), (-0.17, 2)])
    def test_a_hold_is_seen_by_less_than_a_step_and_comes_back(
        self, release_deg: float, movements: int
    ) -> None:
        """Two bursts with 0.17 degrees between them, and after the second as many more or less."""
        t_s = times(200, 50.0)
        degrees = 0.17 * smooth(t_s, 100.0, 0.8) - release_deg * smooth(t_s, 106.0, 0.8)
        samples = tilted(t_s, degrees) + burst(t_s, 100.0) + burst(t_s, 106.0)
        found = detected(t_s, samples + noise(t_s, 0.002), 50.0).movements
        assert [m.onset_s for m in found] == pytest.approx([100.0, 106.0][:movements], abs=0.3)

    @pytest.mark.parametrize(("longest_s", "movements"), [(2.0, 1), (1.0, 2)])
    def test_a_short_one_that_leaves_the_limb_elsewhere_is_half_a_movement(
        self, longest_s: float, movements: int
    ) -> None:
        """The envelope of each burst is above its threshold for 1.6 s."""
        t_s = times(200, 50.0)
        degrees = 0.17 * (smooth(t_s, 100.0, 0.3) + smooth(t_s, 103.3, 0.3))
        samples = tilted(t_s, degrees) + noise(t_s, 0.002)
        samples += burst(t_s, 100.0, 0.03, 0.3) + burst(t_s, 103.3, 0.03, 0.3)
        criteria = replace(CRITERIA, half_max_duration_s=longest_s)
        found = detected(t_s, samples, 50.0, criteria).movements
        assert [m.onset_s for m in found] == pytest.approx([100.0, 103.3][:movements], abs=0.3)

    @pytest.mark.parametrize("breath_hz", [0.2, 0.25, 0.33])
    @pytest.mark.parametrize("apart_s", [4.2, 5.0, 6.0])
    def test_breathing_is_no_hold(self, apart_s: float, breath_hz: float) -> None:
        t_s = times(1200, 50.0)
        breath = np.outer([0.6, 0.8, 0.0], 0.008 * np.sin(2 * np.pi * breath_hz * t_s))
        samples = lying(t_s) + breath + noise(t_s, 0.003)
        onsets = [at for first in np.arange(50.0, 1150.0, 31.7) for at in (first, first + apart_s)]
        for onset in onsets:
            samples += burst(t_s, onset, 0.1, 0.5)
        found = detected(t_s, samples, 50.0).movements
        assert [m.onset_s for m in found] == pytest.approx(onsets, abs=0.3)

    def test_a_pause_of_a_quarter_second_joins_and_a_gap_never_does(self) -> None:
        t_s = times(200, 50.0)
        near = lying(t_s) + burst(t_s, 100.0) + burst(t_s, 101.3) + noise(t_s, 0.002)
        assert len(detected(t_s, near, 50.0).movements) == 1
        kept = (t_s < 100.9) | (t_s > 102.1)
        later = lying(t_s) + burst(t_s, 100.0) + burst(t_s, 102.7) + noise(t_s, 0.002)
        torn = detected(t_s[kept], later[:, kept], 50.0).movements
        assert torn
        assert all(not (m.onset_s < 100.9 and m.offset_s > 102.1) for m in torn)

    @pytest.mark.parametrize("hole_s", [0.3, 0.5, 0.75])
    @pytest.mark.parametrize("seed", range(3))
    def test_holes_that_are_bridged_make_no_movement(self, hole_s: float, seed: int) -> None:
        t_s = times(1200, 50.0)
        breath = np.outer([0.6, 0.8, 0.0], 0.008 * np.sin(2 * np.pi * 0.25 * t_s))
        starts = np.cumsum(np.random.default_rng(seed).uniform(3, 12, 150)) + 5
        kept = np.searchsorted(starts, t_s, side="right") == np.searchsorted(
            starts + hole_s, t_s, side="right"
        )
        samples = (lying(t_s) + breath + noise(t_s, 0.003, seed))[:, kept]
        assert not detected(t_s[kept], samples, 50.0).movements

    @pytest.mark.parametrize("merge_gap_s", [0.04, 0.1, 0.5, 1.0])
    @pytest.mark.parametrize("hz", [6.0, 12.5, 25.0])
    def test_movements_stay_apart_however_short_the_gap(
        self, hz: float, merge_gap_s: float
    ) -> None:
        t_s = times(400, hz)
        rng = np.random.default_rng(9)
        samples = lying(t_s) + noise(t_s, 0.002)
        for onset in np.cumsum(rng.uniform(0.9, 3.0, 150)) + 20:
            samples += burst(
                t_s, onset, float(rng.uniform(0.03, 0.4)), float(rng.uniform(0.3, 1.0))
            )
        found = detected(t_s, samples, hz, replace(CRITERIA, merge_gap_s=merge_gap_s)).movements
        assert len(found) > 2
        assert_sorted_and_apart(found)


class TestBed:
    """What is small counts where the limb turns, and not where it is only shaken."""

    @pytest.mark.parametrize(
        ("peak_g", "swing_deg", "movements"), [(0.012, 0.0, 0), (0.012, 0.6, 1), (0.03, 0.0, 1)]
    )
    def test_a_shake_from_elsewhere_is_none(
        self, peak_g: float, swing_deg: float, movements: int
    ) -> None:
        t_s = times(200, 50.0)
        bent = smooth(t_s, 100.0, 0.4) - smooth(t_s, 101.6, 0.4)
        shaken = burst(t_s, 100.0, peak_g, 2.0)  # six whole swings
        samples = tilted(t_s, swing_deg * bent) + shaken + noise(t_s, 0.002)
        found = detected(t_s, samples, 50.0).movements
        assert len(found) == movements
        assert len(detected(t_s, samples, 50.0, replace(CRITERIA, bed_peak_g=1e-6)).movements) == 1

    def test_where_no_movement_turns_the_sensor_small_ones_count(self) -> None:
        t_s = times(400, 50.0)
        strong = np.sum([burst(t_s, 100.0 + 20 * k, 0.08, 2.0) for k in range(12)], axis=0)
        weak = burst(t_s, 50.0, 0.012, 2.0)
        level = tilted(t_s, np.zeros(t_s.size)) + noise(t_s, 0.002)
        assert len(detected(t_s, level + strong + weak, 50.0).movements) == 13
        assert len(detected(t_s, level + weak, 50.0).movements) == 0

    @pytest.mark.parametrize(("strong_g", "movements"), [(0.022, 22), (0.08, 12)])
    def test_more_small_ones_than_the_larger_lead_to_expect_are_the_beds(
        self, strong_g: float, movements: int
    ) -> None:
        """Ten of 12 mg beside twelve that are a little larger, and beside twelve far larger."""
        t_s = times(640, 50.0)
        strong = [burst(t_s, 100.0 + 40 * k, strong_g, 2.0) for k in range(12)]
        weak = [burst(t_s, 120.0 + 40 * k, 0.012, 2.0) for k in range(10)]
        samples = lying(t_s) + np.sum([*strong, *weak], axis=0) + noise(t_s, 0.002)
        assert len(detected(t_s, samples, 50.0).movements) == movements

    def test_a_partner_alone_is_nobody_up_to_15_mg_over_half_a_second(self) -> None:
        """Its peaks go further, and its slow part moves gravity a little."""
        t_s = times(640, 50.0)
        shakes = [burst(t_s, 100.0 + 40 * k, 0.018, 2.0) for k in range(12)]
        samples = lying(t_s) + np.sum(shakes, axis=0) + noise(t_s, 0.001)
        found = detected(t_s, samples, 50.0, replace(CRITERIA, bed_own_ratio=1e-6)).movements
        assert min(m.peak_g for m in found) > CRITERIA.bed_peak_g
        assert not detected(t_s, samples, 50.0).movements


class TestTurns:
    @pytest.mark.parametrize("degrees", [25.0, 40.0, 90.0, 150.0])
    def test_a_turn_carries_its_angle(self, degrees: float) -> None:
        t_s = times(200, 50.0)
        samples = tilted(t_s, degrees * smooth(t_s, 100.0, 2.0)) + noise(t_s, 0.003)
        found = detected(t_s, samples, 50.0)
        assert len(found.movements) == 1
        assert found.movements[0].turn_deg == pytest.approx(degrees, abs=2)
        assert found.turns_s == pytest.approx([101.0], abs=2.0)

    def test_there_and_back_is_no_turn(self) -> None:
        t_s = times(200, 50.0)
        bent = smooth(t_s, 100.0, 0.5) - smooth(t_s, 102.0, 0.5)
        found = detected(t_s, tilted(t_s, 40 * bent) + noise(t_s, 0.003), 50.0)
        assert found.turns_s.size == 0
        assert found.movements[0].turn_deg < 2

    def test_without_gravity_no_turn_is_told(self) -> None:
        t_s = times(200, 50.0)
        recording = from_arrays(t_s, burst(t_s, 100.0) + noise(t_s, 0.002), hz=50.0)
        signal = condition(replace(recording, gravity_included=False), ConditioningCriteria())
        (found,) = find_movements(signal, CRITERIA).movements
        assert np.isnan(found.turn_deg)

    def test_angles(self) -> None:
        a = np.array([[1.0, 0, 0], [0, 0, 2.0], [0, 0, 0], [np.nan, 0, 1]])
        b = np.array([[0, 1.0, 0], [0, 0, 1.0], [0, 1, 0], [0, 0, 1]])
        np.testing.assert_allclose(angle_deg(a, b), [90, 0, np.nan, np.nan], atol=1e-6)


class TestThresholds:
    @settings(max_examples=15, deadline=None)
    @given(st.floats(1.0, 20.0), st.integers(0, 1000))
    def test_a_stronger_movement_is_not_lost(self, factor: float, seed: int) -> None:
        t_s = times(400, 25.0)
        rng = np.random.default_rng(seed)
        moves = sum(
            burst(t_s, 30 + 25 * k + rng.uniform(0, 5), rng.uniform(0.015, 0.2)) for k in range(14)
        )
        rest = lying(t_s) + noise(t_s, 0.003, seed)
        weak = detected(t_s, rest + moves, 25.0).movements
        strong = detected(t_s, rest + factor * moves, 25.0).movements
        for movement in weak:
            assert any(
                m.onset_s - 0.3 < movement.offset_s and movement.onset_s < m.offset_s + 0.3
                for m in strong
            ), movement

    def test_thresholds_follow_the_floor(self) -> None:
        t_s = times(900, 50.0)
        floors = []
        for level in (0.004, 0.008):
            found = detected(t_s, lying(t_s) + noise(t_s, level), 50.0)
            upper = np.maximum(
                CRITERIA.absolute_floor_g, CRITERIA.onset_floor_ratio * found.noise_floor_g
            )
            np.testing.assert_allclose(found.onset_threshold_g, upper)
            assert np.all(found.offset_threshold_g < found.onset_threshold_g)
            floors.append(float(np.median(found.noise_floor_g)))
        assert floors[1] == pytest.approx(2 * floors[0], rel=0.05)

    def test_the_floor_is_the_rms_of_rest_in_the_band(self) -> None:
        # white noise of 4 mg on 3 axes to 25 Hz, of which 0.5 to 8 Hz passes: 4 sqrt(3 7.5/25)
        t_s = times(900, 50.0)
        found = detected(t_s, lying(t_s) + noise(t_s, 0.004), 50.0)
        assert np.median(found.noise_floor_g) == pytest.approx(0.0038, rel=0.1)

    def test_movements_do_not_lift_the_floor(self) -> None:
        t_s = times(900, 50.0)
        rest = lying(t_s) + noise(t_s, 0.003)
        moves = sum(burst(t_s, onset, 0.3, 2.0) for onset in np.arange(20, 880, 20.0))
        still, moved = detected(t_s, rest, 50.0), detected(t_s, rest + moves, 50.0)
        assert np.median(moved.noise_floor_g) < 1.25 * np.median(still.noise_floor_g)
        assert len(moved.movements) == 43

    def test_a_floor_is_not_below_the_step_of_the_file(self) -> None:
        t_s = times(900, 50.0)
        samples = lying(t_s)
        samples[0, ::1000] += 1 / 64  # held, but for a flicker of the last digit
        found = detected(t_s, samples, 50.0)
        assert np.all(found.noise_floor_g >= 1 / 64 / np.sqrt(12) - 1e-9)

    def test_the_floor_changes_at_a_turn_and_not_before(self) -> None:
        t_s = times(600, 50.0)
        level = np.where(t_s < 300, 0.003, 0.009)
        samples = tilted(t_s, 60 * smooth(t_s, 299.0, 2.0)) + level * noise(t_s, 1.0)
        floor = detected(t_s, samples, 50.0).noise_floor_g
        assert floor[285] == pytest.approx(floor[100], rel=0.2)
        assert floor[315] == pytest.approx(3 * floor[100], rel=0.2)


def test_held_values_do_not_hide_the_noise_of_what_was_measured() -> None:
    """A recorder that sleeps through rest shows no noise there: movements end all the same."""
    t = times(1800, 30.0)
    onsets = np.arange(45.0, 1790, 90)
    samples = lying(t) + noise(t, 0.004) + sum(burst(t, onset, 0.3) for onset in onsets)
    held = samples.copy()
    for start in np.arange(0.0, 1800, 90):
        for first, stop in ((start, start + 25), (start + 65, start + 90)):
            part = slice(int(first * 30), int(stop * 30))
            held[:, part] = held[:, part][:, :1]
    measured, slept = detected(t, samples, 30.0), detected(t, held, 30.0)
    found = [m.onset_s for m in slept.movements]
    near = [min(abs(np.array(found) - onset)) for onset in onsets]
    assert max(near) < 0.3
    longest_s = max(m.duration_s for m in measured.movements)
    assert max(m.duration_s for m in slept.movements) < longest_s + 1
    assert np.median(slept.noise_floor_g) > 0.5 * np.median(measured.noise_floor_g)


def assert_sorted_and_apart(movements: tuple[Movement, ...]) -> None:
    onsets = np.array([m.onset_s for m in movements])
    offsets = np.array([m.offset_s for m in movements])
    assert np.all(onsets < offsets)
    assert np.all(onsets[1:] >= offsets[:-1])


def test_movements_of_a_night_are_sorted_and_apart(ankle_analysis: Analysis) -> None:
    found = ankle_analysis.detection.movements
    assert len(found) > 100
    assert_sorted_and_apart(found)
    assert all(m.duration_s >= CRITERIA.min_duration_s for m in found)
    assert all(m.peak_g > 0 and m.noise_floor_g > 0 and m.jerk_g_per_s > 0 for m in found)


def test_a_movement_has_a_length() -> None:
    with pytest.raises(ValueError, match="is not before offset"):
        Movement(2.0, 2.0, 0.1, 1.0, 0.003, 0.0)
    assert Movement(2.0, 2.5, 0.1, 1.0, 0.003, 0.0).duration_s == 0.5
