"""Laws of a whole analysis, on simulated nights whose truth is known."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from detector import night_signal
from detector.classification import Label
from detector.conditioning import BLOCK
from detector.criteria import AASM, default_criteria
from detector.errors import RecordingError
from detector.evaluation import confusion, match_onsets
from detector.intervals import inside, total
from detector.night_signal import Track
from detector.nights import night_contexts
from detector.pipeline import Analysis, analyze
from detector.recording import Placement, Recording, from_arrays
from detector.report.page import page_html
from detector.simulation import NightPlan, SimulatedNight, quiet, simulate_night

H = 3600.0


def onsets(analysis: Analysis) -> np.ndarray:
    return np.array([m.movement.onset_s for m in analysis.movements])


def counted(analysis: Analysis) -> list[float]:
    return [m.movement.onset_s for m in analysis.movements if m.excluded_as is None]


def recording_of(night: SimulatedNight, samples: np.ndarray | None = None, **how: int) -> Recording:
    return from_arrays(
        night.t_s,
        night.acceleration_g if samples is None else samples,
        hz=night.hz,
        start=night.start,
        placement=night.placement,
        side=night.side,
        **how,
    )


def share_found(one: Analysis, other: Analysis, tolerance_s: float) -> float:
    """Return how much the movements of two analyses agree, as F1."""
    f1 = match_onsets(onsets(one), onsets(other), tolerance_s).f1
    assert f1 is not None
    return f1


@pytest.fixture(scope="module")
def days() -> Recording:
    """A day and five hours at 12.5 Hz: nights again and again, a table, a walk, a hole."""
    night = simulate_night(seed=8, placement=Placement.ANKLE, hours=2.0, hz=25.0, plm_per_h=60)
    samples = np.tile(night.acceleration_g[:, ::2], 15)[:, : round(29 * H * 12.5)]
    t_s = np.arange(samples.shape[1]) / 12.5
    rng = np.random.default_rng(3)
    table = (t_s >= 9 * H) & (t_s < 12 * H)
    samples[:, table] = rng.normal([[0.0], [0.0], [1.0]], 0.003, (3, int(table.sum())))
    walk = (t_s >= 17 * H) & (t_s < 18 * H)
    samples[:, walk] += 0.2 * np.sin(2 * np.pi * 1.7 * t_s[walk])
    kept = (t_s < 20 * H) | (t_s >= 20 * H + 100)
    start = datetime(2026, 3, 2, 21, 0)
    return from_arrays(t_s[kept], samples[:, kept], hz=12.5, start=start, placement=Placement.ANKLE)


@pytest.fixture(scope="module")
def days_at_once(days: Recording) -> Analysis:
    """The days analyzed as one stretch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(night_signal, "STRETCH", 10**9)
        return analyze(days)


