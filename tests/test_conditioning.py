"""Laws of the low-rate signals: cutting, turning, scaling, shifting and holes."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector import night_signal
from detector.conditioning import condition, smallest_step
from detector.criteria import ConditioningCriteria
from detector.errors import RecordingError
from detector.intervals import runs
from detector.night_signal import NightSignal, Spool, stretches, track_runs
from detector.recording import Chunk, Recording, Repair, from_arrays

CRITERIA = ConditioningCriteria()
AT_RATE = ("envelope_g", "edge_envelope_g", "jerk_g_per_s", "valid", "acceleration_g")
BY_SECOND = ("gravity_g", "sd_g", "range_g", "band_g2")
BURSTS_S = (20.0, 41.5, 70.0)


def swing(t_s: np.ndarray, centre_s: float, hz: float = 2.0, peak_g: float = 0.2) -> np.ndarray:
    """Return (3, n) g: a swing of about a second at `hz` about `centre_s`."""
    about = t_s - centre_s
    wave = peak_g * np.exp(-0.5 * (about / 0.4) ** 2) * np.sin(2 * np.pi * hz * about)
    return np.outer([0.8, -0.5, 0.33], wave)


def movement(t_s: np.ndarray) -> np.ndarray:
    return sum(swing(t_s, centre) for centre in BURSTS_S)  # type: ignore[return-value]


def at_rest(t_s: np.ndarray) -> np.ndarray:
    return np.repeat([[0.1], [0.2], [0.97]], t_s.size, axis=1)


def conditioned(t_s: np.ndarray, samples_g: np.ndarray, hz: float, **how: int) -> SimpleNamespace:
    """Return the signals with all of each track read."""
    found = condition(from_arrays(t_s, samples_g, hz=hz, **how), CRITERIA)
    values = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return SimpleNamespace(**values | {name: values[name][:] for name in AT_RATE + BY_SECOND})


def night(hz: float, seconds: float = 90.0, noise_g: float = 0.003, seed: int = 5) -> np.ndarray:
    t_s = np.arange(round(seconds * hz)) / hz
    noise = np.random.default_rng(seed).normal(0, noise_g, (3, t_s.size))
    return np.vstack((t_s, at_rest(t_s) + movement(t_s) + noise))


def pieces_of(t_s: np.ndarray, samples_g: np.ndarray, edges: list[int], hz: float) -> Recording:
    cuts = sorted({0, t_s.size, *(e for e in edges if e < t_s.size)})

    def chunks() -> Iterator[Chunk]:
        for a, b in pairwise(cuts):
            yield Chunk(t_s[a:b], samples_g[:, a:b].astype(np.float32))

    return Recording("test", "arrays", hz, chunks)


def assert_same(one: NightSignal | SimpleNamespace, other: NightSignal | SimpleNamespace) -> None:
    # a filter rounds otherwise where its blocks begin elsewhere: float32 shows
    for name in AT_RATE:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=2.5e-7, atol=0, err_msg=name
        )
    for name in BY_SECOND:  # sums over a second may be taken in two parts
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=1e-5, atol=1e-9, err_msg=name
        )
    np.testing.assert_array_equal(one.gaps, other.gaps)
    assert one.duration_s == other.duration_s


class TestCutting:
    @settings(max_examples=20, deadline=None)
    @given(
        hz=st.sampled_from([25.0, 30.0, 50.0, 100.0]),
        edges=st.lists(st.integers(1, 3000), max_size=8),
        gap_s=st.sampled_from([0.0, 0.3, 7.77]),
    )
    def test_chunked_is_whole(self, hz: float, edges: list[int], gap_s: float) -> None:
        data = night(hz, 40.0)
        t_s, samples = data[0], data[1:]
        t_s = t_s + np.where(t_s > 21.0, gap_s, 0.0)
        whole = condition(pieces_of(t_s, samples, [], hz), CRITERIA)
        parts = condition(pieces_of(t_s, samples, edges, hz), CRITERIA)
        assert_same(parts, whole)

    @pytest.mark.parametrize("hz", [25.0, 50.0])
    def test_a_sample_at_a_time(self, hz: float) -> None:
        data = night(hz, 12.0)
        whole = conditioned(data[0], data[1:], hz)
        assert_same(conditioned(data[0], data[1:], hz, chunk_samples=1), whole)

    def test_empty_chunks_change_nothing(self) -> None:
        data = night(25.0, 20.0)
        t_s, samples = data[0], data[1:].astype(np.float32)
        nothing = Chunk(np.empty(0), np.empty((3, 0), dtype=np.float32))
        parts = (
            nothing,
            Chunk(t_s[:99], samples[:, :99]),
            nothing,
            Chunk(t_s[99:], samples[:, 99:]),
        )
        assert_same(
            condition(Recording("test", "arrays", 25.0, lambda: parts), CRITERIA),
            conditioned(t_s, samples, 25.0),
        )


class TestTurningAndScaling:
    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 2**31))
    def test_a_turned_sensor_sees_the_same(self, seed: int) -> None:
        data = night(50.0, 60.0)
        rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
        straight = conditioned(data[0], data[1:], 50.0)
        turned = conditioned(data[0], rotation @ data[1:], 50.0)
        for name in ("envelope_g", "edge_envelope_g"):
            # samples are stored as float32: 6e-8 of 1 g
            np.testing.assert_allclose(
                getattr(turned, name), getattr(straight, name), rtol=1e-5, atol=1e-7
            )
        np.testing.assert_allclose(
            turned.gravity_g, straight.gravity_g @ rotation.T, rtol=0, atol=1e-5
        )

    @settings(max_examples=15, deadline=None)
    @given(st.floats(0.05, 8.0))
    def test_the_envelope_scales_with_the_movement(self, factor: float) -> None:
        t_s = np.arange(0, 90, 0.02)
        # Without a tremble the recorder would seem to hold its value between the swings.
        moves = movement(t_s) + np.random.default_rng(1).normal(0, 1e-4, (3, t_s.size))
        one = conditioned(t_s, at_rest(t_s) + moves, 50.0)
        many = conditioned(t_s, at_rest(t_s) + factor * moves, 50.0)
        for name, rounding in (("envelope_g", 2e-7), ("jerk_g_per_s", 4e-5)):
            np.testing.assert_allclose(
                getattr(many, name), factor * getattr(one, name), rtol=1e-4, atol=rounding
            )

    def test_a_steady_swing_has_the_rms_of_a_sine(self) -> None:
        # 100 mg at 3 Hz, in the middle of the band: 100 / sqrt(2) = 70.7 mg
        t_s = np.arange(0, 30, 0.01)
        samples = at_rest(t_s)
        samples[0] += 0.1 * np.sin(2 * np.pi * 3 * t_s)
        found = conditioned(t_s, samples, 100.0)
        inner = found.envelope_g[10 * 25 : 25 * 25]
        np.testing.assert_allclose(inner, 0.0707, rtol=0.02)


class TestRate:
    @pytest.mark.parametrize("hz", [25.0, 30.0, 50.0, 64.0, 200.0])
    def test_the_rate_of_the_file_makes_no_difference(self, hz: float) -> None:
        def envelope(rate: float) -> tuple[np.ndarray, np.ndarray]:
            t_s = np.arange(round(90 * rate)) / rate
            found = conditioned(t_s, at_rest(t_s) + movement(t_s), rate)
            assert found.hz == 25.0
            return found.envelope_g[: 89 * 25], found.jerk_g_per_s[: 89 * 25]

        (one, jerk), (reference, jerk_100) = envelope(hz), envelope(100.0)
        assert np.max(np.abs(one - reference)) < 0.05 * reference.max()
        for centre in BURSTS_S:
            part = slice(round(25 * (centre - 3)), round(25 * (centre + 3)))
            assert one[part].max() == pytest.approx(reference[part].max(), rel=0.04)
            assert jerk[part].max() == pytest.approx(jerk_100[part].max(), rel=0.1)

    @pytest.mark.parametrize("hz", [1.6, 5.0, 12.5])
    def test_a_slow_recorder_works(self, hz: float) -> None:
        t_s = np.arange(round(120 * hz)) / hz
        samples = at_rest(t_s)
        samples[:, t_s >= 60] = [[0.97], [0.1], [0.2]]
        found = conditioned(t_s, samples, hz)
        assert found.hz == hz
        assert np.isfinite(found.envelope_g).all()
        assert found.valid.all()
        assert abs(int(np.argmax(found.envelope_g)) / hz - 60) < 1.5
        assert found.envelope_g.max() > 0.1
        assert found.envelope_g[: round(55 * hz)].max() < 1e-6

    def test_bands_that_a_rate_does_not_reach_are_unknown(self) -> None:
        data = night(5.0, 60.0)
        found = conditioned(data[0], data[1:], 5.0)
        assert np.isfinite(found.band_g2[5:55, 0]).all()
        assert np.isnan(found.band_g2[:, 2:]).all()

    def test_too_slow_is_refused(self) -> None:
        t_s = np.arange(100.0)
        with pytest.raises(RecordingError, match="too few to show a movement"):
            conditioned(t_s, at_rest(t_s), 1.0)


class TestWhatStaysOut:
    @pytest.mark.parametrize("hz", [25.0, 50.0, 100.0])
    def test_breathing(self, hz: float) -> None:
        t_s = np.arange(round(120 * hz)) / hz
        samples = at_rest(t_s)
        samples[1] += 0.010 * np.sin(2 * np.pi * 0.25 * t_s)
        found = conditioned(t_s, samples, hz)
        assert found.envelope_g.max() < 0.004
        # it is not lost: 10 mg have a mean square of 50 mg2
        assert np.median(found.band_g2[20:100, 0]) == pytest.approx(50e-6, rel=0.5)

    @pytest.mark.parametrize("hz", [1.6, 25.0, 100.0])
    def test_a_held_value(self, hz: float) -> None:
        t_s = np.arange(round(60 * hz)) / hz
        found = conditioned(t_s, at_rest(t_s), hz)
        np.testing.assert_allclose(found.envelope_g, 0, atol=1e-7)
        np.testing.assert_allclose(found.jerk_g_per_s, 0, atol=1e-6)
        assert found.valid.all()
        assert np.all(found.sd_g == 0)
        np.testing.assert_allclose(found.gravity_g, at_rest(np.arange(len(found.gravity_g))).T)

    def test_zeros_on_all_axes(self) -> None:
        t_s = np.arange(0, 60, 0.04)
        found = conditioned(t_s, np.zeros((3, t_s.size)), 25.0)
        for name in AT_RATE + BY_SECOND:
            assert not np.isnan(np.asarray(getattr(found, name), dtype=float)).any(), name
        assert found.envelope_g.max() == 0

    def test_the_first_second_of_a_file_is_no_movement(self) -> None:
        data = night(50.0, 60.0)
        found = conditioned(data[0], data[1:], 50.0)
        assert found.envelope_g[:50].max() < 0.02


class TestShift:
    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 40), st.sampled_from([25.0, 50.0, 64.0]))
    def test_what_comes_later_is_found_later(self, seconds: int, hz: float) -> None:
        data = night(hz, 60.0)
        # some samples, a hole, and then the same night some whole seconds later
        t_s = np.concatenate((np.arange(4) / hz, data[0] + seconds + 3))
        samples = np.hstack((data[1:, :4], data[1:]))
        late = conditioned(t_s, samples, hz)
        on_time = conditioned(data[0], data[1:], hz)
        begins = 25 * (seconds + 3)
        for name in ("envelope_g", "edge_envelope_g", "jerk_g_per_s"):
            np.testing.assert_allclose(
                getattr(late, name)[begins:], getattr(on_time, name), rtol=1e-4, atol=1e-6
            )
        np.testing.assert_allclose(
            late.gravity_g[seconds + 3 :], on_time.gravity_g, rtol=0, atol=1e-6
        )


class TestGaps:
    @staticmethod
    def with_hole(start_s: float, length_s: float, noise_g: float = 0.0) -> SimpleNamespace:
        data = night(50.0, 90.0, noise_g)
        t_s = data[0]
        samples = at_rest(t_s) + np.random.default_rng(3).normal(0, noise_g, (3, t_s.size))
        samples[:, t_s > start_s] += np.array([[0.3], [-0.1], [0.05]])  # moved on meanwhile
        kept = (t_s <= start_s) | (t_s >= start_s + length_s)
        return conditioned(t_s[kept], samples[:, kept], 50.0)

    @settings(max_examples=15, deadline=None)
    @given(st.floats(10.0, 60.0), st.floats(1.2, 20.0))
    def test_a_hole_makes_no_movement(self, start_s: float, length_s: float) -> None:
        found = self.with_hole(start_s, length_s)
        assert found.envelope_g.max() < 1e-6
        assert found.jerk_g_per_s.max() < 1e-4

    @settings(max_examples=15, deadline=None)
    @given(st.floats(10.0, 60.0), st.floats(1.2, 20.0))
    def test_a_hole_is_not_valid_nor_half_a_second_about_it(
        self, start_s: float, length_s: float
    ) -> None:
        found = self.with_hole(start_s, length_s)
        ((gap_start, gap_stop),) = found.gaps
        assert gap_start == pytest.approx(start_s, abs=0.021)
        assert gap_stop == pytest.approx(start_s + length_s, abs=0.021)
        at = np.arange(found.valid.size) / found.hz
        hole = (at >= gap_start - 0.44) & (at <= gap_stop + 0.44)
        assert not found.valid[hole].any()
        clear = (at < gap_start - 0.8) | (at > gap_stop + 0.8)
        assert found.valid[clear].all(), "no more than the guard is lost"

    def test_nothing_is_filled_in(self) -> None:
        found = self.with_hole(30.0, 20.0, 0.003)
        inner = slice(31 * 25, 49 * 25)
        assert np.all(found.acceleration_g[inner] == 0)
        assert np.all(found.envelope_g[inner] == 0)
        assert np.isnan(found.gravity_g[31:49]).all()
        assert np.isnan(found.band_g2[31:49]).all()
        assert not found.valid[inner].any()

    def test_filters_begin_afresh_after_a_hole(self) -> None:
        after = self.with_hole(30.0, 5.0, 0.003).envelope_g[36 * 25 :]
        assert after.max() < 0.015, "noise of 3 mg, and no step of 300 mg"

    def test_a_short_hole_is_bridged(self) -> None:
        for length_s in (0.4, 1.0):
            found = self.with_hole(30.0, length_s)
            assert found.valid.all()
            assert len(found.gaps) == 0
        assert len(self.with_hole(30.0, 1.2).gaps) == 1

    def test_every_hole_of_a_torn_night_is_kept(self) -> None:
        data = night(25.0, 90.0)
        kept = (data[0] % 10) < 8
        found = conditioned(data[0][kept], data[1:, kept], 25.0)
        assert len(found.gaps) == 8
        np.testing.assert_allclose(found.gaps[:, 0] % 10, 7.96, atol=1e-6)
        assert found.valid.mean() < 0.8

    def test_a_jump_of_days_is_refused(self) -> None:
        t_s = np.arange(0, 60, 0.04)
        t_s[700:] += 6 * 86400
        with pytest.raises(RecordingError, match="jumps by 6 days"):
            conditioned(t_s, at_rest(t_s), 25.0)


class TestGravity:
    def test_a_turn_is_seen_and_stays(self) -> None:
        t_s = np.arange(0, 180, 0.04)
        angle = np.radians(np.interp(t_s, [90, 92], [0, 90]))
        found = conditioned(t_s, np.vstack((np.sin(angle), 0 * angle, np.cos(angle))), 25.0)
        np.testing.assert_allclose(found.gravity_g[:80], np.tile([0, 0, 1], (80, 1)), atol=0.01)
        np.testing.assert_allclose(found.gravity_g[102:], np.tile([1, 0, 0], (78, 1)), atol=0.01)

    def test_noise_is_told_by_its_deviation(self) -> None:
        t_s = np.arange(0, 300, 0.02)
        noise = np.random.default_rng(2).normal(0, 0.005, (3, t_s.size))
        found = conditioned(t_s, at_rest(t_s) + noise, 50.0)
        assert np.median(found.sd_g) == pytest.approx(0.005, rel=0.05)
        # white noise of 5 mg to 25 Hz: 1 mg2 per Hz; the band from 4 to 8 Hz holds 4 mg2 an axis
        assert np.median(found.band_g2[:, 2]) == pytest.approx(3 * 4e-6, rel=0.3)

    def test_a_sensor_out_of_true_is_calibrated(self) -> None:
        rng = np.random.default_rng(8)
        postures = rng.standard_normal((40, 3))
        postures /= np.linalg.norm(postures, axis=1, keepdims=True)
        postures = np.vstack((postures, np.eye(3), -np.eye(3)))
        gain, offset = np.array([1.03, 0.98, 1.01]), np.array([0.02, -0.03, 0.01])
        seen = np.repeat(postures / gain - offset / gain, 20 * 25, axis=0).T
        seen = seen + rng.normal(0, 0.002, seen.shape)
        found = conditioned(np.arange(seen.shape[1]) / 25.0, seen, 25.0)
        assert found.calibration.applied
        np.testing.assert_allclose(found.calibration.gain, gain, atol=0.005)
        np.testing.assert_allclose(found.calibration.offset_g, offset, atol=0.005)

    def test_one_posture_is_no_calibration(self) -> None:
        data = night(25.0, 300.0)
        found = conditioned(data[0], data[1:], 25.0)
        assert not found.calibration.applied
        assert "cover too little" in found.calibration.reason
        assert found.calibration.gain == (1.0, 1.0, 1.0)


class TestWhatIsKept:
    def test_what_is_done_to_a_piece_stays_with_the_piece(self) -> None:
        data = night(25.0, 30.0)
        found = condition(from_arrays(data[0], data[1:], hz=25.0), CRITERIA)
        for name in AT_RATE + BY_SECOND:
            before = getattr(found, name)[:]
            getattr(found, name)[:][:] = 1
            np.testing.assert_array_equal(getattr(found, name)[:], before)

    def test_repairs_of_all_chunks_are_summed_up(self) -> None:
        t_s = np.arange(0, 40, 0.04)
        samples = at_rest(t_s).astype(np.float32)
        parts = (
            Chunk(t_s[:500], samples[:, :500], (Repair("order", 2, 17, "swapped"),)),
            Chunk(t_s[500:], samples[:, 500:], (Repair("order", 3, 600, "swapped"),)),
        )
        found = condition(Recording("test", "arrays", 25.0, lambda: parts), CRITERIA)
        assert found.repairs == (Repair("order", 5, 17, "swapped"),)

    def test_the_step_of_a_coarse_file(self) -> None:
        coarse = np.round(np.random.default_rng(1).normal(0, 0.05, (3, 5000)) * 64) / 64
        assert smallest_step(coarse) == pytest.approx(1 / 64)
        assert smallest_step(np.ones((3, 100))) == 0.0

    def test_a_spool_gives_back_its_rows(self) -> None:
        spool = Spool(np.float32, 2)
        spool.append([[1, 2]])
        spool.fill(3, 9.0)
        with pytest.raises(ValueError, match="rows have shape"):
            spool.append([1.0])
        assert spool.track()[:].tolist() == [[1, 2], [9, 9], [9, 9]]

    def test_an_empty_spool_keeps_its_shape_and_closes_its_file(self) -> None:
        track = Spool(np.float32, 2).track()
        assert track.shape == track[:].shape == (0, 2)
        assert track_runs(Spool(np.bool_).track()).shape == (0, 2)
        del track
        gc.collect()  # an open file would warn here

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.booleans(), max_size=40),
        st.one_of(st.none(), st.integers(-50, 50)),
        st.one_of(st.none(), st.integers(-50, 50)),
        st.integers(1, 12),
    )
    def test_a_track_is_read_as_its_array_is(
        self, rows: list[bool], first: int | None, last: int | None, stretch: int
    ) -> None:
        spool = Spool(np.bool_)
        spool.append(rows)
        track, array = spool.track(), np.array(rows, dtype=bool)
        np.testing.assert_array_equal(track[first:last], array[first:last])
        np.testing.assert_array_equal(np.asarray(track), array)
        assert (len(track), track.size, track.dtype) == (len(rows), len(rows), array.dtype)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(night_signal, "STRETCH", stretch)
            np.testing.assert_array_equal(track_runs(track), runs(array))

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(0, 80),
        st.lists(st.tuples(st.integers(-3, 90), st.integers(-3, 90)), max_size=12),
        st.integers(1, 24),
    )
    def test_slices_of_a_track_in_any_order_are_those_of_its_array(
        self, rows: int, slices: list[tuple[int, int]], window: int
    ) -> None:
        array = np.arange(3.0 * rows).reshape(-1, 3)
        spool = Spool(np.float64, 3)
        spool.append(array)
        track = spool.track()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(night_signal, "WINDOW", window)
            for first, last in slices:
                part = track[first:last]
                np.testing.assert_array_equal(part, array[first:last])
                part[:] = -1.0  # it is the caller's own

    @given(st.integers(0, 500), st.integers(1, 9), st.integers(1, 60))
    def test_stretches_make_up_all_rows(self, rows: int, multiple: int, length: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(night_signal, "STRETCH", length)
            found = list(stretches(rows, multiple))
        assert [at for part in found for at in range(*part)] == list(range(rows))
        assert all(first % multiple == 0 for first, _ in found)

    def test_a_track_is_not_read_in_steps(self) -> None:
        with pytest.raises(ValueError, match="row by row"):
            Spool(np.float32).track()[::2]

    def test_an_error_midway_leaves_no_file_open(self) -> None:
        t_s = np.arange(0, 60, 0.04)
        samples = at_rest(t_s).astype(np.float32)

        def torn() -> Iterator[Chunk]:
            yield Chunk(t_s, samples)
            raise RecordingError("night.csv: breaks off")

        with pytest.raises(RecordingError, match="breaks off"):
            condition(Recording("test", "arrays", 25.0, torn), CRITERIA)
        gc.collect()  # an open file would warn here
