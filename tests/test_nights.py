"""Off-body, rest, sleep and wake of small nights made by hand."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from detector import night_signal
from detector.conditioning import condition
from detector.criteria import ConditioningCriteria, DetectionCriteria, NightCriteria
from detector.intervals import clip, inside, intersect, merge, runs, subtract, total
from detector.movements import Detection, Movement, find_movements
from detector.night_signal import NightSignal
from detector.nights import (
    NightContext,
    WakingEvidence,
    night_borders,
    night_contexts,
    off_body,
    outside,
    passages_into_sleep,
    posture_change_deg,
    rest_blocks,
    rest_span,
    sleep_spans,
    state_at,
    waking_evidence,
)
from detector.recording import from_arrays
from detector.series import Series

CRITERIA = NightCriteria()
HZ = 25.0
H = 3600.0
NO_SERIES: tuple[Series, ...] = ()


def stretch(
    hours: float, *, noise_g: float = 0.0, breath_g: float = 0.0, seed: int = 0
) -> np.ndarray:
    """Return (3, n) g: a sensor that lies still, with noise, and breath where a body is."""
    t_s = np.arange(round(hours * H * HZ)) / HZ
    samples = np.repeat([[0.0], [0.3], [0.95]], t_s.size, axis=1)
    samples[1] += breath_g * np.sin(2 * np.pi * 0.25 * t_s)
    if noise_g:
        samples += np.random.default_rng(seed).normal(0, noise_g, samples.shape)
    return samples


TABLE = np.array([[0.3], [0.0], [0.0]])  # another posture, g


def seen(*stretches: np.ndarray) -> tuple[NightSignal, Detection]:
    samples = np.hstack(stretches)
    recording = from_arrays(np.arange(samples.shape[1]) / HZ, samples, hz=HZ)
    signal = condition(recording, ConditioningCriteria())
    return signal, find_movements(signal, DetectionCriteria())


def moved(onset_s: float, duration_s: float = 2.0, turn_deg: float = 0.0) -> Movement:
    return Movement(onset_s, onset_s + duration_s, 0.1, 5.0, 0.003, turn_deg)


def evidence(*onsets_s: float) -> WakingEvidence:
    """Return large movements, that tell in full."""
    return WakingEvidence(np.sort(np.array(onsets_s, dtype=float)), np.ones(len(onsets_s)))


class TestOffBody:
    @pytest.mark.parametrize("noise_g", [0.002, 0.004, 0.008])
    def test_two_hours_on_the_table_after_three_in_bed(self, noise_g: float) -> None:
        signal, detection = seen(
            stretch(3, noise_g=noise_g, breath_g=0.006),
            stretch(2, noise_g=noise_g, seed=1) + TABLE,
        )
        off = off_body(signal, detection, CRITERIA)
        assert total(off) == pytest.approx(2 * H, rel=0.05)
        assert total(intersect(off, [(3 * H, 5 * H)])) == pytest.approx(2 * H, rel=0.05)

    def test_a_table_reached_without_a_movement(self) -> None:
        # the strap is opened so softly that no movement parts bed and table
        signal, detection = seen(
            stretch(3, noise_g=0.003, breath_g=0.006), stretch(2, noise_g=0.003, seed=1)
        )
        off = off_body(signal, detection, CRITERIA)
        assert total(off) == pytest.approx(2 * H, rel=0.1)
        assert total(intersect(off, [(0, 3 * H)])) < 600

    def test_knocks_on_the_table_make_no_body_of_it(self) -> None:
        table = stretch(2, noise_g=0.003, seed=1) + TABLE
        t_s = np.arange(table.shape[1]) / HZ
        for knock_s in (1200, 2400, 3600, 4800, 6000):
            on = (t_s >= knock_s) & (t_s < knock_s + 0.3)
            table[2] += np.where(on, 0.1 * np.sin(2 * np.pi * 6 * (t_s - knock_s)), 0.0)
        signal, detection = seen(stretch(3, noise_g=0.003, breath_g=0.006), table)
        off = off_body(signal, detection, CRITERIA)
        assert total(off) == pytest.approx(2 * H, rel=0.1)

    @pytest.mark.parametrize("breath_g", [0.002, 0.004, 0.01])
    def test_a_calm_sleeper_breathes(self, breath_g: float) -> None:
        signal, detection = seen(stretch(3, noise_g=0.003, breath_g=breath_g))
        assert detection.movements == ()
        assert off_body(signal, detection, CRITERIA).shape == (0, 2)

    def test_a_held_value_is_stillness(self) -> None:
        signal, detection = seen(stretch(3, noise_g=0.003, breath_g=0.006), stretch(2))
        assert off_body(signal, detection, CRITERIA).shape == (0, 2)

    def test_coarse_steps_show_no_breath_and_prove_nothing(self) -> None:
        coarse = np.round(stretch(3, noise_g=0.006) * 64) / 64
        signal, detection = seen(coarse)
        assert off_body(signal, detection, CRITERIA).shape == (0, 2)

    def test_half_an_hour_is_too_short_to_tell(self) -> None:
        signal, detection = seen(stretch(0.5, noise_g=0.003))
        assert off_body(signal, detection, CRITERIA).shape == (0, 2)

    def test_the_time_on_the_table_is_neither_sleep_nor_wake(self) -> None:
        signal, detection = seen(
            stretch(3, noise_g=0.003, breath_g=0.006),
            stretch(2, noise_g=0.003, seed=1) + TABLE,
        )
        border = (0.0, signal.duration_s)
        (context,) = night_contexts(signal, detection, NO_SERIES, [border], CRITERIA)
        assert total(context.off_body) == pytest.approx(2 * H, rel=0.05)
        assert_parted(context)
        assert total(context.sleep) <= 3 * H + 300


class TestBorders:
    """Days of going about and nights of lying still, from a start on some clock."""

    @staticmethod
    def of(
        start: datetime | None, *stretches: tuple[float, bool]
    ) -> tuple[tuple[float, float], ...]:
        rng = np.random.default_rng(2)
        parts = []
        for hours, lying in stretches:
            seconds = round(hours * H)
            parts.append(np.zeros(seconds) if lying else np.cumsum(rng.normal(0, 5, seconds)))
        signal, _ = TestRest.posture(np.concatenate(parts))
        recording = from_arrays(np.zeros(1), np.zeros((3, 1)), hz=5.0, start=start)
        return night_borders(recording, signal, CRITERIA)

    def test_a_day_or_less_is_one_night(self) -> None:
        for start in (None, datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 22)):
            ((first, last),) = self.of(start, (8, True))
            assert (first, last) == pytest.approx((0.0, 8 * H), abs=1)

    def test_from_noon_to_noon(self) -> None:
        # from 20:00: lying 22 to 6 twice; noon comes after 16 h
        start = datetime(2026, 3, 2, 20, 0)
        borders = self.of(start, (2, False), (8, True), (16, False), (8, True), (2, False))
        assert [b for pair in borders for b in pair] == pytest.approx(
            [0, 16 * H, 16 * H, 36 * H], abs=1
        )

    def test_a_day_sleeper_is_not_cut_at_noon(self) -> None:
        # from 20:00: awake until 8, asleep 8 to 16, awake until 8, asleep 8 to 16
        start = datetime(2026, 3, 2, 20, 0)
        borders = self.of(start, (12, False), (8, True), (16, False), (8, True))
        inner = [pair[1] for pair in borders[:-1]]
        for at in inner:
            assert not 12 * H < at < 20 * H
            assert not 36 * H < at < 44 * H
        assert any(20 * H <= at <= 36 * H for at in inner)

    def test_without_a_clock_it_is_parted_where_one_is_up(self) -> None:
        borders = self.of(None, (8, True), (16, False), (8, True), (16, False))
        inner = [pair[1] for pair in borders[:-1]]
        assert len(inner) == 1
        assert 8 * H < inner[0] < 24 * H

    def test_noon_is_noon_after_a_change_of_clocks(self) -> None:
        # Berlin, 28 to 29 March 2026: from noon to noon is an hour short
        start = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
        borders = self.of(start, (10, False), (8, True), (20, False))
        assert borders[0][1] == pytest.approx(23 * H, abs=1)


class TestSleep:
    def test_few_movements_are_sleep_and_many_are_wake(self) -> None:
        # an hour of tossing every minute, then five hours with one movement in ten minutes
        tossing = np.arange(0, H, 60.0)
        asleep = np.arange(H + 300, 6 * H, 600.0)
        sleep, _ = sleep_spans(evidence(*tossing, *asleep), merge([(0, 6 * H)]), CRITERIA)
        assert total(intersect(sleep, [(0, H)])) < 300
        assert total(intersect(sleep, [(H, 6 * H)])) > 0.97 * 5 * H
        (onset, *_) = passages_into_sleep(sleep, merge([(0, 6 * H)]), 0.0, 180.0, CRITERIA)
        assert onset == pytest.approx(H, abs=300)

    def test_nothing_moves_and_the_night_is_sleep(self) -> None:
        sleep, _ = sleep_spans(evidence(), merge([(600, 4 * H)]), CRITERIA)
        assert total(sleep) > 0.95 * (4 * H - 600)
        assert sleep[0, 0] >= 600

    def test_no_rest_no_sleep(self) -> None:
        sleep, possible = sleep_spans(evidence(1.0), merge([]), CRITERIA)
        assert sleep.shape == (0, 2)
        assert possible.shape == (0, 2)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.floats(0, 3 * H), max_size=60),
        st.lists(st.tuples(st.floats(0, 3 * H), st.floats(0, 3 * H)), min_size=1, max_size=4),
    )
    def test_sleep_lies_within_rest(
        self, onsets: list[float], spans: list[tuple[float, float]]
    ) -> None:
        rest = merge([sorted(pair) for pair in spans])
        sleep, _ = sleep_spans(evidence(*onsets), rest, CRITERIA)
        assert total(subtract(sleep, rest)) == 0
        assert np.all(sleep[:, 0] < sleep[:, 1])

    def test_movements_of_a_series_and_brief_ones_do_not_wake(self) -> None:
        movements = [moved(20.0 * k, 8.0) for k in range(20)]  # a series of all
        brief, turn, plain = moved(500, 0.6), moved(600, 0.6, turn_deg=30), moved(700, 7.0)
        series = (Series(tuple(range(20)), (20.0,) * 19, "end"),)
        found = waking_evidence([*movements, brief, turn, plain], series, CRITERIA)
        assert found.onset_s[20:].tolist() == [600.0, 700.0]
        assert found.weight[20:].tolist() == [1.0, 1.0]
        assert found.weight[:20].max() < 0.001
        assert waking_evidence([], (), CRITERIA).onset_s.shape == (0,)

    def test_an_unknown_turn_takes_nothing_from_a_long_movement(self) -> None:
        unknown = [moved(700, 7.0, turn_deg=math.nan), moved(800, 1.5, turn_deg=math.nan)]
        assert waking_evidence(unknown, (), CRITERIA).weight.tolist() == [1.0, 0.15]

    def test_long_movements_and_turns_tell_more_than_small_ones(self) -> None:
        lasts = [moved(600.0 * k, seconds) for k, seconds in enumerate((1.0, 4.0, 5.5, 7.0, 40.0))]
        assert waking_evidence(lasts, (), CRITERIA).weight.tolist() == [0.15, 0.15, 0.5, 1.0, 1.0]
        turns = [moved(600.0 * k, 0.6, degrees) for k, degrees in enumerate((2.5, 3.75, 5, 60))]
        assert waking_evidence(turns, (), CRITERIA).weight.tolist() == [0.5, 1.0, 1.0]

    def test_small_movements_beside_a_series_tell_the_less_the_surer_it_is(self) -> None:
        told = []
        for intervals in ([25.0] * 12, [25.0] * 5, [12.0, 14.0, 80.0, 17.0, 11.0]):
            row = [moved(at) for at in np.cumsum([0.0, *intervals])]
            series = (Series(tuple(range(len(row))), tuple(intervals), "end"),)
            end_s = row[-1].onset_s
            for one, weight in ((moved(end_s + 85), None), (moved(end_s + 85, 9.0), 1.0),
                                (moved(end_s + 95), 0.15)):  # fmt: skip
                found = waking_evidence([*row, one], series, CRITERIA)
                if weight is None:
                    assert len(set(found.weight.round(12))) == 1, "as those of the series"
                    told.append(found.weight[-1])
                else:
                    assert found.weight[-1] == weight
        assert 0 < told[0] < 0.2 * told[1] < told[1] < 0.5 * told[2] < told[2] < 0.15

    def test_who_lies_awake_is_less_asleep_by_rows_of_chance_than_by_even_ones(self) -> None:
        rest = merge([(0, 4 * H)])
        by_chance = 10 + np.random.default_rng(5).exponential(30.0, 80)
        asleep_s = []
        for intervals in (np.minimum(by_chance, 89.0), np.full(80, 42.0)):
            row = [moved(at, 2.5) for at in np.cumsum(intervals)]
            series = (Series(tuple(range(80)), tuple(intervals[1:].tolist()), "end"),)
            sleep, _ = sleep_spans(waking_evidence(row, series, CRITERIA), rest, CRITERIA)
            asleep_s.append(total(intersect(sleep, [(0, row[-1].onset_s)])) / row[-1].onset_s)
        assert asleep_s[0] < 0.5
        assert asleep_s[1] > 0.95

    def test_a_hundred_periodic_movements_leave_the_night_asleep(self) -> None:
        movements = [moved(H + 45.0 * k, 6.5) for k in range(110)]
        series = (Series(tuple(range(110)), (45.0,) * 109, "end"),)
        rest = merge([(0, 4 * H)])
        counted, _ = sleep_spans(waking_evidence(movements, series, CRITERIA), rest, CRITERIA)
        uncounted, _ = sleep_spans(waking_evidence(movements, (), CRITERIA), rest, CRITERIA)
        assert total(counted) > 0.95 * 4 * H
        assert total(uncounted) < 0.8 * 4 * H, "as single movements they would read as wake"

    def test_a_short_waking_is_possible_within_the_rest_alone(self) -> None:
        calm = np.array([0.7 * H, 1.4 * H])
        few = np.append(calm, 2 * H + 45.0)
        rest = merge([(0, 2 * H + 75), (2 * H + 90, 4 * H)])
        sleep, possible = sleep_spans(evidence(*few), rest, CRITERIA)
        assert total(intersect(sleep, [(2 * H, 2 * H + 120)])) == 105, "asleep, as far as is seen"
        at, chance = possible.T
        assert np.all(inside(merge([(0, 4 * H)]), at))
        near = chance[(at >= 2 * H) & (at < 2 * H + 300)].sum()
        far = chance[(at >= 2.5 * H) & (at < 3.8 * H)]
        assert near > 0.1, "and perhaps not"
        assert far.max() * 10 < near / 2

    def test_a_short_waking_gives_no_new_onset(self) -> None:
        # awake for 2 min before 2000 s and for 5 min before 4300 s
        sleep = np.array([[300.0, 1880.0], [2000.0, 4000.0], [4300.0, 6000.0]])
        rest = merge([(0.0, 6000.0)])
        assert passages_into_sleep(sleep, rest, 0.0, 180.0, CRITERIA) == (300.0, 4300.0)

    def test_a_waking_is_told_by_what_was_seen_of_it(self) -> None:
        # of the ten minutes between, eight were not worn
        sleep = np.array([[0.0, 1000.0], [1600.0, 3000.0]])
        rest = np.array([[0.0, 1060.0], [1540.0, 3000.0]])
        assert passages_into_sleep(sleep, rest, -600.0, 180.0, CRITERIA) == (0.0,)
        assert passages_into_sleep(np.empty((0, 2)), rest, 0.0, 180.0, CRITERIA) == ()

    def test_who_sleeps_at_the_first_sample_gives_no_passage(self) -> None:
        sleep, rest = np.array([[0.0, 3000.0]]), np.array([[0.0, 3000.0]])
        assert passages_into_sleep(sleep, rest, 0.0, 180.0, CRITERIA) == ()


@pytest.fixture(scope="module")
def restless() -> NightSignal:
    """Return three hours at rest with a turn now and then, and a hole."""
    rng = np.random.default_rng(6)
    degrees = np.cumsum(rng.normal(0, 30, 10_800) * (rng.random(10_800) < 0.02))
    signal, _ = TestRest.posture(degrees + rng.normal(0, 0.3, 10_800), hole_s=(5000, 5400))
    return signal


class TestRest:
    @staticmethod
    def posture(
        degrees: np.ndarray, hole_s: tuple[float, float] = (0, 0)
    ) -> tuple[NightSignal, Detection]:
        """Return the signal of a limb that lies at (m,) degrees, one a second."""
        t_s = np.arange(degrees.size * 5) / 5.0
        angle = np.radians(np.interp(t_s, np.arange(degrees.size), degrees))
        samples = np.vstack((np.sin(angle), np.zeros(angle.size), np.cos(angle)))
        kept = (t_s < hole_s[0]) | (t_s >= hole_s[1])
        recording = from_arrays(t_s[kept], samples[:, kept], hz=5.0)
        signal = condition(recording, ConditioningCriteria())
        return signal, find_movements(signal, DetectionCriteria())

    def test_the_still_part_of_an_evening_is_rest(self) -> None:
        # an hour up and about, four hours in bed with a turn every hour, an hour up again
        rng = np.random.default_rng(1)
        about = np.cumsum(rng.normal(0, 5, 3600))
        bed = np.repeat(rng.uniform(0, 150, 4), 3600)
        signal, _ = self.posture(np.concatenate((about, bed, about)))
        worn = merge([(0, 6 * H)])
        ((start, stop),) = rest_span(signal, worn, (0.0, 6 * H), CRITERIA)
        assert start == pytest.approx(H, abs=300)
        assert stop == pytest.approx(5 * H, abs=300)

    @settings(max_examples=40, deadline=None)
    @given(st.data(), st.integers(1, 3000))
    def test_posture_changes_alike_in_every_stretch(
        self, restless: NightSignal, data: st.DataObject, stretch: int
    ) -> None:
        count = len(restless.gravity_g) // 5
        first = data.draw(st.integers(0, count))
        last = data.draw(st.integers(first, count))
        whole = posture_change_deg(restless, (0, count), CRITERIA)
        assert np.nanmin(whole[1:]) < CRITERIA.still_deg < np.nanmax(whole)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(night_signal, "STRETCH", stretch)
            part = posture_change_deg(restless, (first, last), CRITERIA)
        np.testing.assert_array_equal(part, whole[first:last])

    @settings(max_examples=40, deadline=None)
    @given(st.floats(0, 1.5 * H), st.floats(0.6 * H, 2 * H))
    def test_rest_of_a_night_knows_nothing_beyond_it(
        self, restless: NightSignal, start: float, length: float
    ) -> None:
        stop = min(start + length, restless.duration_s)
        count = len(restless.gravity_g) // 5
        change = posture_change_deg(restless, (0, count), CRITERIA)
        at = (np.arange(count) + 0.5) * 5
        within = (at >= start) & (at < stop)
        level = np.where(within, np.nan_to_num(change), np.inf)  # of the whole recording
        still = np.median(sliding_window_view(np.pad(level, 30, mode="edge"), 61), axis=1)
        blocks = runs((still < CRITERIA.still_deg) & within) * 5.0
        blocks = blocks[blocks[:, 1] - blocks[:, 0] >= CRITERIA.min_rest_block_s]
        expected = clip(merge(blocks, CRITERIA.max_rest_gap_s), start, stop)
        worn = merge([(0, restless.duration_s)])
        found = rest_blocks(restless, worn, (start, stop), CRITERIA)
        np.testing.assert_array_equal(found, expected)

    def test_who_never_lies_still_has_no_rest(self) -> None:
        about = np.cumsum(np.random.default_rng(1).normal(0, 5, 7200))
        signal, detection = self.posture(about)
        border = (0.0, signal.duration_s)
        (context,) = night_contexts(signal, detection, NO_SERIES, [border], CRITERIA)
        assert context.rest.shape == (0, 2)
        assert context.sleep.shape == (0, 2)
        assert context.sleep_onsets_s == ()
        assert_parted(context)

    def test_a_diary_takes_the_place_of_the_estimate(self) -> None:
        signal, detection = seen(stretch(3, noise_g=0.003, breath_g=0.006))
        border = (0.0, signal.duration_s)
        (context,) = night_contexts(
            signal, detection, NO_SERIES, [border], CRITERIA, diaries=[(600.0, 2 * H)]
        )
        assert context.basis == "diary"
        assert context.rest.tolist() == [[600.0, 2 * H]]
        assert_parted(context)
        (estimated,) = night_contexts(signal, detection, NO_SERIES, [border], CRITERIA)
        assert estimated.basis == "estimated"

    def test_a_diary_outside_the_recording_leaves_no_rest(self) -> None:
        signal, detection = seen(stretch(1, noise_g=0.003, breath_g=0.006))
        (context,) = night_contexts(
            signal, detection, NO_SERIES, [(0.0, H)], CRITERIA, diaries=[(5 * H, 6 * H)]
        )
        assert context.rest.shape == (0, 2)
        assert context.sleep.shape == (0, 2)


def test_states() -> None:
    context = NightContext(
        start_s=0.0,
        stop_s=100.0,
        valid=merge([(0, 60), (70, 100)]),
        off_body=merge([(90, 100)]),
        rest=merge([(10, 50)]),
        sleep=merge([(20, 40)]),
        wake=merge([(0, 20), (40, 60), (70, 90)]),
        sleep_onsets_s=(20.0,),
        basis="estimated",
    )
    found = state_at(context, [0, 19.9, 20, 39.9, 40, 65, 89, 95])
    assert found == ["wake", "wake", "sleep", "sleep", "wake", "unknown", "wake", "unknown"]
    assert outside(context).tolist() == [[60.0, 70.0]]
    assert state_at(context, []) == []


def assert_parted(context: NightContext) -> None:
    """Hold that sleep, wake and time off the body are apart and make up all valid time."""
    parts = (context.sleep, context.wake, context.off_body)
    assert sum(total(p) for p in parts) == pytest.approx(total(context.valid), abs=1e-6)
    assert total(merge(np.vstack(parts))) == pytest.approx(total(context.valid), abs=1e-6)
    assert total(subtract(context.sleep, context.rest)) == pytest.approx(0, abs=1e-6)