class TestStretches:
    """Some days are worked through in stretches, of which no result shows the borders."""

    def test_the_days_hold_all_that_a_border_may_cut(self, days_at_once: Analysis) -> None:
        assert len(days_at_once.nights) == 2
        assert len(days_at_once.series) > 3
        assert len(days_at_once.detection.turns_s) > 3
        assert days_at_once.nights[0].summary.hours["off_body"] > 2
        assert len(days_at_once.signal.gaps) == 1
        assert max(m.movement.duration_s for m in days_at_once.movements) > 60

    @pytest.mark.parametrize("rows", [997, 65_536])
    def test_stretches_are_whole(
        self, days: Recording, days_at_once: Analysis, rows: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(night_signal, "STRETCH", rows)
        found = analyze(days)
        assert repr(found.movements) == repr(days_at_once.movements)  # NaN is not equal to itself
        assert found.series == days_at_once.series
        for name in ("noise_floor_g", "onset_threshold_g", "offset_threshold_g", "turns_s"):
            np.testing.assert_array_equal(
                getattr(found.detection, name), getattr(days_at_once.detection, name), err_msg=name
            )
        for one, other in zip(found.nights, days_at_once.nights, strict=True):
            assert repr(one) == repr(other)

    def test_a_night_is_the_same_without_the_others(self, days_at_once: Analysis) -> None:
        found, criteria = days_at_once, days_at_once.criteria.nights
        for night in found.nights:
            border = (night.context.start_s, night.context.stop_s)
            (alone,) = night_contexts(
                found.signal, found.detection, found.series, [border], criteria
            )
            assert repr(alone) == repr(night.context)

    def test_no_more_than_a_stretch_is_read_at_a_time(
        self, days: Recording, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[tuple[int, int]] = []  # rows of the piece, rows of the track
        piece_of = Track.__getitem__

        def watched(track: Track[np.float32], part: slice) -> np.ndarray:
            piece = piece_of(track, part)
            read.append((len(piece), len(track)))
            return piece

        monkeypatch.setattr(Track, "__getitem__", watched)
        page_html(analyze(days), command="detector analyze days.csv")
        cells = max(rows for _, rows in read)
        assert cells > 1_300_000
        assert max(size for size, rows in read if rows == cells) <= BLOCK + 100


class TestLaws:
    @pytest.mark.parametrize("chunk_samples", [777, 65_536])
    def test_chunked_is_whole(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis, chunk_samples: int
    ) -> None:
        found = analyze(recording_of(ankle_night, chunk_samples=chunk_samples))
        assert [m.movement for m in found.movements] == [
            m.movement for m in ankle_analysis.movements
        ]
        assert [m.label for m in found.movements] == [m.label for m in ankle_analysis.movements]
        assert found.nights[0].summary == ankle_analysis.nights[0].summary

    def test_again_is_the_same(self, ankle_night: SimulatedNight, ankle_analysis: Analysis) -> None:
        found = analyze(ankle_night.recording())
        assert found.movements == ankle_analysis.movements
        assert found.series == ankle_analysis.series
        assert found.nights[0].summary == ankle_analysis.nights[0].summary

    def test_a_turned_sensor_sees_the_same_night(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis
    ) -> None:
        rotation, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))
        found = analyze(recording_of(ankle_night, rotation @ ankle_night.acceleration_g))
        assert len(found.movements) == len(ankle_analysis.movements)
        np.testing.assert_allclose(onsets(found), onsets(ankle_analysis), atol=0.05)
        assert [m.label for m in found.movements] == [m.label for m in ankle_analysis.movements]

    def test_a_later_start_shifts_everything(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis
    ) -> None:
        # ten seconds, a hole to 20 s, and then the night: what is left of the lead is lost
        later = 20.0
        t_s = np.concatenate((ankle_night.t_s[:500], ankle_night.t_s + later))
        samples = np.hstack((ankle_night.acceleration_g[:, :500], ankle_night.acceleration_g))
        start = ankle_night.start - timedelta(seconds=later)
        found = analyze(from_arrays(t_s, samples, hz=50.0, start=start, placement=Placement.ANKLE))
        after = np.array(
            [m.movement.onset_s for m in found.movements if m.movement.onset_s >= 20.6]
        )
        before = onsets(ankle_analysis)
        before = before[before >= 0.6]
        assert len(after) == len(before)
        np.testing.assert_allclose(after - later, before, atol=0.05)

    @pytest.mark.parametrize("seed", [2, 5])
    def test_the_rate_of_the_file_makes_little_difference(self, seed: int) -> None:
        analyses = [
            analyze(
                simulate_night(seed=seed, placement=Placement.ANKLE, hours=2.0, hz=hz).recording()
            )
            for hz in (50.0, 100.0)
        ]
        assert share_found(*analyses, tolerance_s=0.3) > 0.95
        slow, fast = (a.nights[0].summary for a in analyses)
        assert slow.hours["sleep"] == pytest.approx(fast.hours["sleep"], abs=0.1)

    def test_a_gap_takes_only_what_lies_in_it(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis
    ) -> None:
        gaps = ((2000.0, 2060.0), (5000.0, 5012.0))
        kept = np.ones(ankle_night.t_s.size, dtype=bool)
        for start, stop in gaps:
            kept &= (ankle_night.t_s < start) | (ankle_night.t_s >= stop)
        found = analyze(
            from_arrays(
                ankle_night.t_s[kept],
                ankle_night.acceleration_g[:, kept],
                hz=50.0,
                start=ankle_night.start,
                placement=Placement.ANKLE,
            )
        )
        at = onsets(found)
        for start, stop in gaps:
            assert not np.any((at >= start) & (at < stop)), "no movement in a gap"
            assert not any(
                m.movement.onset_s < start < m.movement.offset_s for m in found.movements
            ), "none across one"
        whole = onsets(ankle_analysis)
        far = np.array([all(abs(t - 0.5 * sum(g)) > 100 for g in gaps) for t in whole])
        far_found = np.array([all(abs(t - 0.5 * sum(g)) > 100 for g in gaps) for t in at])
        np.testing.assert_allclose(at[far_found], whole[far], atol=0.1)
        hours = found.nights[0].summary.hours["recorded"]
        lost_h = ankle_analysis.nights[0].summary.hours["recorded"] - hours
        assert lost_h * H == pytest.approx(72 + 2 * 1.0, abs=1.0)
        assert len(found.signal.gaps) == 2
        for one in found.series:
            first, last = (found.movements[one.members[k]].movement.onset_s for k in (0, -1))
            assert not any(first < start and last > stop for start, stop in gaps)

    def test_scaling_up_loses_no_movement(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis
    ) -> None:
        # a recorder that reads 5 % too much
        found = analyze(recording_of(ankle_night, 1.05 * ankle_night.acceleration_g))
        assert share_found(found, ankle_analysis, 0.5) > 0.97


class TestTruth:
    @pytest.mark.parametrize("seed", [1000, 1001])
    def test_movements_are_those_of_the_truth(self, seed: int) -> None:
        night = simulate_night(seed=seed, placement=Placement.ANKLE, hours=3.0, hz=50.0)
        analysis = analyze(night.recording())
        truth = [row.onset_s for row in night.annotations("movement")]
        # a fast cluster is real and rightly found, but the truth lists it as one, not its parts
        clusters = [
            (r.onset_s, r.offset_s) for r in night.annotations("distractor", "fast_cluster")
        ]
        found = np.array(counted(analysis))
        matching = match_onsets(found[~inside(clusters, found)], truth)
        assert len(truth) > 20
        assert matching.f1 is not None
        assert matching.f1 >= 0.88

    def test_most_periodic_movements_are_told(
        self, ankle_night: SimulatedNight, ankle_analysis: Analysis
    ) -> None:
        truth = ankle_night.annotations("movement")
        found = [m for m in ankle_analysis.movements if m.excluded_as is None]
        matching = match_onsets([m.movement.onset_s for m in found], [t.onset_s for t in truth])
        table = confusion([str(m.label) for m in found], [t.value for t in truth], matching)
        periodic = "periodic_limb_movement"
        right = table.get((periodic, periodic), 0)
        assert right >= 0.75 * sum(n for (true, _), n in table.items() if true == periodic)
        assert right >= 0.75 * sum(n for (_, told), n in table.items() if told == periodic)

    @pytest.mark.parametrize("placement", [Placement.ANKLE, Placement.WRIST])
    def test_a_quiet_night_moves_no_limb(self, placement: Placement) -> None:
        for seed in (3, 4):
            night = simulate_night(seed=seed, placement=placement, hours=2.0, hz=50.0, plan=quiet())
            others = [
                m for m in analyze(night.recording()).movements if m.label != "restless_activity"
            ]
            assert others == [], f"seed {seed}"

    def test_time_off_the_body_is_found(self) -> None:
        plan = NightPlan(off_body_after_min=120)
        night = simulate_night(seed=6, placement=Placement.ANKLE, hours=5.0, hz=25.0, plan=plan)
        context = analyze(night.recording()).nights[0].context
        assert total(context.off_body) == pytest.approx(2 * H, rel=0.1)

    @pytest.mark.parametrize("placement", [Placement.WRIST, Placement.MATTRESS])
    def test_every_placement_gets_movements_and_counts(self, placement: Placement) -> None:
        night = simulate_night(seed=7, placement=placement, hours=2.0, hz=50.0, plm_per_h=40.0)
        result = analyze(night.recording())
        assert len(result.movements) > 10
        summary = result.nights[0].summary
        assert sum(n or 0 for n in summary.counts.values()) > 0
        assert any("clinical_comparison" in note.withholds for note in result.nights[0].quality)


class TestOrder:
    def test_movements_are_in_order_with_their_series(self, ankle_analysis: Analysis) -> None:
        assert np.all(np.diff(onsets(ankle_analysis)) > 0)
        for number, one in enumerate(ankle_analysis.series, 1):
            assert len(one.members) >= 4
            assert {ankle_analysis.movements[k].series for k in one.members} == {number}
            labels = {ankle_analysis.movements[k].label for k in one.members}
            assert labels == {Label.PERIODIC_LIMB_MOVEMENT}

    def test_aasm_is_another_rule_set(self, ankle_night: SimulatedNight) -> None:
        criteria = default_criteria(Placement.ANKLE, "aasm")
        assert criteria.series == AASM
        found = analyze(ankle_night.recording(), criteria=criteria)
        index = found.nights[0].summary.indices["periodic_limb_movement_per_h"]
        assert index.rule == "aasm"
        assert all(5 <= gap <= 90 for one in found.series for gap in one.intervals_s)

    def test_two_nights_are_counted_apart(self) -> None:
        night = simulate_night(seed=8, placement=Placement.ANKLE, hours=1.0, hz=25.0, plm_per_h=60)
        t_s = np.concatenate((night.t_s, night.t_s + 24 * H))
        samples = np.hstack((night.acceleration_g, night.acceleration_g))
        start = datetime(2026, 3, 2, 22, 30)
        found = analyze(from_arrays(t_s, samples, hz=25.0, start=start, placement=Placement.ANKLE))
        one, two = (result.summary for result in found.nights)
        assert (one.night, two.night) == (1, 2)
        assert [str(s.date) for s in (one, two)] == ["2026-03-02", "2026-03-03"]
        # the second begins at a hole, half a second later: sleep may begin and end an epoch apart
        labels = [[m.label for m in found.movements if m.night == night] for night in (1, 2)]
        assert labels[0] == labels[1]
        assert one.hours["sleep"] == pytest.approx(two.hours["sleep"], abs=61 / H)
        assert {m.night for m in found.movements} == {1, 2}


class TestRefused:
    @pytest.mark.parametrize("minutes", [0.01, 1.0, 19.9])
    def test_less_than_twenty_minutes(self, minutes: float) -> None:
        t_s = np.arange(round(minutes * 60 * 25)) / 25.0
        samples = np.tile([[0.0], [0.0], [1.0]], t_s.size)
        with pytest.raises(RecordingError, match="valid minutes; at least 20 are needed"):
            analyze(from_arrays(t_s, samples, hz=25.0, source="short.csv"))

    def test_a_recording_without_a_sample(self) -> None:
        with pytest.raises(RecordingError, match="valid minutes"):
            analyze(from_arrays([], np.empty((3, 0)), hz=25.0))
        gc.collect()  # a file left open would warn here

    def test_twenty_minutes_are_enough(self) -> None:
        t_s = np.arange(20 * 60 * 25 + 25) / 25.0
        found = analyze(from_arrays(t_s, np.tile([[0.0], [0.0], [1.0]], t_s.size), hz=25.0))
        assert found.movements == ()
        assert found.nights[0].summary.indices["movement_per_h"].value is None

    def test_an_hour_with_more_holes_than_samples(self) -> None:
        t_s = np.arange(H * 25) / 25.0
        kept = (t_s % 60) < 15
        samples = np.tile([[0.0], [0.0], [1.0]], int(kept.sum()))
        with pytest.raises(RecordingError, match="valid minutes"):
            analyze(from_arrays(t_s[kept], samples, hz=25.0))

    @pytest.mark.parametrize("hz", [1.6, 5.0, 12.5, 20.0])
    def test_a_slow_night_is_analyzed(self, hz: float) -> None:
        t_s = np.arange(round(2 * H * hz)) / hz
        rng = np.random.default_rng(4)
        angle = np.radians(np.repeat(rng.uniform(0, 120, 8), -(-t_s.size // 8))[: t_s.size])
        samples = np.vstack((np.sin(angle), np.zeros(t_s.size), np.cos(angle)))
        found = analyze(from_arrays(t_s, samples + rng.normal(0, 0.003, samples.shape), hz=hz))
        turns = [m for m in found.movements if m.movement.turn_deg > 20]
        assert 4 <= len(turns) <= 7
        assert any(note.code == "low_rate" for note in found.nights[0].quality) == (hz < 15)


class TestDiary:
    @staticmethod
    def rest_of(
        night: SimulatedNight, start: datetime | None, sleep: tuple[time, time]
    ) -> tuple[float, float] | None:
        recording = replace(night.recording(), start=start)
        result = analyze(recording, sleep=sleep).nights[0]
        assert result.summary.basis == "diary"
        return result.summary.rest_s

    @pytest.mark.parametrize(
        "change", [lambda start: start, lambda start: start.replace(tzinfo=ZoneInfo("Asia/Tokyo"))]
    )
    def test_its_times_are_the_rest(
        self, ankle_night: SimulatedNight, change: Callable[[datetime], datetime]
    ) -> None:
        # from 22:30: 23:00 is 1800 s on, 00:30 is 7200 s on
        start = change(datetime(2026, 1, 15, 22, 30))
        rest = self.rest_of(ankle_night, start, (time(23, 0), time(0, 30)))
        assert rest == pytest.approx((1800.0, 5400.0))

    def test_on_the_night_of_a_change_of_clocks(self, ankle_night: SimulatedNight) -> None:
        # Berlin, 29 March 2026: 01:30 is followed by 03:00 half an hour later
        start = datetime(2026, 3, 29, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        rest = self.rest_of(ankle_night, start, (time(1, 0), time(3, 30)))
        assert rest == pytest.approx((1800.0, 3600.0 * 1.5))

    def test_without_a_clock_it_cannot_be_placed(self, ankle_night: SimulatedNight) -> None:
        with pytest.raises(RecordingError, match="no wall clock"):
            self.rest_of(ankle_night, None, (time(23), time(7)))

    def test_it_has_to_meet_the_recording(self, ankle_night: SimulatedNight) -> None:
        with pytest.raises(RecordingError, match="was recorded from 22:00"):
            self.rest_of(ankle_night, datetime(2026, 1, 15, 22), (time(10), time(11)))

    def test_by_day_it_ends_on_the_same_day(self, ankle_night: SimulatedNight) -> None:
        start = datetime(2026, 1, 15, 9)
        rest = self.rest_of(ankle_night, start, (time(9, 30), time(10, 30)))
        assert rest == pytest.approx((1800.0, 3600.0), abs=1)
